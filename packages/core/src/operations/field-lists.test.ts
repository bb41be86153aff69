import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import type { ResourceDescriptor } from '../descriptor/index.ts';
import { defineScopes } from '../scopes/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import { as, countries, entities, people, seed, startWorld, tags } from './fixtures/world.ts';

const domain = (value: unknown) => `domain=${encodeURIComponent(JSON.stringify(value))}`;
const actions = ['search', 'read', 'create', 'update', 'replace', 'greet', 'rename'];
const onPeople = actions.map((name) => `person:${name}`);
const scopes = [...onPeople, 'country:search', 'country:read', 'tag:search', 'tag:read'];
const listed = ['name', 'country', 'manager', 'tags'];
const readLists = (fields: readonly string[]) => ({ 'person:read': fields, 'person:search': fields });

const callers = {
  full: { scopes },
  listed: { scopes, fieldLists: { ...readLists(listed), 'country:read': ['name'], 'country:search': ['name'] } },
  /** The lists of both scopes count together. */
  joined: { scopes, fieldLists: { 'person:read': ['name'], 'person:search': ['family'] } },
  /** One scope to read has no list. */
  lifted: { scopes, fieldLists: { 'person:read': ['name'] } },
  nothing: { scopes, fieldLists: readLists([]) },
  /** Names that make another caller's list when they are joined by a comma. */
  forged: { scopes, fieldLists: readLists([listed.join(','), '__proto__', 'nope']) },
  editor: { scopes, fieldLists: { 'person:update': ['name', 'email'] } },
  /** Reads nothing; the methods' own scopes are limited. */
  greeter: { scopes: ['person:greet'], fieldLists: { 'person:greet': ['name'] } },
  /** Credentials with a part of what was granted: the lists of all of it hold. */
  narrowed: {
    scopes: ['person:greet', 'person:update'],
    granted: scopes,
    fieldLists: readLists(['name']),
  },
  /** A list of a scope that it does not hold, and one named like what every object has. */
  unheld: { scopes: ['person:read', 'constructor'], fieldLists: { 'person:search': ['name'], other: [] } },
} as const;

type Caller = keyof typeof callers;

/** People without policies of their own. */
const { policies: _regions, ...openCountries } = countries;
const { policies: _pay, ...openPeople } = people;
const open_ = [openPeople, openCountries, tags] as readonly ResourceDescriptor[];

