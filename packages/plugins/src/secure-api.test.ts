import { defineEntity, p } from '@mikro-orm/core';
import { type Api, createApi, defineResource, key, silentLogger } from '@sallyport/core';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cors, hashids, jsonRpc, secureApiRepresentation } from './index.ts';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), code: p.string().length(2).unique() },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const PartnerSchema = defineEntity({
  name: 'Partner',
  properties: {
    id: p.bigint('string').primary(),
    name: p.string(),
    email: p.string().nullable().unique(),
    born: p.date().nullable(),
    score: p.integer().nullable(),
    country: () => p.manyToOne(Country).nullable(),
  },
});
class Partner extends PartnerSchema.class {}
PartnerSchema.setClass(Partner);

const countries = defineResource(Country, {
  name: 'country',
  path: '/country',
  key: key.masked(),
  scope: 'country',
  fields: (f) => ({ code: f.field('code') }),
  operations: { search: true, read: true },
});

const partners = defineResource(Partner, {
  name: 'partner',
  path: '/partner',
  key: key.masked(),
  scope: 'partner',
  fields: (f) => ({
    name: f.field('name', { filter: true, sort: true }),
    email: f.field('email'),
    born: f.field('born'),
    score: f.field('score'),
    country: f.toOne('country', { resource: 'country', expand: ['code'] }),
  }),
  operations: { search: { count: 'exact' }, read: true, create: true, update: true, delete: true },
});

const origin = 'https://app.example.org';
const scopes = [
  'country:search',
  'country:read',
  ...['search', 'read', 'create', 'update', 'delete'].map((name) => `partner:${name}`),
];
const headers = { authorization: 'Bearer full', origin };
const uuid = /^[0-9a-f]{8}-/;

interface Reply {
  readonly result: {
    readonly id: string;
    readonly length: number;
    readonly records: readonly Record<string, unknown>[];
  };
}

for (const database of testDatabases()) {
  describe(`hashids, cors and jsonRpc in one API on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let belgium: string;

    beforeAll(async () => {
      open = await database.open([Country, Partner]);
      const em = open.orm.em.fork();
      em.create(Country, { code: 'BE' });
      await em.flush();
      api = await createApi({
        basePath: '/api',
        orm: open.orm,
        resources: [countries, partners],
        envelope: jsonRpc(),
        representation: secureApiRepresentation,
        auth: [tokenStrategy({ full: { scopes } })],
        plugins: [
          hashids({ secret: 'a root secret of more than 32 bytes, for tests only' }),
          cors({ origins: [origin] }),
        ],
        logger: silentLogger,
      });
      const found = await call(api, 'GET', '/api/country', { headers });
      belgium = String((found.body as Reply).result.records[0]?.id);
    });
    afterAll(() => open?.close());

    it('creates, reads, changes, finds and deletes by masked ids', async () => {
      const created = await call(api, 'POST', '/api/partner', { headers, body: { name: 'Ada', country: belgium } });
      expect(created.status, created.text).toBe(200);
      const { id } = (created.body as Reply).result;
      expect(id).toMatch(/^[A-Za-z0-9]{8,}$/);
      expect(created.headers.location).toBe(`/api/partner/${id}`);
      const ada = { id, name: 'Ada', email: '', born: '', score: null, country: [belgium, { code: 'BE' }] };
      expect(created.body).toEqual({ jsonrpc: '2.0', id: null, result: ada });

      const read = await call(api, 'GET', `/api/partner/${id}`, { headers });
      expect(read.body).toEqual({ jsonrpc: '2.0', id: null, result: ada });
      const changed = await call(api, 'PATCH', `/api/partner/${id}`, { headers, body: { country: null } });
      expect(changed.body).toEqual({ jsonrpc: '2.0', id: null, result: { ...ada, country: [] } });
      const found = await call(api, 'GET', '/api/partner', { headers });
      expect(found.body).toMatchObject({ result: { length: 1, records: [{ id }] } });
      const deleted = await call(api, 'DELETE', `/api/partner/${id}`, { headers });
      expect({ status: deleted.status, body: deleted.body }).toEqual({
        status: 200,
        body: { jsonrpc: '2.0', id: null, result: [id] },
      });
    });

    it.each([
      ['a number', '1'],
      ['letters', 'AAAAAAAA'],
      ['one too long', 'a'.repeat(65)],
      ['one far too long', 'a'.repeat(6_000)],
      ['a way out', '..%2F'],
    ])('answers every id that names nothing alike: %s', async (_, id) => {
      const { status, body } = await call(api, 'GET', `/api/partner/${id}`, { headers });
      expect({ status, body }).toMatchObject({
        status: 404,
        body: { error: { code: 404, data: { name: 'not_found' } } },
      });
      const other = await call(api, 'GET', `/api/partner/${belgium}`, { headers });
      expect(other.status).toBe(404);
    });

    it("answers what the application refuses with 200, and HTTP's own errors with theirs", async () => {
      const invalid = await call(api, 'POST', '/api/partner', { headers, body: { name: 7 } });
      expect({ status: invalid.status, body: invalid.body }).toEqual({
        status: 200,
        body: {
          jsonrpc: '2.0',
          id: null,
          error: {
            code: 422,
            message: expect.any(String),
            data: {
              name: 'invalid_body',
              issues: [{ pointer: '/name', code: 'type', message: expect.any(String) }],
              id: expect.stringMatching(uuid),
            },
          },
        },
      });
      const reference = await call(api, 'POST', '/api/partner', {
        headers,
        body: { name: 'Bob', country: 'AAAAAAAA' },
      });
      expect(reference).toMatchObject({ status: 200, body: { error: { data: { name: 'unresolved_reference' } } } });
      const twice = { name: 'Eve', email: 'eve@example.org' };
      await call(api, 'POST', '/api/partner', { headers, body: twice });
      const duplicate = await call(api, 'POST', '/api/partner', { headers, body: twice });
      expect(duplicate).toMatchObject({ status: 200, body: { error: { code: 409, data: { name: 'duplicate' } } } });
      expect(duplicate.text).not.toMatch(/insert|constraint|eve@/i);
      expect(await call(api, 'PUT', '/api/partner', { headers })).toMatchObject({
        status: 405,
        body: { error: { code: 405 } },
      });
    });

    it('lets a page of the origin read errors, and answers its preflights without credentials', async () => {
      const refused = await call(api, 'GET', '/api/partner', { headers: { origin } });
      expect(refused).toMatchObject({ status: 401, body: { error: { code: 401 } } });
      expect(refused.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'WWW-Authenticate, ETag, Location, X-Request-Id, Retry-After',
      });
      expect(refused.headers.vary).toMatch(/\bOrigin\b/);

      const asking = { origin, 'access-control-request-method': 'POST' };
      const preflight = await call(api, 'OPTIONS', '/api/partner', { headers: asking });
      expect(preflight.status).toBe(204);
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET,HEAD,POST',
      });
      expect(preflight.headers.vary).toMatch(/\bOrigin\b/);
      const foreign = await call(api, 'OPTIONS', '/api/partner', {
        headers: { ...asking, origin: 'https://evil.test' },
      });
      expect(Object.keys(foreign.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect((await call(api, 'OPTIONS', '/api/nowhere', { headers: asking })).status).not.toBe(204);
    });
  });
}
