import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { defineResource, method, type Policy, type ResourceDescriptor } from '../descriptor/index.ts';
import { SallyportError } from '../errors/index.ts';
import { type ScalarProperty, where } from '../index.ts';
import { key } from '../keys/index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, happened, Person, people, seed, startWorld, Tag } from './fixtures/world.ts';

/** Bodies for `create`, and what to do after it. */
interface Sent {
  readonly person: Record<string, unknown>;
  readonly fail?: boolean;
}

const input = { type: 'object', properties: { person: { type: 'object' }, fail: { type: 'boolean' } } } as const;

/** The caller `masked` reads staff alone, and changes whom it likes. */
const staffOnly: Policy = {
  name: 'staff',
  applies: ({ principal }) => 'id' in principal && principal.id === 'masked',
  condition: (_call, model) => where<Person>(model).eq('kind', 'staff'),
  changes: (_call, model) => where<Person>(model).always,
  mask(selection) {
    const kind = selection.column(selection.model.properties.get('kind') as ScalarProperty);
    return (row) => (kind(row) === 'staff' ? undefined : new Set());
  },
};

/** Tags that are made by others, and read by nobody. */
const unread = defineResource(Tag, {
  name: 'tag',
  path: '/tag',
  key: key.natural('code'),
  keyName: null,
  scope: 'tag',
  fields: (f) => ({ code: f.field('code', { write: 'create' }), label: f.field('label', { filter: true }) }),
  operations: {},
});

const peopleWithMethods = {
  ...people,
  policies: [...(people.policies ?? []), staffOnly],
  methods: {
    ...people.methods,
    /** Makes a person, and answers it as a create would. */
    enlist: method<Sent>({
      on: 'collection',
      scope: ['person:update', 'person:read'],
      input,
      output: { type: 'object' },
      async run({ create, answer, input: { person, fail = false } }) {
        const made = await create('person', person);
        if (fail) throw new SallyportError('conflict', { detail: 'undone' });
        const { value, address, etag } = await answer('person', made);
        return { value, address, etag };
      },
    }),
    look: method({
      on: 'record',
      scope: ['person:update', 'person:read'],
      output: { type: 'object' },
      run: async ({ answer, primaryKey }) => answer('person', primaryKey, { nulls: 'omit' }),
    }),
    /** A tag has an address only where tags are read. */
    tagged: method({
      on: 'collection',
      scope: 'person:update',
      output: { type: 'object' },
      async run({ create, answer }) {
        const record = await answer('tag', await create('tag', { code: 'made', label: 'Made' }));
        return { address: record.address ?? null };
      },
    }),
    late: method({
      on: 'collection',
      verb: 'GET',
      scope: 'person:read',
      output: { type: 'object' },
      run: ({ create }) => create('person', { slug: 'late', name: 'Late' }),
    }),
    unknown: method({
      on: 'collection',
      scope: 'person:read',
      output: { type: 'object' },
      run: ({ create }) => create('nobody', {}),
    }),
  },
} as unknown as ResourceDescriptor;

for (const database of testDatabases()) {
  describe(`records that methods write, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open, {}, [peopleWithMethods, countries, unread]);
    });
    afterAll(() => open?.close());

    const send = (who: string, verb: string, path: string, body?: object) =>
      call(api, verb, `/api/person${path}`, { headers: as(who), ...(body && { body }) });
    const enlist = (who: string, person: object, more: object = {}) =>
      send(who, 'POST', '/enlist', { person, ...more });

    it('makes a record as a create would: schema, defaults, hooks and effects', async () => {
      happened.length = 0;
      const made = await enlist('full', { slug: 'eve', name: 'Eve', address: { city: 'Gent' } });
      expect(made.status, made.text).toBe(200);
      const read = await send('full', 'GET', '/eve');
      expect(made.body).toEqual({
        value: read.body,
        address: '/api/person/eve',
        etag: String(read.headers.etag).slice(1, -1),
      });
      expect(read.body).toMatchObject({ owner: 'full', address: { city: 'Gent', unit: 'A1' } });
      expect(happened).toEqual(['before create', 'after create', 'committed create']);
      const refused = await enlist('full', { slug: 'fay', name: 7 });
      expect([refused.status, refused.body]).toMatchObject([422, { errors: [{ pointer: '/name', code: 'type' }] }]);
      const broken = await enlist('full', { slug: 'fay', name: 'Forbidden' });
      expect([broken.status, broken.body]).toMatchObject([422, { code: 'rule_broken' }]);
      expect((await enlist('full', { slug: 'eve', name: 'Again' })).status).toBe(409);
    });

    it('makes nothing when the method fails afterwards', async () => {
      happened.length = 0;
      expect((await enlist('full', { slug: 'gil', name: 'Gil' }, { fail: true })).status).toBe(409);
      expect((await send('full', 'GET', '/gil')).status).toBe(404);
      expect(happened).toEqual(['before create', 'after create']);
    });

    it('answers who may not read which record it is, and neither asks for the scope to create', async () => {
      const made = await enlist('writer', { slug: 'hal', name: 'Hal' });
      expect([made.status, made.body]).toMatchObject([200, { value: {}, address: '/api/person/hal' }]);
      expect(Object.keys((made.body as { value: object }).value)).toEqual(['slug']);
      expect((await send('writer', 'GET', '/hal')).status).toBe(403);
      expect((await enlist('reader', { slug: 'ida', name: 'Ida' })).status).toBe(200);
    });

    it('answers what policies hide as a write does, and nothing of what they mask', async () => {
      const of = async (who: string, slug: string) => {
        const { value } = (await send(who, 'POST', `/${slug}/look`)).body as { value: object };
        return Object.keys(value);
      };
      expect((await send('masked', 'GET', '/cyd')).status).toBe(404);
      expect(await of('masked', 'cyd')).toEqual(['slug']);
      expect(await of('masked', 'bob')).toContain('name');
      expect(await of('narrow', 'ada')).not.toContain('pay');
      expect(await of('full', 'ada')).toContain('pay');
      // Nulls are left out, as was asked for.
      expect(await of('full', 'cyd')).not.toContain('pay');
    });

    it('gives no address to what is not read by one', async () => {
      expect((await send('full', 'POST', '/tagged')).body).toEqual({ address: null });
    });

    it('makes nothing in a GET, and nothing of a resource that there is not', async () => {
      expect((await send('full', 'GET', '/late')).status).toBe(500);
      expect((await send('full', 'POST', '/unknown')).status).toBe(500);
      expect((await open.orm.em.fork().count(Person, { slug: 'late' })) === 0).toBe(true);
    });
  });
}
