import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import { type Api, createApi } from './create-api.ts';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), code: p.string().length(2).unique(), name: p.string() },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const PartnerSchema = defineEntity({
  name: 'Partner',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    name: p.string(),
    familyName: p.string().nullable(),
    secret: p.string().nullable(),
    active: p.boolean().default(true),
    country: () => p.manyToOne(Country).nullable(),
    phones: () => p.oneToMany(Phone).mappedBy('partner').orphanRemoval(),
    version: p.integer().version(),
  },
});
class Partner extends PartnerSchema.class {}
PartnerSchema.setClass(Partner);

const PhoneSchema = defineEntity({
  name: 'Phone',
  properties: { id: p.integer().primary(), partner: () => p.manyToOne(Partner), number: p.string().length(20) },
});
class Phone extends PhoneSchema.class {}
PhoneSchema.setClass(Phone);

const countries = defineResource(Country, {
  name: 'country',
  path: '/country',
  key: key.natural('code'),
  scope: 'country',
  fields: (f) => ({ name: f.field('name', { filter: true, sort: true }) }),
  operations: { search: true, read: true },
});

const partners = defineResource(Partner, {
  name: 'partner',
  path: '/partner',
  key: key.natural('slug'),
  keyName: null,
  version: 'version',
  scope: 'partner',
  fields: (f) => ({
    slug: f.field('slug', { write: 'create', filter: true }),
    name: f.field('name', { filter: true, sort: true }),
    family: f.field('familyName', { filter: true }),
    active: f.field('active', { filter: true, default: true }),
    hidden: f.field('secret', { read: false }),
    country: f.toOne('country', { resource: 'country', expand: ['name'], onRequest: true, filter: true }),
    phones: f.list('phones', (each) => ({ number: each.field('number') })),
  }),
  domain: (_call, where) => where.ne('name', 'Invisible'),
  operations: { search: { count: 'exact' }, read: true, create: true, update: true, replace: true, delete: true },
});

const all = ['search', 'read', 'create', 'update', 'replace', 'delete'].map((name) => `partner:${name}`);
const auth = [
  tokenStrategy({ full: { scopes: [...all, 'country:read', 'country:search'] }, reader: { scopes: ['partner:read'] } }),
];
const full = { authorization: 'Bearer full' };

