import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { defineResource, method } from '../descriptor/index.ts';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import { key } from '../keys/index.ts';
import type { Plugin } from '../plugin/index.ts';
import { all, where } from '../query/index.ts';
import type { RouteDefinition } from '../road/index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, Country, countries, entities, people, seed, startWorld, tags } from './fixtures/world.ts';

/** Calls that policies were prepared for. */
const prepared: string[] = [];

const watched = defineResource(Country, {
  name: 'watched',
  path: '/watched',
  key: key.natural('code'),
  keyName: 'code',
  scope: 'person',
  fields: (f) => ({ name: f.field('name', { filter: true }) }),
  order: ['code'],
  policies: [
    {
      name: 'watch',
      prepare: (call) => void prepared.push(`${call.resource}.${call.operation}`),
      condition: (_call, model) => where<Country>(model).ne('code', 'XX'),
    },
  ],
  operations: { search: { limit: { default: 1 }, domain: (_call, where) => where.ne('name', 'Kenya') } },
  methods: {
    found: method({ on: 'collection', output: {}, run: async ({ search }) => (await search('watched')).items }),
  },
  errors: { conflict: { code: 'watched_conflict' } },
});

const route: RouteDefinition = {
  method: 'QUERY',
  path: '/watched',
  name: 'watched.again',
  scope: 'person:search',
  operation: { resource: 'watched', name: 'search' },
  parameters: [
    { name: 'limit', schema: { type: 'integer' } },
    { name: 'name', schema: { type: 'string' } },
  ],
  async handle(call) {
    if (call.parameters.name === 'conflict') throw new SallyportError('conflict');
    const { items, links } = await call.search('watched', { nulls: 'omit' });
    return { kind: 'value', status: 200, value: { items, links }, etag: 'one' };
  },
};

/** Narrows every search by a name in the address, beside what the dialect asks. */
const narrowing: Plugin = {
  name: 'narrowing',
  query: (dialect) => ({
    ...dialect,
    async search(call, plan) {
      const request = await dialect.search(call, plan);
      const named = call.query.find(([name]) => name === 'name')?.[1];
      if (named === undefined || plan.name !== 'watched') return request;
      return { ...request, where: all(request.where, where<Country>(plan.model).eq('name', named)) };
    },
  }),
};

const plugin = (...routes: RouteDefinition[]): Plugin => ({ name: 'other-ways', routes: () => routes });
const resources = [people, countries, tags, watched];

for (const { name, open } of testDatabases()) {
  describe(`other ways to a search, on ${name}`, () => {
    let database: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      database = await open(entities);
      await seed(database);
      const em = database.orm.em.fork();
      em.create(Country, { code: 'AA', name: 'Aland' });
      await em.flush();
      api = await startWorld(database, { plugins: [plugin(route), narrowing] }, resources);
    });
    afterAll(() => database?.close());

    const query = (search = '', headers: Record<string, string> = {}) =>
      call(api, 'QUERY', `/api/watched${search}`, { headers: { ...as('full'), ...headers } });

    it('answer the page of the search: its limits, its domain, its policies, its links', async () => {
      expect((await query()).body).toMatchObject({
        items: [{ code: 'AA', name: 'Aland' }],
        links: { next: '/api/watched?limit=1&offset=1' },
      });
      expect((await query('?limit=9')).body).toMatchObject({ items: [{ code: 'AA' }, { code: 'BE' }] });
    });

    it('are calls of the operation for policies, and for the wordings of errors', async () => {
      prepared.length = 0;
      await query();
      expect(prepared).toEqual(['watched.search']);
      expect(await query('?name=conflict')).toMatchObject({ status: 409, body: { code: 'watched_conflict' } });
    });

    it('are told that nothing has changed, as safe requests are', async () => {
      expect((await query('', { 'if-none-match': '"one"' })).status).toBe(304);
      expect((await query('', { 'if-none-match': '"two"' })).status).toBe(200);
    });

    it('are closed to routes that do not say so: nothing is prepared for them', async () => {
      const { operation: _, ...silent } = route;
      const other = await startWorld(database, { plugins: [plugin(silent)] }, resources);
      const answer = await call(other, 'QUERY', '/api/watched', { headers: as('full') });
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    });

    it('are open to methods', async () => {
      const scoped = { ...watched, methods: { found: { ...watched.methods?.found, scope: 'person:search' } } };
      const other = await startWorld(database, {}, [people, countries, tags, scoped as typeof watched]);
      const answer = await call(other, 'POST', '/api/watched/found', { headers: as('full') });
      expect(answer.body).toEqual([{ code: 'AA', name: 'Aland' }]);
    });

    it('go through the dialects that plugins put around the API’s own', async () => {
      expect((await query('?limit=9&name=Belgium')).body).toMatchObject({ items: [{ code: 'BE' }] });
      expect(api.plan.dialect.names).toMatchObject({ limit: 'limit' });
    });
  });
}

describe('a route that is another way to an operation', () => {
  it('stops the start where there is no such operation', async () => {
    const [first] = testDatabases({});
    const database = await first?.open(entities);
    if (database === undefined) throw new Error('there is always PGlite');
    for (const operation of [
      { resource: 'watched', name: 'read' },
      { resource: 'nothing', name: 'search' },
    ] as const) {
      const started = startWorld(database, { plugins: [plugin({ ...route, operation })] }, resources);
      await expect(started).rejects.toThrow(
        new ConfigurationError(
          'routes.watched.again.operation',
          `there is no ${operation.name} of ${operation.resource}`,
        ),
      );
    }
    await database.close();
  });
});
