import { defineEntity } from '@mikro-orm/core';
import { expect, it } from 'vitest';
import { defineResource } from '../descriptor/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import { key } from '../keys/index.ts';
import { defineScopes } from '../scopes/index.ts';
import { scopeNames } from './scope-names.ts';

const Tag = defineEntity({
  name: 'Tag',
  properties: (p) => ({ id: p.integer().primary(), name: p.string().unique() }),
});
const tags = defineResource(Tag, {
  name: 'tag',
  path: '/tag',
  key: key.natural('name'),
  fields: () => ({}),
  operations: { search: true },
});
const hidden = { ...tags, name: 'hidden', path: '/hidden', operations: {} };

it('are those that an API of the name grants, on resources that can be called', () => {
  const scopes = defineScopes({ actions: ['search', 'read'], aliases: { reader: ['tag:search', 'tag:read'] } });
  expect(scopeNames({ resources: [tags, hidden], scopes })).toEqual(['reader', 'tag:read', 'tag:search']);
  const named = defineScopes({ actions: ['search'], naming: 'api' });
  expect(scopeNames({ name: 'shop', resources: [tags], scopes: named })).toEqual(['shop/tag:search']);
  expect(scopeNames({ resources: [tags], scopes: named })).toEqual(['api/tag:search']);
});

it('are refused where the vocabulary contradicts itself', () => {
  const scopes = defineScopes({ aliases: { 'tag:read': ['tag:search'] } });
  expect(() => scopeNames({ resources: [tags], scopes })).toThrow(ConfigurationError);
});
