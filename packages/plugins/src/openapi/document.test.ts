import { ConfigurationError, definePlugin, type Plan, SallyportError } from '@sallyport/core';
import { tokenStrategy } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonRpc } from '../json-rpc/index.ts';
import { openapiDocument } from './document.ts';
import { type OpenShop, openShop, shopStrategies } from './fixtures/shop.ts';

let shop: OpenShop;
let plan: Plan;
beforeAll(async () => {
  const limiter = definePlugin({
    name: 'test.limiter',
    hooks: { admit() {} },
    documentation: {
      headers: { 'X-Version': { description: 'Of the API.', schema: { type: 'string' }, required: true } },
      responses: { 429: { description: 'Too many.' } },
    },
  });
  const counter = definePlugin({
    name: 'test.counter',
    documentation: {
      covers: 'guarded',
      headers: { 'X-Left': { description: 'Calls that are left.', schema: { type: 'integer' } } },
      responses: { 402: { description: 'Nothing is left.' } },
    },
  });
  const routes = definePlugin({
    name: 'test.routes',
    routes: () => [
      {
        method: 'POST',
        path: '/oauth/token',
        name: 'oauth.token',
        scope: 'public',
        envelope: 'none',
        tags: ['oauth'],
        body: { kinds: ['any'], content: { 'application/x-www-form-urlencoded': { type: 'object' } } },
        responses: {
          200: { description: 'The token.', mediaType: 'application/json', schema: { type: 'object' } },
          400: {
            description: 'Refused.',
            mediaType: 'application/json',
            schema: { type: 'object', required: ['error'] },
          },
        },
        handle: () => ({ kind: 'value', status: 200, value: {} }),
      },
      {
        method: 'DELETE',
        path: '/country/{code}/flag',
        name: 'country.flag.delete',
        scope: ['country:flag'],
        responses: { 204: { description: 'Gone.' } },
        handle: () => ({ kind: 'value', status: 204, value: undefined }),
      },
      {
        method: 'GET',
        path: '/country/{id}/flag',
        name: 'country-flag delete',
        scope: ['country:flag'],
        handle: () => ({ kind: 'value', status: 200, value: undefined }),
      },
      {
        method: 'GET',
        path: '/health',
        name: 'health',
        scope: 'public',
        hidden: true,
        handle: () => ({ kind: 'value', status: 204, value: undefined }),
      },
    ],
  });
  shop = await openShop({ plugins: [limiter, counter, routes] });
  plan = shop.api.plan;
});
afterAll(() => shop?.close());

/** A part of a document by the names that lead to it. */
function part(document: object, ...names: readonly string[]): Record<string, unknown> {
  let found: unknown = document;
  for (const name of names) found = (found as Record<string, unknown>)[name];
  return found as Record<string, unknown>;
}

function references(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === '$ref' ? [String(member)] : references(member)));
}

describe.each(['3.0', '3.1'] as const)('the document of version %s', (version) => {
  it('has every route that is not hidden, once', () => {
    const { paths = {} } = openapiDocument(plan, { version });
    const shown = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((verb) => `${verb} ${path}`),
    );
    expect(shown.sort()).toEqual([
      'delete /article/{key}',
      'delete /country/{code}/flag',
      'get /article',
      'get /article/tree',
      'get /article/{key}',
      'get /country',
      'get /country/{code}/flag',
      'get /country/{key}',
      'patch /article/{key}',
      'post /article',
      'post /article/{key}/reserve',
      'post /oauth/token',
      'put /article/{key}',
    ]);
  });

  it('resolves every reference', () => {
    const document = openapiDocument(plan, { version });
    const all = references(document);
    expect(all.length).toBeGreaterThan(50);
    for (const reference of new Set(all)) {
      expect(part(document, ...reference.slice(2).split('/')), reference).toBeTypeOf('object');
    }
  });

  it('gives every operation an id of its own that code can carry', () => {
    const ids = JSON.stringify(openapiDocument(plan, { version })).match(/(?<="operationId":")[^"]+/g) ?? [];
    expect(ids).toContain('article_search');
    expect(ids).toContain('country_flag_delete_2');
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
  });
});

