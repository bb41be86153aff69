import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { record } from '../fields/index.ts';
import { key } from '../keys/index.ts';
import { ClockService, silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), code: p.string().unique() },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const CitySchema = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    country: () => p.manyToOne(Country).nullable(),
    founded: p.date(),
    madeAt: p.datetime(3),
    madeBy: p.string(),
    twinOf: () => p.manyToOne(Country).nullable(),
  },
});
class City extends CitySchema.class {}
CitySchema.setClass(City);

const countries = defineResource(Country, {
  name: 'country',
  path: '/countries',
  key: key.natural('code'),
  scope: () => 'any',
  fields: () => ({}),
  operations: { read: true },
});
const cities = defineResource(City, {
  name: 'city',
  path: '/cities',
  key: key.natural('name'),
  keyName: null,
  scope: () => 'any',
  fields: (f) => ({
    name: f.field('name'),
    country: f.toOne('country', {
      resource: 'country',
      default: ({ principal }) =>
        record({ code: 'attributes' in principal ? String(principal.attributes.country) : '' }),
    }),
    founded: f.field('founded', { default: ({ now }) => now.toISOString().slice(0, 10) }),
    made: f.field('madeAt', { write: false, default: ({ now }) => now }),
    by: f.field('madeBy', { write: false, default: ({ principal }) => ('id' in principal ? principal.id : '') }),
    twin: f.toOne('twinOf', { resource: 'country', write: false }),
  }),
  defaults: { twinOf: () => record({ code: 'FR' }) },
  operations: { create: true },
});

const now = new Date('2026-05-04T10:00:00.123Z');

describe.each(testDatabases())('defaults on $name', (database) => {
  let open: OpenTestDatabase;
  let api: Api;
  beforeAll(async () => {
    open = await database.open([Country, City]);
    const em = open.orm.em.fork();
    for (const code of ['BE', 'FR']) em.create(Country, { code });
    await em.flush();
    api = await createApi({
      orm: open.orm,
      resources: [countries, cities],
      auth: [tokenStrategy({ belgian: { scopes: ['any'], attributes: { country: 'BE' } }, lost: { scopes: ['any'] } })],
      services: (services) => services.register(ClockService, () => ({ now: () => now })),
      logger: silentLogger,
    });
  });
  afterAll(() => open?.close());
  const create = (caller: string, body: object) =>
    call(api, 'POST', '/cities', { headers: { authorization: `Bearer ${caller}` }, body });

  it('are functions of the call that answer values, instants and records', async () => {
    expect((await create('belgian', { name: 'Ghent' })).body).toEqual({
      name: 'Ghent',
      country: 'BE',
      founded: '2026-05-04',
      made: now.toISOString(),
      by: 'belgian',
      twin: 'FR',
    });
  });

  it('give way to what is sent, null included', async () => {
    expect((await create('belgian', { name: 'Lille', country: 'FR', founded: '0640-01-01' })).body).toMatchObject({
      country: 'FR',
      founded: '0640-01-01',
    });
    expect((await create('belgian', { name: 'Atlantis', country: null })).body).toMatchObject({ country: null });
  });

  it('refuse the write when their record is not there', async () => {
    const refused = await create('lost', { name: 'Nowhere' });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'unresolved_reference', errors: [{ pointer: '/country' }] },
    });
    expect((await create('belgian', { name: 'Nowhere' })).status).toBe(201);
  });
});
