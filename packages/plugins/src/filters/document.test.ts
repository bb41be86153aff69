import type { Api } from '@sallyport/core';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openapiDocument } from '../openapi/index.ts';
import { entities, shopOver } from './fixtures/shop.ts';

let database: OpenTestDatabase;
let api: Api;
beforeAll(async () => {
  database = (await testDatabases({})[0]?.open([...entities])) as OpenTestDatabase;
  api = await shopOver(database, { format: 'searchset' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});

it.each(['3.0', '3.1'] as const)('makes a valid OpenAPI %s document', async (version) => {
  const document = openapiDocument(api.plan, { version });
  expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
});

it('documents the routes, and the parameters of the search', () => {
  const { paths = {} } = openapiDocument(api.plan, { version: '3.1' });
  expect(Object.keys(paths['/article/_filters'] ?? {})).toEqual(['get']);
  expect(Object.keys(paths['/article/_search'] ?? {})).toEqual(['post']);
  expect(Object.keys(paths['/article'] ?? {})).toContain('x-query');
  const names = paths['/article']?.get?.parameters?.map((one) => ('name' in one ? one.name : ''));
  expect(names).toContain('stock[gte]');
});

it('keeps filters and presets to itself that not everybody has', () => {
  const text = JSON.stringify(openapiDocument(api.plan, { version: '3.1' }));
  for (const hidden of ['margin', 'retired', '"dear"', '"hidden"']) expect(text).not.toContain(hidden);
  expect(text).toContain('in_stock');
});

it('has a schema that takes what the route takes', () => {
  const { components } = openapiDocument(api.plan, { version: '3.1' });
  const ajv = new Ajv2020({ strict: false, logger: false });
  ajv.addSchema({ $id: 'document', components });
  const takes = ajv.compile({ $ref: 'document#/components/schemas/ArticleSearch' });
  const inStock = { field: 'stock', operator: 'gt', value: 0 };
  const good = {
    filters: [
      inStock,
      {
        logic: 'OR',
        conditions: [
          { field: 'size', value: 'small' },
          { logic: 'AND', conditions: [inStock] },
        ],
      },
    ],
    preset: 'in_stock',
    sort: [{ field: 'stock', direction: 'desc' }],
    pagination: { count: 50, offset: 0 },
  };
  expect(takes(good)).toBe(true);
  for (const bad of [
    { filters: [{ ...inStock, field: 'shape' }] },
    { filters: [{ ...inStock, operator: 'like' }] },
    { filters: [{ ...inStock, value: 'many' }] },
    { filters: [{ logic: 'OR', conditions: [] }] },
    { filters: [{ field: 'name', value: 'a' }] },
    { sort: [{ field: 'shape' }] },
    { preset: 'hidden' },
    { pagination: { count: 51 } },
  ]) {
    expect(takes(bad), JSON.stringify(bad)).toBe(false);
  }
});