for (const database of testDatabases()) {
  describe(`an API on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open([Country, Partner, Phone]);
      const em = open.orm.em.fork();
      const belgium = em.create(Country, { code: 'BE', name: 'Belgium' });
      em.create(Partner, { slug: 'ada', name: 'Ada', country: belgium, active: true });
      em.create(Partner, { slug: 'bob', name: 'Bob', active: false });
      em.create(Partner, { slug: 'gone', name: 'Invisible', active: true });
      await em.flush();
      api = await createApi({
        basePath: '/api',
        orm: open.orm,
        resources: [countries, partners],
        auth,
        logger: silentLogger,
      });
    });
    afterAll(() => open?.close());

    it('reads one record with its entity tag', async () => {
      const response = await call(api, 'GET', '/api/partner/ada', { headers: full });
      expect(response.status).toBe(200);
      expect(response.body).toEqual({
        slug: 'ada',
        name: 'Ada',
        family: null,
        active: true,
        country: 'BE',
        phones: [],
      });
      const etag = String(response.headers.etag);
      // The version, and the content, in which the country has a say.
      expect(etag).toMatch(/^"1-[0-9a-z]+"$/);
      const again = await call(api, 'GET', '/api/partner/ada', { headers: { ...full, 'if-none-match': etag } });
      expect(again.status).toBe(304);
      expect(again.text).toBe('');
    });

    it('searches by domain under its own, and expands on request', async () => {
      const domain = encodeURIComponent('["|",["country.name","=","Belgium"],["active","=",false]]');
      const response = await call(api, 'GET', `/api/partner?domain=${domain}&order=-name&expand=country`, {
        headers: full,
      });
      expect(response.body).toEqual({
        data: [
          { slug: 'bob', name: 'Bob', family: null, active: false, country: null, phones: [] },
          { slug: 'ada', name: 'Ada', family: null, active: true, country: { id: 'BE', name: 'Belgium' }, phones: [] },
        ],
        total: 2,
      });
    });

    it('creates, changes, replaces and deletes', async () => {
      const body = { slug: 'eve', name: 'Eve', hidden: 'x', country: 'BE', phones: [{ number: '1' }, { number: '2' }] };
      const created = await call(api, 'POST', '/api/partner', { headers: full, body });
      expect(created.status, created.text).toBe(201);
      expect(created.headers.location).toBe('/api/partner/eve');
      expect(created.body).toMatchObject({ slug: 'eve', country: 'BE', phones: [{ number: '1' }, { number: '2' }] });
      const tag = String(created.headers.etag);
      const changed = await call(api, 'PATCH', '/api/partner/eve', {
        headers: { ...full, 'if-match': tag },
        body: { family: 'Evans', phones: [{ number: '3' }] },
      });
      expect(changed.status, changed.text).toBe(200);
      expect(changed.body).toMatchObject({ name: 'Eve', family: 'Evans', phones: [{ number: '3' }] });
      const stale = await call(api, 'PATCH', '/api/partner/eve', {
        headers: { ...full, 'if-match': tag },
        body: { name: 'X' },
      });
      expect(stale.status).toBe(412);
      const replaced = await call(api, 'PUT', '/api/partner/eve', {
        headers: full,
        body: { slug: 'eve', name: 'Eva' },
      });
      expect(replaced.body).toMatchObject({ slug: 'eve', name: 'Eva', family: null, country: null, phones: [] });
      const phones = [{ number: '4' }, { number: '5' }];
      await call(api, 'PATCH', '/api/partner/eve', { headers: full, body: { phones } });
      expect((await call(api, 'DELETE', '/api/partner/eve', { headers: full })).status).toBe(204);
      expect((await call(api, 'GET', '/api/partner/eve', { headers: full })).status).toBe(404);
    });

    it('refuses what it must, and leaves nothing behind', async () => {
      expect((await call(api, 'GET', '/api/partner/ada')).status).toBe(401);
      expect((await call(api, 'GET', '/api/partner/ada')).headers['www-authenticate']).toBe('Bearer realm="test"');
      const reader = { authorization: 'Bearer reader' };
      const forbidden = await call(api, 'POST', '/api/partner', { headers: reader, body: {} });
      expect(forbidden.status).toBe(403);
      expect(forbidden.headers['www-authenticate']).toBe(
        'Bearer realm="test", error="insufficient_scope", scope="partner:create"',
      );
      expect((await call(api, 'GET', '/api/partner/gone', { headers: full })).status).toBe(404);
      const outside = await call(api, 'PATCH', '/api/partner/bob', { headers: full, body: { name: 'Invisible' } });
      expect(outside.status).toBe(403);
      expect((await call(api, 'GET', '/api/partner/bob', { headers: full })).body).toMatchObject({ name: 'Bob' });
      const twice = await call(api, 'POST', '/api/partner', { headers: full, body: { slug: 'ada', name: 'Ada' } });
      expect(twice.status, twice.text).toBe(409);
      const invalid = await call(api, 'POST', '/api/partner', { headers: full, body: { slug: 1, bogus: true } });
      expect(invalid.status).toBe(422);
      expect((invalid.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer).sort()).toEqual([
        '/bogus',
        '/name',
        '/slug',
      ]);
      const hidden = await call(api, 'GET', `/api/partner?domain=${encodeURIComponent('[["hidden","=","x"]]')}`, {
        headers: full,
      });
      const unknown = await call(api, 'GET', `/api/partner?domain=${encodeURIComponent('[["hiddem","=","x"]]')}`, {
        headers: full,
      });
      expect(hidden.status).toBe(400);
      expect((hidden.body as { detail: string }).detail.replace('hidden', '')).toBe(
        (unknown.body as { detail: string }).detail.replace('hiddem', ''),
      );
      expect((await call(api, 'DELETE', '/api/partner', { headers: full })).headers.allow).toBe(
        'GET, HEAD, POST, OPTIONS',
      );
    });
  });
}
