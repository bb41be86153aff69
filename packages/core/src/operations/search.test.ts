import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { writeCrowd } from './fixtures/crowd.ts';
import { as, entities, startWorld } from './fixtures/world.ts';

interface Page {
  readonly data: readonly { readonly slug: string }[];
  readonly total?: number;
  readonly estimated?: boolean;
  readonly cursor?: string;
  readonly next?: string;
}

const domain = (value: unknown) => `domain=${encodeURIComponent(JSON.stringify(value))}`;

for (const database of testDatabases()) {
  describe(`search on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let everyone: readonly string[];
    beforeAll(async () => {
      open = await database.open(entities);
      api = await startWorld(open);
      everyone = await writeCrowd(open, 40);
    });
    afterAll(() => open?.close());

    const search = async (query: string) => {
      const response = await call(api, 'GET', `/api/person?${query}`, { headers: as('full') });
      expect(response.status, response.text).toBe(200);
      return response.body as Page;
    };
    const status = async (query: string) =>
      (await call(api, 'GET', `/api/person?${query}`, { headers: as('full') })).status;
    const slugs = (page: Page) => page.data.map(({ slug }) => slug);
    const follow = async (start: string) => {
      const seen: string[] = [];
      for (let next: string | undefined = start; next !== undefined; ) {
        const page: Page = await search(next.replace('/api/person?', ''));
        seen.push(...slugs(page));
        next = page.next;
        expect(seen.length).toBeLessThan(100);
      }
      return seen;
    };

    for (const order of ['', 'name', '-name', 'family', '-family,age', 'age,-pay', '-pay', '-slug', 'address.city']) {
      it(`visits every record once by cursors and by offsets, in one order: ${order || 'none'}`, async () => {
        const ordered = order === '' ? '' : `&order=${order}`;
        const whole = slugs(await search(`limit=100${ordered}`));
        expect([...whole].sort()).toEqual(everyone);
        for (const limit of [3, 7, 36]) {
          expect(await follow(`cursor=*&limit=${limit}${ordered}`), `cursor, limit ${limit}`).toEqual(whole);
          expect(await follow(`limit=${limit}${ordered}`), `offset, limit ${limit}`).toEqual(whole);
        }
      });
    }

    it('keeps its place while rows come, go and change', async () => {
      const first = await search('cursor=*&limit=10&order=slug');
      const em = open.orm.em.fork();
      const connection = em.getConnection();
      await connection.execute(`update person set name = 'Changed' where slug = 'p02'`);
      await connection.execute(
        `insert into person (slug, name, owner) values ('p001', 'New', 'x'), ('p235', 'New', 'x')`,
      );
      const rest = await follow(first.next ?? '');
      expect([...slugs(first), ...rest]).toEqual([...everyone, 'p235'].sort());
      await connection.execute(`delete from person where slug in ('p001', 'p235')`);
    });

    it('answers the record, not an error, when the last of a page vanishes', async () => {
      const page = await search('cursor=*&limit=5&order=name');
      expect(page.data).toHaveLength(5);
      expect(page.cursor).toBeTypeOf('string');
    });

    it('counts when it is asked to', async () => {
      expect(await search('limit=2')).not.toHaveProperty('total');
      expect((await search('limit=2&count=exact')).total).toBe(everyone.length);
      expect((await search('limit=2&count=estimated')).total).toBe(everyone.length);
      expect((await search('limit=2&count=none')).total).toBeUndefined();
      expect((await search(`count=exact&${domain([['slug', '=', 'nobody']])}`)).total).toBe(0);
      expect((await search('limit=2&offset=30&count=exact')).total).toBe(everyone.length);
      expect((await search('limit=2&offset=50&count=exact')).total).toBe(everyone.length);
      expect(await status('count=all')).toBe(400);
    });

    it('holds its limits', async () => {
      expect((await search('')).data).toHaveLength(3);
      for (const query of [
        'limit=0',
        'limit=-1',
        'limit=101',
        'limit=1e1',
        'limit=9999999999999999999999',
        'limit=%20',
        'offset=-1',
        'offset=51',
        'offset=x',
        'cursor=x',
        'cursor=**',
        `cursor=${'A'.repeat(3000)}`,
        'order=name,name,name,name,name,name,name',
        'order=name%20desc',
        'order=-',
        'fields=,,nope',
        `fields=${'name,'.repeat(101)}`,
        'expand=manager',
        'expand=country.name',
        'domain=[',
        `domain=${'['.repeat(200)}`,
        domain(Array.from({ length: 60 }, () => ['name', '=', 'x'])),
        domain([['name', 'in', Array.from({ length: 501 }, () => 'x')]]),
        domain([['name', '~', 'x']]),
        domain([['name', '=', { a: 1 }]]),
        domain([['age', '=', 'x']]),
        domain([['name', '=', 'a\u0000b']]),
      ]) {
        const response = await call(api, 'GET', `/api/person?${query}`, { headers: as('full') });
        expect(response.status, `${query.slice(0, 60)} ${response.text.slice(0, 200)}`).toBe(400);
      }
    });

    it('carries the question over into links', async () => {
      const asked = `${domain([['name', '!=', 'N1']])}&order=-name&fields=name&limit=2`;
      const page = await search(asked);
      expect(page.next).toContain('offset=2');
      const next = await search((page.next ?? '').replace('/api/person?', ''));
      expect(Object.keys(next.data[0] ?? {}).sort()).toEqual(['name', 'slug']);
      expect(page.next).toMatch(/^\/api\/person\?[A-Za-z0-9%=&._~!'()*-]+$/);
    });

    it('selects fields, at depth too', async () => {
      const [first] = (await search('limit=1&order=slug&fields=address.city,name')).data;
      expect(first).toEqual({ slug: 'p00', name: 'N0', address: null });
      const [second] = (await search(`limit=1&fields=address.city&${domain([['slug', '=', 'p01']])}`)).data;
      expect(second).toEqual({ slug: 'p01', address: { city: 'C1' } });
    });
  });
}
