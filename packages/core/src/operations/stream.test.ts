import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api, ApiOptions } from '../api/create-api.ts';
import { ConfigurationError } from '../errors/index.ts';
import type { RawResponse } from '../http/index.ts';
import type { AccessLogEntry } from '../road/route.ts';
import { call, memoryLogger, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { writeCrowd } from './fixtures/crowd.ts';
import { as, countries, entities, people, startWorld, tags } from './fixtures/world.ts';

const accept = 'application/x-ndjson';

/** The people of the fixtures, streamed by pages of so many. */
const streaming = (page: number): typeof people => ({
  ...people,
  operations: { ...people.operations, search: { limit: { default: 3, max: 100 }, stream: { page } } },
});

for (const database of testDatabases()) {
  describe(`streams on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let everyone: readonly string[];
    const told: AccessLogEntry[] = [];
    const shown: string[] = [];
    const parts: number[] = [];
    const log = memoryLogger();
    /** What a plugin throws when a part is about to be sent. */
    let fault: Error | undefined;

    const start = (page: number, options: Partial<ApiOptions> = {}) =>
      startWorld(
        open,
        {
          logger: log,
          plugins: [
            {
              name: 'watch',
              hooks: {
                shown: (_call, { key }) => void shown.push(key ?? ''),
                async partShown() {
                  parts.push(shown.length);
                  if (fault !== undefined && parts.length > 1) throw fault;
                },
                observe: (entry) => void told.push(entry),
              },
            },
          ],
          ...options,
        },
        [streaming(page), countries, tags],
      );

    beforeAll(async () => {
      open = await database.open(entities);
      api = await start(4);
      everyone = await writeCrowd(open, 60);
    });
    afterAll(() => open?.close());

    const ask = async (query = '', headers: Record<string, string> = { accept }, on = api) => {
      told.length = shown.length = parts.length = 0;
      return call(on, 'GET', `/api/person?${query}`, { headers: { ...as('full'), ...headers } });
    };
    const lines = (text: string) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { readonly slug: string });
    const slugs = (text: string) => lines(text).map(({ slug }) => slug);
    const paged = async (query: string) => {
      const { body } = await ask(`limit=100&${query}`, {});
      return (body as { data: { slug: string }[] }).data.map(({ slug }) => slug);
    };
    /** A stream of which only some pieces are taken. */
    const begin = async (query = '') => {
      told.length = shown.length = parts.length = 0;
      const response = (await api.handle({
        method: 'GET',
        target: `/api/person?${query}`,
        rawHeaders: ['host', 'test', 'accept', accept, ...Object.entries(as('full')).flat()],
        remoteAddress: '127.0.0.1',
        encrypted: false,
        body: { kind: 'none' },
      })) as RawResponse;
      expect(response.status).toBe(200);
      return (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    };
    const textOf = (step: IteratorResult<Uint8Array>) => Buffer.from(step.value ?? '').toString();

    it('answers every record once, one JSON text a line, in the order of their making', async () => {
      const answer = await ask();
      expect(answer.headers).toMatchObject({ 'content-type': accept, vary: 'Authorization, Origin, Accept' });
      expect(answer.headers).not.toHaveProperty('etag');
      expect(answer.text.endsWith('\n')).toBe(true);
      expect(slugs(answer.text)).toEqual(everyone);
      expect(lines(answer.text)[1]).toEqual((await call(api, 'GET', '/api/person/p01', { headers: as('full') })).body);
    });

    for (const order of ['name', '-name', 'age', '-age', 'family,-age', '-family,age', '-pay', 'address.city']) {
      for (const page of [1, 4, 500]) {
        it(`keeps the order ${order}, nulls where a page has them, by ${page}`, async () => {
          const on = await start(page);
          const answer = await ask(`order=${order}`, { accept }, on);
          expect(slugs(answer.text)).toEqual(await paged(`order=${order}`));
        });
      }
    }

    it('obeys domain, filters, selections of fields, and what policies and scopes hide', async () => {
      const filter = `domain=${encodeURIComponent(JSON.stringify([['name', '=', 'N1']]))}`;
      const answer = await ask(`${filter}&fields=name`);
      expect(lines(answer.text)).toEqual((await paged(filter)).sort().map((slug) => ({ slug, name: 'N1' })));
      const narrow = await call(api, 'GET', '/api/person', { headers: { ...as('narrow'), accept } });
      expect(Object.keys(lines(narrow.text)[0] ?? {})).not.toContain('pay');
      expect((await call(api, 'GET', '/api/person', { headers: { ...as('writer'), accept } })).status).toBe(403);
      expect((await ask('domain=[')).status).toBe(400);
      expect((await ask('paid=99')).text).toBe('');
    });

    it.each(['limit=5', 'offset=0', 'cursor=*'])('refuses %s: a stream has no pages', async (query) => {
      const answer = await ask(query);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 'invalid_parameter', errors: [{ in: 'query', code: 'unknown' }] });
      expect(shown).toEqual([]);
    });

    it('is chosen by the caller: q-values, wildcards, and nothing else for resources without it', async () => {
      const type = async (value: string) => (await ask('fields=name', { accept: value })).headers['content-type'];
      const page = 'application/json; charset=utf-8';
      expect(await type('application/x-ndjson;q=0.5, application/json;q=0.4')).toBe(accept);
      expect(await type('application/x-ndjson;q=0.4, application/json')).toBe(page);
      expect(await type('*/*')).toBe(page);
      expect(await type('application/*')).toBe(page);
      expect((await ask('', {})).headers.vary).toContain('Accept');
      const refused = await ask('', { accept: 'text/csv' });
      expect(refused.status).toBe(406);
      expect(refused.headers.vary).toContain('Accept');
      expect(refused.text).toContain('application/x-ndjson');
      const other = await call(api, 'GET', '/api/country', { headers: { ...as('full'), accept } });
      expect(other.status).toBe(406);
    });

    it('answers HEAD with its head, and reads nothing', async () => {
      told.length = shown.length = 0;
      const answer = await call(api, 'HEAD', '/api/person', { headers: { ...as('full'), accept } });
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([200, '', accept]);
      expect(answer.headers).not.toHaveProperty('content-length');
      expect(shown).toEqual([]);
      expect(told).toMatchObject([{ route: 'person.search', status: 200, error: undefined }]);
    });

    it('reads no further than is taken, tells plugins of each part, and of the call when it is over', async () => {
      const stream = await begin();
      expect(shown).toHaveLength(4);
      expect(slugs(textOf(await stream.next()))).toEqual(everyone.slice(0, 4));
      expect(shown).toHaveLength(4);
      expect(told).toEqual([]);
      let rest = '';
      for (let step = await stream.next(); step.done !== true; step = await stream.next()) rest += textOf(step);
      expect(slugs(rest)).toEqual(everyone.slice(4));
      expect(shown).toEqual(everyone);
      expect(parts).toEqual(everyone.flatMap((_, index) => ((index + 1) % 4 === 0 ? [index + 1] : [])).concat(54));
      expect(told).toMatchObject([{ route: 'person.search', status: 200, error: undefined }]);
    });

    it('stops when the caller leaves', async () => {
      const stream = await begin();
      await stream.next();
      await stream.next();
      await stream.return?.();
      expect((await stream.next()).done).toBe(true);
      expect(shown).toHaveLength(8);
      expect(told).toMatchObject([{ status: 200, error: 'timeout' }]);
    });

    it('breaks off at a fault in the middle, says so in the log, and goes on serving', async () => {
      const stream = await begin();
      await stream.next();
      fault = new Error('the disk is full');
      await expect(stream.next()).rejects.toThrow('the disk is full');
      fault = undefined;
      expect((await stream.next()).done).toBe(true);
      expect(told).toMatchObject([{ status: 200, error: 'internal' }]);
      expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
        { fields: { route: 'person.search', err: { message: 'the disk is full' } }, message: 'internal' },
      ]);
      expect((await ask()).status).toBe(200);
    });

    it('shows what is there when its turn comes, and no record twice', async () => {
      const stream = await begin();
      let text = textOf(await stream.next());
      const connection = open.orm.em.fork().getConnection();
      await connection.execute(`update person set name = 'A0' where slug = 'p01'`);
      await connection.execute(`update person set name = 'Z9' where slug = 'p50'`);
      await connection.execute(`delete from person where slug = 'p51'`);
      await connection.execute(`insert into person (slug, name, owner) values ('new', 'New', 'x')`);
      for (let step = await stream.next(); step.done !== true; step = await stream.next()) text += textOf(step);
      const seen = lines(text);
      expect(seen.map(({ slug }) => slug)).toEqual([...everyone.filter((slug) => slug !== 'p51'), 'new']);
      expect(seen.find(({ slug }) => slug === 'p50')).toMatchObject({ name: 'Z9' });
      await connection.execute(`delete from person where slug = 'new'`);
    });

    it('has pages of few records where they are large', async () => {
      const on = await start(500);
      const connection = open.orm.em.fork().getConnection();
      await connection.execute('alter table person alter column street type text');
      await connection.execute(`update person set street = repeat('x', 200000)`);
      const answer = await ask('fields=address', { accept }, on);
      await connection.execute('update person set street = null');
      const pages = parts.map((end, index) => end - (parts[index - 1] ?? 0));
      expect(lines(answer.text)).toHaveLength(everyone.length - 1);
      expect(pages.slice(0, 4)).toEqual([16, 8, 4, 4]);
    });

    it('does not start with a page of no records', async () => {
      for (const page of [0, -1, 1.5, Number.NaN]) {
        await expect(start(page)).rejects.toThrow(
          new ConfigurationError(
            'resources.person.operations.search.stream.page',
            'a whole number of 1 or more is needed',
          ),
        );
      }
    });
  });
}
