import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { SallyportError } from '../errors/index.ts';
import { key } from '../keys/index.ts';
import { all, compare, nothing } from '../query/condition.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, Person, seed, startWorld } from './fixtures/world.ts';

/** People are told apart by their slug, and, where two tenants (`kind`) share the resource, by a parameter. */
const people = defineResource(Person, {
  name: 'person',
  path: '/person',
  key: key.natural('slug'),
  keyName: null,
  version: 'version',
  scope: 'person',
  fields: (f) => ({
    slug: f.field('slug', { write: 'create' }),
    name: f.field('name'),
    family: f.field('family'),
    kind: f.field('kind', { write: false }),
    address: f.object({ street: f.field('street'), city: f.field('city') }),
    phones: f.list('phones', (each) => ({
      number: each.field('number'),
      kind: each.field('kind', { default: 'home' }),
    })),
    country: f.toOne('country', { resource: 'country' }),
  }),
  defaults: { owner: 'test' },
  addressing: {
    parameters: [{ name: 'kind', schema: { type: 'string' } }],
    condition({ parameters, records }, slug) {
      if (slug === 'shy') return nothing;
      if (parameters.kind === undefined) throw new SallyportError('invalid_parameter', { detail: 'Say which kind.' });
      const kind = records('person').plan.model.properties.get('kind');
      if (kind?.kind !== 'scalar') throw new Error('no kind');
      return all(compare(kind, 'eq', String(parameters.kind)));
    },
    location: ({ kind }) => `?kind=${kind}`,
  },
  operations: {
    read: true,
    create: true,
    update: true,
    delete: true,
    replace: { absent: 'keep', addressedBy: ({ slug }: { readonly slug: string }) => slug },
  },
});

for (const database of testDatabases()) {
  describe(`other ways to replace and to address, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open, {}, [people, countries]);
    });
    afterAll(() => open?.close());

    const headers = as('full');
    const send = (method: string, target: string, body?: unknown, more: Record<string, string> = {}) =>
      call(api, method, `/api${target}`, { headers: { ...headers, ...more }, body });
    const create = async (slug: string, more: object = {}) => {
      const made = await send('POST', '/person', { slug, name: 'Made', ...more });
      expect(made.status, made.text).toBe(201);
      return made;
    };

    describe("absent: 'keep'", () => {
      it('leaves alone what is absent or null, writes the rest, at any depth', async () => {
        await create('keep', {
          family: 'F',
          address: { street: 'S', city: 'C' },
          phones: [{ number: '1' }],
          country: 'BE',
        });
        const sent = { slug: 'keep', name: 'Kept', family: null, country: null, phones: null, address: { city: 'D' } };
        const put = await send('PUT', '/person/keep?kind=guest', sent);
        expect(put.status, put.text).toBe(200);
        expect(put.body).toMatchObject({
          name: 'Kept',
          family: 'F',
          address: { street: 'S', city: 'D' },
          phones: [{ number: '1', kind: 'home' }],
          country: 'BE',
        });
        const listed = await send('PUT', '/person/keep?kind=guest', { slug: 'keep', name: 'Kept', phones: [] });
        expect(listed.body).toMatchObject({ phones: [], family: 'F' });
      });

      it('still needs what a create needs, and holds on to what only a create writes', async () => {
        expect((await send('PUT', '/person/keep?kind=guest', { slug: 'keep' })).status).toBe(422);
        const renamed = await send('PUT', '/person/keep?kind=guest', { slug: 'other', name: 'X' });
        expect([renamed.status, renamed.body]).toMatchObject([
          422,
          { errors: [{ pointer: '/slug', code: 'immutable' }] },
        ]);
      });
    });

    describe('addressedBy', () => {
      it('replaces on the collection the record that the body names', async () => {
        await create('named', { family: 'F' });
        const put = await send('PUT', '/person?kind=guest', { slug: 'named', name: 'By body' });
        expect([put.status, put.body]).toMatchObject([200, { slug: 'named', name: 'By body', family: 'F' }]);
        expect((await send('PUT', '/person?kind=guest', { slug: 'nobody', name: 'X' })).status).toBe(404);
        expect((await send('PUT', '/person?kind=guest', { name: 'X' })).status).toBe(422);
        expect(await open.orm.em.fork().count(Person, { slug: 'nobody' })).toBe(0);
      });

      it('keeps preconditions and scopes', async () => {
        const { headers: shown } = await send('GET', '/person/named?kind=guest');
        const body = { slug: 'named', name: 'Once' };
        const stale = await send('PUT', '/person?kind=guest', body, { 'if-match': '"0"' });
        expect(stale.status).toBe(412);
        const current = await send('PUT', '/person?kind=guest', body, { 'if-match': String(shown.etag) });
        expect(current.status, current.text).toBe(200);
        const refused = await call(api, 'PUT', '/api/person?kind=guest', { headers: as('reader'), body });
        expect(refused.status).toBe(403);
      });

      it('has a route of its own', () => {
        const routes = api.plan.routes.filter(({ method }) => method === 'PUT');
        expect(routes.map(({ name, path }) => [name, path])).toEqual([
          ['person.replace', '/person/{key}'],
          ['person.replaceByBody', '/person'],
        ]);
      });
    });

    describe('addressing', () => {
      it('narrows every operation on a record, and may refuse', async () => {
        await create('one');
        for (const [method, body] of [
          ['GET', undefined],
          ['PATCH', { name: 'Changed' }],
          ['PUT', { slug: 'one', name: 'Changed' }],
          ['DELETE', undefined],
        ] as const) {
          expect((await send(method, '/person/one?kind=staff', body)).status, method).toBe(404);
          const unsaid = await send(method, '/person/one', body);
          expect([method, unsaid.status, unsaid.body]).toMatchObject([method, 400, { detail: 'Say which kind.' }]);
          expect((await send(method, '/person/one?knd=guest', body)).status, method).toBe(400);
        }
        expect(await open.orm.em.fork().findOneOrFail(Person, { slug: 'one' })).toMatchObject({ name: 'Made' });
        expect((await send('DELETE', '/person/one?kind=guest')).status).toBe(204);
      });

      it('is told the key as it was sent', async () => {
        await create('shy');
        expect((await send('GET', '/person/shy?kind=guest')).status).toBe(404);
      });

      it('stands in the address of a new record, which can be followed', async () => {
        const { headers: made, body } = await create('new');
        expect(made.location).toBe('/api/person/new?kind=guest');
        const followed = await call(api, 'GET', String(made.location), { headers });
        expect([followed.status, followed.body]).toEqual([200, body]);
      });
    });
  });
}