it('names the schemas of resources after their types', () => {
  const { components } = openapiDocument(plan);
  expect(Object.keys(components?.schemas ?? {})).toEqual(
    expect.arrayContaining(['Article', 'ArticleCreate', 'ArticlePatch', 'Country', 'Leaf', 'Problem', 'Reservation']),
  );
  const schema = (...names: readonly string[]) => part(openapiDocument(plan), 'components', 'schemas', ...names);
  expect(schema('Article', 'properties', 'name')).toMatchObject({ description: 'As on the label.' });
  expect(schema('Article', 'properties', 'maker')).toEqual({ $ref: '#/components/schemas/Reference' });
  expect(schema('Leaf', 'properties', 'below')).toEqual({
    type: 'array',
    items: { $ref: '#/components/schemas/Leaf' },
  });
  expect(schema('ArticleCreate')).toMatchObject({ required: ['slug', 'name', 'maker'] });
  expect(schema('ArticlePatch')).not.toHaveProperty('required');
});

it('lists the ways in which an operation can answer', () => {
  const statuses = (path: string, verb: string) =>
    Object.keys(part(openapiDocument(plan), 'paths', path, verb, 'responses'));
  const common = ['400', '406', '414', '429', '431', '500', '503'];
  expect(statuses('/country/{key}', 'get')).toEqual([
    '200',
    '400',
    '404',
    '406',
    '409',
    '414',
    '429',
    '431',
    '500',
    '503',
  ]);
  expect(statuses('/article', 'get')).toEqual(['200', '401', '402', '403', ...common].sort());
  expect(statuses('/article/{key}', 'get')).toEqual(
    ['200', '304', '401', '402', '403', '404', '409', ...common].sort(),
  );
  const write = ['401', '402', '403', '408', '409', '413', '415', '422', ...common];
  expect(statuses('/article', 'post')).toEqual(['201', ...write].sort());
  expect(statuses('/article/{key}', 'patch')).toEqual(['200', '404', '412', ...write].sort());
  expect(statuses('/article/{key}/reserve', 'post')).toEqual(['200', '404', ...write].sort());
});

it('declares headers, those of plugins included', () => {
  const { responses } = part(openapiDocument(plan), 'paths', '/article', 'post') as {
    responses: Record<string, { headers: Record<string, object> }>;
  };
  expect(Object.keys(responses[201]?.headers ?? {})).toEqual([
    'ETag',
    'Location',
    'X-Request-Id',
    'X-Version',
    'X-Left',
  ]);
  expect(responses[201]?.headers.Location).toMatchObject({ required: true });
  expect(part(openapiDocument(plan), 'components', 'headers', 'X-Version')).toMatchObject({ required: true });
});

it('says of open routes nothing that a plugin says of guarded ones alone', () => {
  for (const [path, verb, covered] of [
    ['/article', 'get', true],
    ['/country/{key}', 'get', false],
    ['/oauth/token', 'post', false],
  ] as const) {
    const responses = part(openapiDocument(plan), 'paths', path, verb, 'responses');
    const { headers } = part(responses, '200') as { headers: object };
    expect([path, Object.keys(responses).includes('402'), Object.keys(headers).includes('X-Left')]).toEqual([
      path,
      covered,
      covered,
    ]);
  }
});

it('tells bodies by media type', () => {
  const document = openapiDocument(plan);
  const types = (path: string, verb: string) =>
    Object.keys(part(document, 'paths', path, verb, 'requestBody', 'content'));
  expect(types('/article/{key}', 'patch')).toEqual(['application/merge-patch+json', 'application/json']);
  expect(types('/article', 'post')).toEqual(['application/json']);
  expect(types('/oauth/token', 'post')).toEqual(['application/x-www-form-urlencoded']);
  const refused = part(document, 'paths', '/oauth/token', 'post', 'responses', '400', 'content');
  expect(Object.keys(refused)).toEqual(['application/json', 'application/problem+json']);
});

it('asks for each scope that is enough, and for none on public routes', () => {
  const security = (path: string, verb: string) => part(openapiDocument(plan), 'paths', path, verb).security;
  expect(security('/article', 'get')).toEqual([{ oauth2: ['article:search'] }, { oauth2: ['article:all'] }]);
  expect(security('/country/{key}', 'get')).toEqual([]);
  const options = { scopes: { 'article:all': 'Everything.' } };
  const flow = part(
    openapiDocument(plan, options),
    'components',
    'securitySchemes',
    'oauth2',
    'flows',
    'clientCredentials',
  );
  expect(flow).toMatchObject({
    tokenUrl: '/api/oauth/token',
    scopes: { 'article:all': 'Everything.', 'country:search': '' },
  });
});

