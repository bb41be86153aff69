import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api, ApiOptions } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { ClockService } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, Country, countries, entities, Person, Phone, seed, startWorld, Tag, tags } from './fixtures/world.ts';

const people = defineResource(Person, {
  name: 'person',
  path: '/person',
  key: key.natural('slug'),
  version: 'version',
  scope: 'person',
  fields: (f) => ({
    name: f.field('name'),
    boss: f.reference('manager', { resources: ['person'], display: 'name' }),
    bossKey: f.toOne('manager', { resource: 'person' }),
    land: f.coded('country', { system: 'region', code: 'code', display: 'name', systems: ['Europe'] }),
    landName: f.computed({ reads: { name: 'country.name' }, output: { type: 'string' }, encode: ({ name }) => name }),
    shout: f.computed({ reads: { name: 'name' }, output: { type: 'string' }, encode: ({ name }) => `${name}!` }),
    greeting: f.computed({
      reads: { name: 'name' },
      timed: true,
      output: { type: 'string' },
      encode: ({ name }, { now }) => `Good ${now.getUTCHours() < 12 ? 'morning' : 'day'}, ${name}`,
    }),
    tags: f.toMany('tags', { resource: 'tag' }),
    reports: f.list('reports', (each) => ({ name: each.field('name') }), { write: false, order: ['id'] }),
    reportCount: f.count('reports'),
    phones: f.list('phones', (each) => ({ number: each.field('number') })),
  }),
  operations: { read: true },
});

type Change = (world: OpenTestDatabase) => Promise<unknown>;

/** Each changes what a field of Bob shows, and Bob's own row in none. */
const changes: readonly (readonly [field: string, change: Change])[] = [
  ['boss', ({ orm }) => orm.em.fork().nativeUpdate(Person, { slug: 'ada' }, { name: 'Augusta' })],
  ['bossKey', ({ orm }) => orm.em.fork().nativeUpdate(Person, { slug: 'ada' }, { slug: 'augusta' })],
  ['land', ({ orm }) => orm.em.fork().nativeUpdate(Country, { code: 'KE' }, { name: 'Republic of Kenya' })],
  ['landName', ({ orm }) => orm.em.fork().nativeUpdate(Country, { code: 'KE' }, { name: 'Jamhuri ya Kenya' })],
  ['tags', ({ orm }) => orm.em.fork().nativeUpdate(Tag, { code: 'dark' }, { hidden: false })],
  [
    'reports',
    async ({ orm }) => {
      const em = orm.em.fork();
      em.create(Person, {
        slug: 'new',
        name: 'New',
        owner: 'x',
        manager: await em.findOneOrFail(Person, { slug: 'bob' }),
      });
      await em.flush();
    },
  ],
  ['reportCount', ({ orm }) => orm.em.fork().nativeUpdate(Person, { slug: 'cyd' }, { manager: 2 })],
];

for (const database of testDatabases()) {
  describe(`entity tags of what other records have a say in, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let now = new Date('2026-03-02T09:00:00Z');
    const services: ApiOptions['services'] = (registry) => registry.register(ClockService, () => ({ now: () => now }));
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open, { services }, [people, countries, tags]);
    });
    afterAll(() => open?.close());

    const get = (query = '', headers: Record<string, string> = {}) =>
      call(api, 'GET', `/api/person/bob${query}`, { headers: { ...as('full'), ...headers } });
    const revalidated = (tag: unknown, query = '') => get(query, { 'if-none-match': String(tag) });

    it.each(changes)('%s: another content is another tag', async (field, change) => {
      const query = `?fields=id,${field}`;
      const [whole, part, own] = [await get(), await get(query), await get('?fields=name,shout,phones')];
      expect((await revalidated(part.headers.etag, query)).status).toBe(304);
      expect((await revalidated(whole.headers.etag)).status).toBe(304);

      await change(open);

      const renewed = await revalidated(part.headers.etag, query);
      expect([renewed.status, renewed.headers.etag === part.headers.etag]).toEqual([200, false]);
      expect((renewed.body as Record<string, unknown>)[field]).not.toEqual(
        (part.body as Record<string, unknown>)[field],
      );
      expect((await revalidated(whole.headers.etag)).status).toBe(200);
      // What is the record's own hangs on its version alone.
      expect((await revalidated(own.headers.etag, '?fields=name,shout,phones')).status).toBe(304);
      expect((await revalidated(renewed.headers.etag, query)).status).toBe(304);
    });

    it('what depends on the time: another content is another tag', async () => {
      const query = '?fields=id,greeting';
      const early = await get(query);
      expect(early.body).toMatchObject({ greeting: expect.stringMatching(/^Good morning, /) });
      expect((await revalidated(early.headers.etag, query)).status).toBe(304);
      now = new Date('2026-03-02T15:00:00Z');
      const late = await revalidated(early.headers.etag, query);
      expect(late).toMatchObject({ status: 200, body: { greeting: expect.stringMatching(/^Good day, /) } });
    });

    it('stays good for a write, whatever others have changed', async () => {
      const writable = await startWorld(open, {}, [
        { ...people, operations: { read: true, update: true } },
        countries,
        tags,
      ]);
      const { headers } = await get();
      await open.orm.em.fork().nativeUpdate(Person, { slug: 'augusta' }, { name: 'A' });
      await open.orm.em.fork().nativeUpdate(Phone, {}, { kind: 'home' });
      const written = await call(writable, 'PATCH', '/api/person/bob', {
        headers: { ...as('full'), 'if-match': String(headers.etag) },
        body: { name: 'Robert' },
      });
      expect(written.status, written.text).toBe(200);
    });
  });
}
