import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { OpenAPIObject, SchemaObject } from 'openapi3-ts/oas31';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../openapi/fixtures/shop.ts';
import { openapiDocument } from '../openapi/index.ts';
import { collectionShape } from './fixtures/collection-shape.ts';
import { type PostmanItem, postmanCollection } from './index.ts';
import { sampleOf } from './sample.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajvFormats.default(ajv);

let shop: OpenShop;
let document: OpenAPIObject;
beforeAll(async () => {
  shop = await openShop();
  document = openapiDocument(shop.api.plan);
});
afterAll(() => shop?.close());

const itemsOf = (collection: ReturnType<typeof postmanCollection>): readonly PostmanItem[] =>
  collection.item.flatMap(({ item }) => item);
const named = (collection: ReturnType<typeof postmanCollection>, name: string): PostmanItem => {
  const found = itemsOf(collection).find((item) => item.name === name);
  if (found === undefined) throw new Error(`no request ${name}`);
  return found;
};

/** A document of one operation. */
const small = (operation: object, more: object = {}): OpenAPIObject => ({
  openapi: '3.1.0',
  info: { title: 'Small', version: '1' },
  servers: [{ url: 'https://api.example/v1' }],
  paths: { '/things/{first}-{second}': { post: { operationId: 'make', responses: {}, ...operation } } },
  ...more,
});
const only = (one: OpenAPIObject, options = {}) => {
  const [item] = itemsOf(postmanCollection(one, options));
  if (item === undefined) throw new Error('the collection is empty');
  return item;
};

describe('a Postman collection', () => {
  it('has the shape of format 2.1', () => {
    const collection = postmanCollection(document, { baseUrl: 'https://shop.example/api' });
    const valid = ajv.compile(collectionShape);
    expect([valid(JSON.parse(JSON.stringify(collection))), valid.errors]).toEqual([true, null]);
  });

  it('holds every operation once, in a folder for each tag, what deletes at the end of its folder', () => {
    const collection = postmanCollection(document);
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item));
    expect(itemsOf(collection)).toHaveLength(operations.length);
    expect(collection.item.map(({ name }) => name)).toEqual((document.tags ?? []).map(({ name }) => name));
    for (const { item } of collection.item) {
      const methods = item.map(({ request }) => request.method);
      expect(methods.filter((method) => method !== 'DELETE')).toEqual(
        methods.slice(0, methods.length - methods.filter((method) => method === 'DELETE').length),
      );
    }
    const folders = postmanCollection(document, { folders: ['Country', 'articles'] }).item.map(({ name }) => name);
    expect(folders.slice(0, 2)).toEqual(['Country', 'articles']);
  });

  it('writes bodies that their schemas allow', () => {
    for (const item of Object.values(document.paths ?? {}) as Record<string, Record<string, never>>[]) {
      for (const operation of Object.values(item) as {
        requestBody?: { content: Record<string, { schema: object }> };
      }[]) {
        for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
          const valid = ajv.compile({ ...schema, components: document.components });
          const sample = JSON.parse(JSON.stringify(sampleOf(document, schema as SchemaObject)));
          expect([valid(sample), valid.errors, sample]).toEqual([true, null, sample]);
        }
      }
    }
  });

  it('sends what is required, and shows the rest turned off', () => {
    const parameters = [
      { name: 'q', in: 'query', required: true, schema: { type: 'string', enum: ['a b'] } },
      { name: 'limit', in: 'query', description: 'Most.', schema: { type: 'integer', default: 20 } },
      { name: 'If-Match', in: 'header', schema: { type: 'string', examples: ['"1"'] } },
      { name: 'first', in: 'path', required: true, schema: { type: 'string' } },
    ];
    const { request } = only(small({ parameters }));
    expect(request.url).toEqual({
      raw: '{{base_url}}/things/{{first}}-{{second}}?q=a b',
      host: ['{{base_url}}'],
      path: ['things', '{{first}}-{{second}}'],
      query: [
        { key: 'q', value: 'a b' },
        { key: 'limit', value: '20', description: 'Most.', disabled: true },
      ],
    });
    expect(request.header).toEqual([{ key: 'If-Match', value: '"1"', disabled: true }]);
    const sampled = only(small({ parameters }), {
      samples: { make: { query: { limit: '5' }, headers: { 'If-Match': '"2"' } } },
    });
    expect(sampled.request.url.raw).toBe('{{base_url}}/things/{{first}}-{{second}}?q=a b&limit=5');
    expect(sampled.request.header).toEqual([{ key: 'If-Match', value: '"2"' }]);
  });

  it('takes path parameters as variables of the request, percent-encoded unless they are given', () => {
    const { request } = named(postmanCollection(document), 'Read one Article');
    expect(request.url.path).toEqual(['article', ':key']);
    expect(request.url.variable).toEqual([expect.objectContaining({ key: 'key', value: 'text' })]);
    const sampled = postmanCollection(document, { samples: { article_read: { path: { key: 'red%2F{{run}}' } } } });
    expect(named(sampled, 'Read one Article').request.url.variable?.[0]?.value).toBe('red%2F{{run}}');
  });

  it('writes forms, and leaves a place for files', () => {
    const form = {
      'application/x-www-form-urlencoded': { schema: { type: 'object', properties: { a: { const: 1 } } } },
    };
    expect(only(small({ requestBody: { content: form } })).request.body).toEqual({
      mode: 'urlencoded',
      urlencoded: [{ key: 'a', value: '1' }],
    });
    const binary = { 'application/octet-stream': {} };
    expect(only(small({ requestBody: { content: binary } })).request.body).toEqual({
      mode: 'file',
      file: { src: null },
    });
    expect(only(small({})).request.body).toBeUndefined();
  });

  it('keeps a token that is asked for by the client itself', () => {
    const scheme = (definition: object) => ({ components: { securitySchemes: { it: definition } } });
    const oauth2 = { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/v1/token', scopes: {} } } };
    const schema = { type: 'object', properties: { grant_type: { type: 'string' } } };
    const token = small(
      {},
      {
        ...scheme(oauth2),
        paths: {
          '/token': {
            post: {
              operationId: 'token',
              security: [],
              requestBody: { content: { 'application/json': { schema } } },
              responses: {},
            },
          },
        },
      },
    );
    const { request, event } = only(token);
    expect(request.auth).toEqual({ type: 'noauth' });
    expect(JSON.parse(request.body?.mode === 'raw' ? request.body.raw : '')).toEqual({
      grant_type: 'client_credentials',
      client_id: '{{client_id}}',
      client_secret: '{{client_secret}}',
    });
    expect(event?.[0]?.script.exec.join('\n')).toContain("collectionVariables.set('access_token'");
    const auth = (definition: object) => postmanCollection(small({}, scheme(definition))).auth;
    expect(auth(oauth2)).toEqual({ type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}' }] });
    expect(auth({ type: 'http', scheme: 'Bearer' }).type).toBe('bearer');
    expect(auth({ type: 'http', scheme: 'basic' }).type).toBe('basic');
    expect(auth({ type: 'apiKey', in: 'header', name: 'X-Key' })).toEqual({
      type: 'apikey',
      apikey: [
        { key: 'key', value: 'X-Key' },
        { key: 'value', value: '{{access_token}}' },
        { key: 'in', value: 'header' },
      ],
    });
    expect(auth({ type: 'mutualTLS' })).toEqual({ type: 'noauth' });
  });

  it('refuses samples of an operation that there is none of, and references that lead nowhere', () => {
    expect(() => postmanCollection(document, { samples: { article_raed: {} } })).toThrow('no operation article_raed');
    const lost = { requestBody: { $ref: '#/components/requestBodies/Lost' } };
    expect(() => postmanCollection(small(lost))).toThrow('#/components/requestBodies/Lost');
  });
});