it('names no scopes of bearer tokens in 3.0', () => {
  const bearer = { ...plan, strategies: [tokenStrategy({})] };
  const security = (version: '3.0' | '3.1') =>
    part(openapiDocument(bearer, { version }), 'paths', '/article', 'get').security;
  expect(security('3.1')).toEqual([{ bearer: ['article:search'] }, { bearer: ['article:all'] }]);
  expect(security('3.0')).toEqual([{ bearer: [] }]);
});

it('takes callers without credentials where a strategy does', () => {
  const open = { ...plan, strategies: [...plan.strategies, { name: 'open', authenticate: () => undefined }] };
  expect(part(openapiDocument(open), 'paths', '/article', 'get').security).toContainEqual({});
});

it('refuses two descriptions of one scheme', () => {
  const strategies = [...plan.strategies, ...shopStrategies('/elsewhere').map((one) => ({ ...one, name: 'other' }))];
  expect(() => openapiDocument({ ...plan, strategies })).toThrow(ConfigurationError);
});

it('groups tags by category', () => {
  const document = openapiDocument(plan, { tags: { oauth: 'Tokens.' } });
  expect(document['x-tagGroups']).toEqual([
    { name: 'Master data', tags: ['Country'] },
    { name: 'Goods', tags: ['articles'] },
    { name: 'Shop', tags: ['oauth'] },
  ]);
  expect(document.tags).toContainEqual({ name: 'Country', description: 'Where articles come from.' });
  expect(document.tags).toContainEqual({ name: 'oauth', description: 'Tokens.' });
});

it('says what it is told to say of the API, and shows what it is told to show', () => {
  const document = openapiDocument(plan, {
    version: '3.0',
    info: {
      title: 'The shop',
      contact: { name: 'Us' },
      license: { name: 'LGPL-3.0', identifier: 'LGPL-3.0-or-later' },
    },
    servers: [{ url: 'https://shop.example/api' }],
    include: ({ subject }) => subject?.resource.name === 'country',
  });
  expect(document.info).toEqual({
    title: 'The shop',
    version: '2.1.0',
    description: 'All kinds of fields.',
    contact: { name: 'Us' },
    license: { name: 'LGPL-3.0', url: 'https://spdx.org/licenses/LGPL-3.0-or-later.html' },
  });
  expect(document.servers).toEqual([{ url: 'https://shop.example/api' }]);
  expect(Object.keys(document.paths)).toEqual(['/country', '/country/{key}']);
  expect(Object.keys(document.components?.schemas ?? {})).not.toContain('Article');
});

it('follows the wordings of errors and the strictness of the API', () => {
  const errors = {
    precondition_failed: { status: 409 },
    not_found: () => new SallyportError('nobody', { status: 410 }),
  };
  const document = openapiDocument({ ...plan, errors, strictness: { ...plan.strictness, requireIfMatch: true } });
  const { responses, parameters } = part(document, 'paths', '/article/{key}', 'patch') as {
    responses: object;
    parameters: { name: string; required?: boolean }[];
  };
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['410', '428']));
  expect(Object.keys(responses)).not.toContain('412');
  expect(Object.keys(responses)).not.toContain('404');
  expect(parameters.find(({ name }) => name === 'If-Match')?.required).toBe(true);
});

it('follows the envelope: a refusal with status 200 is part of the success', async () => {
  const other = await shop.another({ envelope: jsonRpc() });
  const document = openapiDocument(other.plan);
  const { responses } = part(document, 'paths', '/article', 'post') as { responses: Record<string, unknown> };
  expect(Object.keys(responses)).toEqual([
    '200',
    '400',
    '401',
    '403',
    '406',
    '408',
    '413',
    '414',
    '415',
    '431',
    '500',
    '503',
  ]);
  expect(JSON.stringify(responses[200])).toContain('{"$ref":"#/components/schemas/Error"}');
});
