import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { method } from '../descriptor/operations.ts';
import type { Policy } from '../descriptor/policy.ts';
import { SallyportError } from '../errors/index.ts';
import { referenceCodec } from '../fields/reference.ts';
import { type ScalarProperty, where } from '../index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, Person, people, seed, startWorld, tags } from './fixtures/world.ts';

const missed: string[] = [];

/**
 * For the caller `masked`: reads staff, of whom the family is shown where it is "Open"; changes whom it likes, and may
 * name Cyd too; sorts by names alone.
 */
const staffOnly: Policy = {
  name: 'staff',
  applies: ({ principal }) => 'id' in principal && principal.id === 'masked',
  condition: (_call, model) => where<Person>(model).eq('kind', 'staff'),
  changes: (_call, model) => where<Person>(model).always,
  refers: (_call, model) => where<Person>(model).in('slug', ['bob', 'cyd']),
  writes: () => undefined,
  sorts: () => new Set(['name']),
  mask(selection) {
    const column = (name: string) =>
      selection.column<string | null>(selection.model.properties.get(name) as ScalarProperty);
    const [family, kind] = [column('family'), column('kind')];
    return (row) => {
      if (kind(row) !== 'staff') return new Set();
      return { has: (field) => field !== 'family' || family(row) === 'Open' };
    };
  },
  showing: (_call, model, fields) =>
    fields.has('family') ? where<Person>(model).eq('family', 'Open') : where<Person>(model).always,
  async missed({ id }) {
    missed.push(id);
  },
};

const { policies: _declared, ...rest } = people;
const policed = {
  ...rest,
  policies: [staffOnly],
  versionShownIn: 'family',
  fields: {
    ...people.fields,
    boss: {
      codec: referenceCodec('manager', { resources: ['person'], display: 'name', hidden: 'reference' }),
      rules: { write: false },
    },
  },
  methods: {
    ...people.methods,
    named: method({
      on: 'collection',
      scope: 'person:search',
      verb: 'GET',
      output: { type: 'object' },
      async run({ records }) {
        const person = records('person');
        const on = where<Person>(person.plan.model);
        const outcome = async (name: string) => {
          try {
            return Number(await person.locateWhere(on.eq('name', name))) > 0;
          } catch (error) {
            return error instanceof SallyportError ? error.code : 'fault';
          }
        };
        return { twins: await outcome('Twin'), alike: await outcome('Alike') };
      },
    }),
    told: method({
      on: 'collection',
      scope: 'person:search',
      verb: 'GET',
      output: { type: 'object' },
      run: async (running) => ({ told: running.plan.reveals('name', running) }),
    }),
  },
} as unknown as typeof people;

for (const database of testDatabases()) {
  describe(`policies over single records, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      const em = open.orm.em.fork();
      const person = (slug: string, more: object) => em.create(Person, { slug, owner: 'seed', ...more } as never);
      person('eve', { name: 'Eve', kind: 'staff', family: 'Open', manager: await em.findOne(Person, { slug: 'ada' }) });
      person('fay', { name: 'Fay', kind: 'staff', family: 'Hidden' });
      person('twin-1', { name: 'Twin', kind: 'staff' });
      person('twin-2', { name: 'Twin' });
      person('alike-1', { name: 'Alike', kind: 'staff' });
      person('alike-2', { name: 'Alike', kind: 'staff' });
      await em.flush();
      api = await startWorld(open, {}, [policed, countries, tags]);
    });
    afterAll(() => open?.close());

    const send = (who: string, verb: string, path: string, body?: object, headers: Record<string, string> = {}) =>
      call(api, verb, `/api/person${path}`, { headers: { ...as(who), ...headers }, ...(body && { body }) });
    const found = async (who: string, query: string) => {
      const { body } = await send(who, 'GET', query);
      return (body as { data: { slug: string }[] }).data.map(({ slug }) => slug);
    };

    it('has no say about callers that it does not apply to', async () => {
      expect((await send('full', 'GET', '/ada')).body).toHaveProperty('family', 'Byron');
      expect(await found('full', '?limit=100&fields=slug&domain=[["family","=","Hidden"]]')).toEqual(['fay']);
    });

    it('waits before a hidden record is missing, as for one that is not there', async () => {
      const before = missed.length;
      const [hidden, unknown] = [await send('masked', 'GET', '/ada'), await send('masked', 'GET', '/nobody')];
      expect([hidden.status, unknown.status, missed.length - before]).toEqual([404, 404, 2]);
      expect((await send('masked', 'GET', '/bob')).status).toBe(200);
      expect(missed.length - before).toBe(2);
    });

    it('finds nobody by a field that is hidden of them, and shows it where it is not', async () => {
      expect(await found('masked', '?domain=[["family","=","Hidden"]]')).toEqual([]);
      expect(await found('masked', '?domain=[["family","=","Open"]]')).toEqual(['eve']);
      expect(await found('masked', '?domain=[["manager.name","=","Ada"]]')).toEqual([]);
      expect((await send('masked', 'GET', '/fay')).body).not.toHaveProperty('family');
      expect((await send('masked', 'GET', '/eve')).body).toHaveProperty('family', 'Open');
    });

    it('sorts by no field but those it lets', async () => {
      expect((await send('masked', 'GET', '?order=family')).status).toBe(400);
      expect((await send('masked', 'GET', '?order=-name')).status).toBe(200);
    });

    it('lets be changed what it does not let be read, and shows no more of it', async () => {
      const { status, body } = await send('masked', 'PATCH', '/cyd', { family: 'Set' });
      expect([status, body]).toEqual([200, { slug: 'cyd' }]);
      expect((await send('full', 'GET', '/cyd')).body).toHaveProperty('family', 'Set');
      expect((await send('masked', 'PATCH', '/nobody', {})).status).toBe(404);
    });

    it('leaves nothing that is told of whatever record, where it judges each', async () => {
      expect((await send('full', 'GET', '/told')).body).toEqual({ told: true });
      expect((await send('masked', 'GET', '/told')).body).toEqual({ told: false });
    });

    it('lets be named in bodies what it says, hidden or not', async () => {
      expect((await send('masked', 'PATCH', '/eve', { manager: 'cyd' })).status).toBe(200);
      expect((await send('masked', 'PATCH', '/eve', { manager: 'dan' })).status).toBe(422);
    });

    it('shows a hidden record’s reference without its display where the field says so', async () => {
      expect((await send('full', 'GET', '/bob')).body).toHaveProperty('boss', {
        reference: 'Person/ada',
        display: 'Ada',
      });
      expect((await send('masked', 'GET', '/bob')).body).toHaveProperty('boss', { reference: 'Person/ada' });
      expect((await send('masked', 'GET', '/bob')).body).toHaveProperty('manager', null);
    });

    it('tells of an ambiguous key to those who may read all that it names', async () => {
      expect((await send('full', 'GET', '/named')).body).toEqual({ twins: 'ambiguous_key', alike: 'ambiguous_key' });
      expect((await send('masked', 'GET', '/named')).body).toEqual({ twins: 'not_found', alike: 'ambiguous_key' });
    });

    it('gives no tag to a version that is hidden of the record', async () => {
      expect((await send('masked', 'GET', '/eve')).headers).toHaveProperty('etag');
      expect((await send('masked', 'GET', '/fay')).headers).not.toHaveProperty('etag');
    });
  });
}