describe('a sample', () => {
  const sample = (schema: object, components = {}) => sampleOf({ ...small({}), components }, schema as SchemaObject);

  it.each([
    [{ examples: ['one'] }, 'one'],
    [{ default: 3 }, 3],
    [{ const: 'c' }, 'c'],
    [{ enum: [null, 'e'] }, 'e'],
    [{ type: ['null', 'integer'], minimum: 5 }, 5],
    [{ type: 'number', exclusiveMinimum: 0 }, 1],
    [{ type: 'integer', maximum: -2 }, -2],
    [{ type: 'string', format: 'date' }, '2026-01-31'],
    [{ type: 'string', minLength: 6 }, 'textxx'],
    [{ type: 'string', maxLength: 2 }, 'te'],
    [{ type: 'string', pattern: '^[0-9]+$' }, '1'],
    [{ type: 'string', pattern: '^never to be guessed$' }, 'text'],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [true, true]],
    [{ anyOf: [{ type: 'null' }, { type: 'boolean' }] }, true],
    [{ oneOf: [{ type: 'null' }] }, null],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
    [{ properties: { a: { const: 1 }, b: { const: 2, readOnly: true } } }, { a: 1 }],
    [{}, undefined],
  ])('of %j', (schema, value) => {
    expect(sample(schema)).toEqual(value);
  });

  it('ends where a schema holds itself', () => {
    const node = { type: 'object', properties: { name: { const: 'n' }, below: { $ref: '#/components/schemas/Node' } } };
    expect(
      JSON.stringify(sample({ $ref: '#/components/schemas/Node' }, { schemas: { Node: node } })).length,
    ).toBeLessThan(200);
  });
});
