import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import type { ResourceDescriptor } from '../descriptor/index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, people, seed, startWorld, tags } from './fixtures/world.ts';

const domain = (value: unknown) => `domain=${encodeURIComponent(JSON.stringify(value))}`;

/** What a caller may not learn or do, whatever it asks (SECURITY section 1). */
for (const database of testDatabases()) {
  describe(`attacks on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open);
    });
    afterAll(() => open?.close());

    const search = (query: string, who = 'full', path = '/api/person') =>
      call(api, 'GET', `${path}?${query}`, { headers: as(who) });
    const slugs = async (query: string, who = 'full') => {
      const response = await search(query, who);
      expect(response.status, response.text).toBe(200);
      return (response.body as { data: { slug: string }[] }).data.map(({ slug }) => slug);
    };

    it('answers alike for a field that is hidden and one that is not there', async () => {
      for (const [hidden, absent] of [
        ['pin', 'pim'],
        ['version', 'versiom'],
        ['country.secret', 'country.secres'],
        ['__proto__', '__proxx__'],
        ['constructor', 'constructox'],
        ['toString', 'toStrins'],
      ] as const) {
        for (const ask of [
          (name: string) => domain([[name, '=', 'x']]),
          (name: string) => domain([[name, 'ilike', 'x']]),
          (name: string) => domain([[name, 'in', ['x']]]),
          (name: string) => `order=${name}`,
          (name: string) => `fields=${name}`,
          (name: string) => `expand=${name}`,
        ]) {
          const [one, other] = [await search(ask(hidden)), await search(ask(absent))];
          expect(one.status, ask(hidden)).toBe(400);
          expect(other.status).toBe(one.status);
          const bare = (body: unknown, name: string) =>
            JSON.stringify({ ...(body as object), instance: '' }).replaceAll(name, '…');
          expect(bare(one.body, hidden), ask(hidden)).toBe(bare(other.body, absent));
        }
      }
    });

    it('answers alike for a field that a policy hides from the caller', async () => {
      for (const [hidden, absent] of [
        ['pay', 'pai'],
        ['email', 'emaii'],
        ['country.region', 'country.regios'],
      ] as const) {
        expect((await search(domain([[hidden, '=', false]]))).status, hidden).toBe(200);
        const one = await search(domain([[hidden, '=', 'x']]), 'narrow');
        const other = await search(domain([[absent, '=', 'x']]), 'narrow');
        expect(one.status).toBe(400);
        expect(one.text.replaceAll(hidden, '').replace(/urn:uuid:[^"]+/, '')).toBe(
          other.text.replaceAll(absent, '').replace(/urn:uuid:[^"]+/, ''),
        );
      }
      expect((await search('order=pay', 'narrow')).status).toBe(400);
      expect((await search('fields=pay', 'narrow')).status).toBe(400);
      const shown = await search('fields=slug,country&expand=country', 'narrow');
      expect(shown.text).not.toContain('region');
      const ada = await call(api, 'GET', '/api/person/ada?expand=country', { headers: as('narrow') });
      expect(ada.body).toEqual({
        slug: 'ada',
        name: 'Ada',
        family: 'Byron',
        address: { street: null, city: 'Gent', unit: null },
        country: { code: 'BE', name: 'Belgium' },
        manager: null,
        tags: ['red'],
      });
    });

    it('shows, finds and names nothing outside of a domain, its own or that of the other side', async () => {
      expect(await slugs('limit=100')).toEqual(['ada', 'bob', 'cyd', 'dan']);
      expect(await slugs(domain(['|', ['name', '=', 'Invisible'], ['slug', '=', 'gone']]))).toEqual([]);
      expect(await slugs(domain(['!', ['name', '=', 'Ada']]))).toEqual(['bob', 'cyd', 'dan']);
      // Dan's manager and Cyd's country are outside: neither key, nor field, nor "is set" speaks of them.
      for (const [slug, field] of [
        ['dan', 'manager'],
        ['cyd', 'country'],
      ] as const) {
        for (const more of ['', '?expand=country', `?fields=${field}`]) {
          const response = await call(api, 'GET', `/api/person/${slug}${more}`, { headers: as('full') });
          expect(response.body, more).toHaveProperty(field, null);
        }
      }
      expect(await slugs(domain([['manager', '!=', false]]))).toEqual(['bob']);
      expect(await slugs(domain([['manager', '=', 'gone']]))).toEqual([]);
      expect(await slugs(domain([['manager.slug', '=', 'gone']]))).toEqual([]);
      expect(await slugs(domain([['manager', 'any', [['name', 'like', 'Invis']]]]))).toEqual([]);
      expect(await slugs(domain([['manager', 'ilike', 'invis']]))).toEqual([]);
      expect(await slugs(domain([['country', '!=', false]]))).toEqual(['ada', 'bob']);
      expect(await slugs(domain([['country', '=', 'XX']]))).toEqual([]);
      expect(await slugs(domain([['country.name', '=', 'Atlantis']]))).toEqual([]);
      expect(await slugs(domain([['country', 'ilike', 'atl']]))).toEqual([]);
      expect(await slugs(domain([['tags', '=', 'dark']]))).toEqual([]);
      expect(await slugs(domain([['tags.label', '=', 'Dark']]))).toEqual([]);
      expect(await slugs(domain([['tags', '!=', false]]))).toEqual(['ada']);
      // A list hides rows: neither do filters through it see them.
      expect(await slugs(domain([['phones.kind', '=', 'work']]))).toEqual(['ada']);
      for (const slug of ['gone', 'absent']) {
        const response = await call(api, 'GET', `/api/person/${slug}`, { headers: as('full') });
        expect(response.status).toBe(404);
      }
      expect((await call(api, 'GET', '/api/country/XX', { headers: as('full') })).status).toBe(404);
    });

    it('writes no reference to a record that the caller cannot reach', async () => {
      const send = (body: object) => call(api, 'PATCH', '/api/person/bob', { headers: as('full'), body });
      const strip = (text: string, word: string) => text.replaceAll(word, '').replace(/urn:uuid:[^"]+/, '');
      for (const [hidden, absent] of [
        [{ manager: 'gone' }, { manager: 'nope' }],
        [{ country: 'XX' }, { country: 'YY' }],
        [{ tags: ['dark'] }, { tags: ['dusk'] }],
        [{ tags: { add: ['dark'] } }, { tags: { add: ['dusk'] } }],
        [{ tags: { remove: ['dark'] } }, { tags: { remove: ['dusk'] } }],
      ]) {
        const [one, other] = [await send(hidden as object), await send(absent as object)];
        expect(one.status, one.text).toBe(422);
        expect(strip(one.text, 'dark')).toBe(strip(other.text, 'dusk'));
      }
    });

    it('does not look through relations to what the caller has no scope for', async () => {
      for (const query of [
        domain([['country.name', '=', 'Belgium']]),
        domain([['country', 'any', [['name', '=', 'Belgium']]]]),
        domain([['tags.label', '=', 'Red']]),
        domain([['country', 'ilike', 'belg']]),
        domain([['country', 'like', 'Belg']]),
        domain([['country', '=ilike', 'belg%']]),
        domain([['tags', 'ilike', 'red']]),
        domain([['country', 'not ilike', 'belg']]),
      ]) {
        expect((await search(query)).status, decodeURIComponent(query)).toBe(200);
        expect((await search(query, 'alone')).status, decodeURIComponent(query)).toBe(400);
      }
      const expanded = await call(api, 'GET', '/api/person/ada?expand=country', { headers: as('alone') });
      expect(expanded.body).toMatchObject({ country: 'BE' });
      expect(expanded.text).not.toContain('Belgium');
    });

    it('searches the text of a relation in the table of the other side, under its domain', async () => {
      expect(await slugs(domain([['country', 'ilike', 'belg']]))).toEqual(['ada']);
      expect(await slugs(domain([['country', 'ilike', 'ada']]))).toEqual([]);
      expect(await slugs(domain([['country', 'not ilike', 'belg']]))).toEqual(['bob', 'cyd', 'dan']);
      expect(await slugs(domain([['tags', 'like', 'Re']]))).toEqual(['ada']);
      expect(await slugs(domain([['tags', 'like', 'Dar']]))).toEqual([]);
      expect(await slugs(domain([['manager', 'ilike', 'ada']]))).toEqual(['bob']);
    });

    it('holds declared parameters to what the caller may see', async () => {
      expect(await slugs('paid=10.5')).toEqual(['ada']);
      expect(await slugs('land=Belg')).toEqual(['ada']);
      expect(await slugs('land=Atl')).toEqual([]);
      for (const [query, who] of [
        ['paid=10.5', 'narrow'],
        ['land=Belg', 'alone'],
      ] as const) {
        const refused = await search(query, who);
        expect(refused.status, refused.text).toBe(400);
        expect(refused.body).toMatchObject({ code: 'malformed_filter' });
      }
    });

    it('masks rows wherever they are shown', async () => {
      const direct = await call(api, 'GET', '/api/country/KE', { headers: as('masked') });
      expect(direct.body).toEqual({ code: 'KE', name: 'Kenya' });
      expect((await call(api, 'GET', '/api/country/KE', { headers: as('full') })).body).toEqual({
        code: 'KE',
        name: 'Kenya',
        region: 'secret',
      });
      const found = await search('', 'masked', '/api/country');
      expect(found.text).not.toContain('secret');
      const expanded = await call(api, 'GET', '/api/person/bob?expand=country', { headers: as('masked') });
      expect(expanded.body).toMatchObject({ country: { code: 'KE', name: 'Kenya' } });
      expect(expanded.text).not.toContain('secret');
    });

    it('takes a cursor only from the caller, and for the search, that it was made for', async () => {
      const first = await search('cursor=*&limit=2');
      const { cursor } = first.body as { cursor: string };
      expect((await search(`cursor=${cursor}&limit=2`)).status).toBe(200);
      expect((await search(`cursor=${cursor}&limit=2`, 'other')).status).toBe(400);
      expect((await search(`cursor=${cursor}&limit=2&order=-name`)).status).toBe(400);
      expect((await search(`cursor=${cursor}&limit=2&${domain([['kind', '=', 'staff']])}`)).status).toBe(400);
      expect((await search(`cursor=${cursor}`, 'full', '/api/country')).status).toBe(400);
      const raw = Buffer.from(cursor, 'base64url').toString('latin1');
      for (const value of ['Ada', 'Bob']) expect(raw).not.toContain(value);
    });

    it('runs no method on a record outside the domain, and none without its scope', async () => {
      for (const [method, target] of [
        ['GET', '/api/person/gone/greet'],
        ['POST', '/api/person/gone/rename'],
        ['PATCH', '/api/person/gone'],
        ['PUT', '/api/person/gone'],
        ['DELETE', '/api/person/gone'],
      ] as const) {
        const slug = method === 'PUT' ? { slug: 'gone' } : {};
        const body = method === 'GET' || method === 'DELETE' ? undefined : { ...slug, name: 'Seen' };
        const sent = { headers: as('full'), body: target.endsWith('rename') ? { name: 'Seen' } : body };
        expect((await call(api, method, target, sent)).status, `${method} ${target}`).toBe(404);
        expect((await call(api, method, target, { ...sent, headers: as('reader') })).status).toBe(403);
        expect((await call(api, method, target, { body: sent.body })).status).toBe(401);
      }
    });

    it('answers writes of who may not read with no more than which record it is', async () => {
      const headers = as('writer');
      const patched = await call(api, 'PATCH', '/api/person/ada', { headers, body: {} });
      expect([patched.status, patched.body]).toEqual([200, { slug: 'ada' }]);
      const asked = await call(api, 'PATCH', '/api/person/ada?fields=family,email', { headers, body: {} });
      expect(asked.text).not.toMatch(/Byron|ada@/);
      const body = { slug: 'eve', name: 'Eve', kind: 'staff' };
      const made = await call(api, 'POST', '/api/person', { headers, body });
      expect([made.status, made.body]).toEqual([201, { slug: 'eve' }]);
      await call(api, 'DELETE', '/api/person/eve', { headers: as('full') });
    });

    it('orders by nothing that a policy hides from the caller, not even when no order is asked for', async () => {
      const resources = [{ ...people, order: ['-pay'] } as ResourceDescriptor, countries, tags];
      const sorted = await startWorld(open, {}, resources);
      const order = async (who: string) => {
        const query = domain([['slug', 'in', ['ada', 'bob']]]);
        const { body } = await call(sorted, 'GET', `/api/person?${query}`, { headers: as(who) });
        return (body as { data: { slug: string }[] }).data.map(({ slug }) => slug);
      };
      expect(await order('full')).toEqual(['bob', 'ada']);
      expect(await order('narrow')).toEqual(['ada', 'bob']);
    });

    it('leaves the prototype of things alone', async () => {
      for (const name of ['__proto__', 'constructor', 'prototype']) {
        const body = `{"slug":"p","name":"P","${name}":{"isAdmin":true}}`;
        const sent = { headers: { ...as('full'), 'content-type': 'application/json' }, body };
        expect((await call(api, 'POST', '/api/person', sent)).status).toBe(400);
        const nested = { ...sent, body: `{"slug":"p","name":"P","address":{"${name}":{"isAdmin":true}}}` };
        expect((await call(api, 'POST', '/api/person', nested)).status).toBe(400);
      }
      for (const name of ['toString', 'hasOwnProperty', 'valueOf']) {
        const body = { slug: 'p', name: 'P', [name]: 'x' };
        expect((await call(api, 'POST', '/api/person', { headers: as('full'), body })).status).toBe(422);
        expect((await call(api, 'GET', `/api/person/${name}`, { headers: as('full') })).status).toBe(404);
      }
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    });

    it('writes nothing by HEAD and OPTIONS', async () => {
      for (const method of ['HEAD', 'OPTIONS']) {
        for (const path of ['/api/person/ada/rename', '/api/person/ada', '/api/person']) {
          await call(api, method, path, { headers: as('full'), body: { name: 'X' } });
        }
      }
      expect((await call(api, 'GET', '/api/person/ada', { headers: as('full') })).body).toMatchObject({ name: 'Ada' });
    });

    it('names no database id anywhere', async () => {
      const response = await search('limit=100&expand=country');
      expect(response.text).not.toMatch(/"id"/);
    });
  });
}
