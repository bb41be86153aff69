import { defineEntity, p } from '@mikro-orm/core';
import { expect, it } from 'vitest';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { scopeFields } from './scope-fields.ts';

const Tag = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), name: p.string().unique(), note: p.string(), secret: p.string() },
});

it('tells the fields that lists of a scope can name', () => {
  const tags = defineResource(Tag, {
    name: 'tag',
    path: '/tag',
    key: key.natural('name'),
    keyName: null,
    fields: (f) => ({ name: f.field('name'), secret: f.field('secret', { read: false }) }),
    operations: { read: true },
  });
  const notes = defineResource(Tag, {
    name: 'note',
    path: '/note',
    key: key.natural('name'),
    scope: 'shop:note',
    fields: (f) => ({ name: f.field('name'), note: f.field('note') }),
    operations: { read: true },
  });
  const fields = scopeFields([tags, notes]);
  expect(fields('tag:read')).toEqual(['name']);
  expect(fields('shop:note:read')).toEqual(['id', 'name', 'note']);
  for (const scope of ['read', 'note:read', ':', '']) expect(fields(scope)).toEqual(['name', 'id', 'note']);
});