for (const database of testDatabases()) {
  describe(`field lists of scopes on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let free: Api;
    let anyLifts: Api;
    let climbing: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      const options = { auth: [tokenStrategy(callers)] };
      api = await startWorld(open, options, open_);
      free = await startWorld(open, { ...options }, [
        { ...openPeople, fieldLists: { writes: 'free' } } as ResourceDescriptor,
        openCountries as ResourceDescriptor,
        tags,
      ]);
      climbing = await startWorld(open, { ...options }, [
        { ...openPeople, hierarchy: 'manager', keyName: 'key' } as ResourceDescriptor,
        openCountries as ResourceDescriptor,
        tags,
      ]);
      const vocabulary = defineScopes({
        actions: ['search', 'read', 'create', 'update', 'delete', 'greet', 'rename', 'made'],
        resources: ['person'],
        others: ['person:replace'],
        fieldLists: { liftedBy: 'any' },
      });
      anyLifts = await startWorld(
        open,
        { ...options, scopes: vocabulary },
        open_.map(({ scope: _scope, ...rest }) => rest),
      );
    });
    afterAll(() => open?.close());

    const get = (path: string, who: Caller, on = api) => call(on, 'GET', `/api/${path}`, { headers: as(who) });
    const shown = async (path: string, who: Caller, on = api) => {
      const { status, body, text } = await get(path, who, on);
      expect(status, text).toBe(200);
      return Object.keys(body as object);
    };
    const bare = (text: string, name: string) => text.replaceAll(name, '…').replace(/urn:uuid:[^"]+/, '');

    it('show what they name, and what is always shown', async () => {
      const response = await get('person/ada', 'listed');
      expect(response.body).toEqual({ slug: 'ada', name: 'Ada', country: 'BE', manager: null, tags: ['red'] });
      expect(await shown('person/ada', 'joined')).toEqual(['slug', 'name', 'family']);
      expect(await shown('person/ada', 'nothing')).toEqual(['slug']);
      const page = await get('person?limit=1', 'listed');
      expect(page.text).not.toContain('Byron');
      expect(page.body).toMatchObject({ data: [{ slug: 'ada', name: 'Ada' }] });
    });

    it('show no more to who asks for fewer scopes than were granted', async () => {
      const refused = await call(api, 'PATCH', '/api/person/ada', {
        headers: as('narrowed'),
        body: { email: 'x@y.zz' },
      });
      expect(refused.status).toBe(422);
      const allowed = await call(api, 'PATCH', '/api/person/ada', { headers: as('narrowed'), body: { name: 'Ada' } });
      expect(allowed.status).toBe(200);
    });

    it('hide who is above whom together with the field that says so', async () => {
      const below = `person?${domain([['key', 'child_of', 'ada']])}`;
      const known = await get(below, 'full', climbing);
      expect(known.status, known.text).toBe(200);
      expect((known.body as { data: unknown[] }).data.length).toBeGreaterThan(1);
      expect((await get(below, 'listed', climbing)).status).toBe(200);
      for (const who of ['joined', 'nothing'] as const) {
        for (const leaf of [
          ['key', 'child_of', 'ada'],
          ['key', 'parent_of', 'bob'],
        ]) {
          expect((await get(`person?${domain([leaf])}`, who, climbing)).status).toBe(400);
        }
      }
    });

    it('show everything where a scope to read has none, or nobody is limited', async () => {
      const everything = await shown('person/ada', 'full');
      expect(everything).toContain('pay');
      expect(await shown('person/ada', 'lifted')).toEqual(everything);
      expect(await shown('person/ada', 'unheld')).toEqual(everything);
    });

    it('are not lifted by scopes that only write, unless the API says so', async () => {
      expect(await shown('person/ada', 'listed')).not.toContain('pay');
      expect(await shown('person/ada', 'listed', anyLifts)).toContain('pay');
      expect(await shown('person/ada', 'nothing', anyLifts)).toContain('pay');
      expect(await shown('person/ada/greet', 'greeter', anyLifts)).toEqual(['slug', 'name']);
    });

    it('are not widened by names that run into each other', async () => {
      expect(await shown('person/ada', 'listed')).toHaveLength(5);
      expect(await shown('person/ada', 'forged')).toEqual(['slug']);
      expect(await shown('person/ada', 'listed')).toHaveLength(5);
    });

    it('answer alike for a field that is not named and one that is not there', async () => {
      for (const [hidden, absent] of [
        ['pay', 'pai'],
        ['email', 'emaii'],
        ['address.city', 'address.citi'],
        ['phones.kind', 'phones.kine'],
        ['country.region', 'country.regios'],
        ['manager.pay', 'manager.pai'],
        ['manager.country.region', 'manager.country.regios'],
      ] as const) {
        for (const ask of [
          (name: string) => domain([[name, '=', 'x']]),
          (name: string) => domain([[name, '!=', false]]),
          (name: string) => domain(['!', [name, 'in', ['x']]]),
          (name: string) => `order=${name}`,
          (name: string) => `order=-${name}`,
          (name: string) => `fields=${name}`,
          (name: string) => `expand=${name}`,
        ]) {
          const [one, other] = [
            await get(`person?${ask(hidden)}`, 'listed'),
            await get(`person?${ask(absent)}`, 'listed'),
          ];
          expect(one.status, ask(hidden)).toBe(400);
          expect(bare(one.text, hidden), ask(hidden)).toBe(bare(other.text, absent));
        }
      }
      expect((await get(`person?${domain([['pay', '!=', false]])}`, 'full')).status).toBe(200);
    });

    it('hold for declared parameters, and for filters through relations', async () => {
      expect((await get('person?paid=10.5', 'full')).status).toBe(200);
      expect((await get('person?paid=10.5', 'listed')).status).toBe(400);
      const any = domain([['country', 'any', [['region', '=', 'Europe']]]]);
      expect((await get(`person?${any}`, 'full')).status).toBe(200);
      expect((await get(`person?${any}`, 'listed')).status).toBe(400);
    });

    it('hold in expansions, under the lists of the other resource', async () => {
      const { body } = await get('person/ada?expand=country', 'listed');
      expect(body).toHaveProperty('country', { code: 'BE', name: 'Belgium' });
      const full = await get('person/ada?expand=country', 'full');
      expect(full.body).toHaveProperty('country.region', 'Europe');
    });

    it('hold behind a cursor that somebody else was given', async () => {
      const cursorOf = async (order: string, who: Caller) => {
        const { body } = await get(`person?cursor=*&limit=1&order=${order}`, who);
        return encodeURIComponent((body as { cursor: string }).cursor);
      };
      const byPay = await cursorOf('pay', 'full');
      const byName = await cursorOf('name', 'full');
      expect((await get(`person?limit=1&order=pay&cursor=${byPay}`, 'full')).status).toBe(200);
      for (const [order, cursor] of [
        ['pay', byPay],
        ['name', byPay],
        ['name', byName],
      ]) {
        expect((await get(`person?limit=1&order=${order}&cursor=${cursor}`, 'listed')).status, order).toBe(400);
      }
      const own = await get(`person?limit=1&order=name&cursor=${await cursorOf('name', 'listed')}`, 'listed');
      expect(own.status).toBe(200);
      expect(own.text).not.toContain('pay');
    });

    it('have entity tags of their own', async () => {
      const tag = async (who: Caller) => String((await get('person/bob', who)).headers.etag);
      const tagsOf = new Set([await tag('full'), await tag('listed'), await tag('joined'), await tag('nothing')]);
      expect(tagsOf.size).toBe(4);
      expect(await tag('forged')).toBe(await tag('nothing'));
      const held = await call(api, 'GET', '/api/person/bob', {
        headers: { ...as('listed'), 'if-none-match': await tag('full') },
      });
      expect(held.status).toBe(200);
    });

    it('hold for the answers of methods and of writes', async () => {
      expect(await shown('person/ada/greet', 'listed')).toEqual(['slug', 'name', 'country', 'manager', 'tags']);
      expect(await shown('person/ada/greet', 'greeter')).toEqual(['slug', 'name']);
      const renamed = await call(api, 'POST', '/api/person/bob/rename', {
        headers: as('joined'),
        body: { name: 'Bob' },
      });
      expect(Object.keys(renamed.body as object)).toEqual(['slug', 'name', 'family']);
      const changed = await call(api, 'PATCH', '/api/person/bob', { headers: as('listed'), body: { name: 'Bob' } });
      expect([changed.status, Object.keys(changed.body as object)]).toEqual([
        200,
        ['slug', 'name', 'country', 'manager', 'tags'],
      ]);
    });

    it('keep a caller from writing what they do not show, in the words for what is not there', async () => {
      const send = (who: Caller, method: string, body: object, on = api) =>
        call(on, method, '/api/person/bob', { headers: as(who), body });
      const [hidden, absent] = [
        await send('listed', 'PATCH', { pay: '1.00' }),
        await send('listed', 'PATCH', { pai: '1.00' }),
      ];
      expect(hidden.status).toBe(422);
      expect(bare(hidden.text, 'pay')).toBe(bare(absent.text, 'pai'));
      // A replace keeps what it cannot name.
      expect((await send('listed', 'PUT', { slug: 'bob', name: 'Bob', country: 'KE', manager: 'ada' })).status).toBe(
        200,
      );
      expect((await get('person/bob', 'full')).body).toMatchObject({ pay: '20.00', kind: 'staff' });
      const opened = await send('listed', 'PATCH', { pay: '20.00' }, free);
      expect([opened.status, Object.keys(opened.body as object)]).toEqual([200, expect.not.arrayContaining(['pay'])]);
    });

    it('keep a caller from writing what the scope to write does not name, though it may be read', async () => {
      const send = (body: object) => call(api, 'PATCH', '/api/person/cyd', { headers: as('editor'), body });
      expect(await shown('person/cyd', 'editor')).toContain('pay');
      expect((await send({ pay: '1.00' })).status).toBe(422);
      expect((await send({ email: 'cyd@x.test' })).status).toBe(200);
      const created = await call(api, 'POST', '/api/person', {
        headers: as('editor'),
        body: { slug: 'eve', name: 'Eve', pay: '1.00' },
      });
      expect(created.status).toBe(201);
    });
  });
}
