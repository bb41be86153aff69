import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, entities, seed, startWorld } from './fixtures/world.ts';

const usable = fc.constantFrom(
  'name',
  'slug',
  'country',
  'country.name',
  'country.code',
  'manager',
  'manager.name',
  'tags',
  'tags.label',
  'phones.kind',
  'manager.country.name',
);
const anyField = fc.constantFrom(
  'slug',
  'name',
  'family',
  'email',
  'pin',
  'pay',
  'age',
  'kind',
  'active',
  'address',
  'address.city',
  'address.street',
  'owner',
  'country',
  'country.name',
  'country.region',
  'country.secret',
  'country.code',
  'manager',
  'manager.name',
  'manager.manager.name',
  'manager.country.name',
  'phones',
  'phones.kind',
  'phones.number',
  'phones.secret',
  'tags',
  'tags.label',
  'tags.hidden',
  'id',
  'version',
  'nope',
  '',
  '.',
  'name.',
  '__proto__',
  'constructor',
  'reports',
  'reports.name',
);
const field = fc.oneof({ weight: 5, arbitrary: usable }, { weight: 1, arbitrary: anyField });
const operator = fc.constantFrom(
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  '=?',
  'in',
  'not in',
  'like',
  'not like',
  'ilike',
  'not ilike',
  '=like',
  '=ilike',
  'child_of',
  'parent_of',
  'any',
  'not any',
  '==',
  'LIKE',
  '',
);
const known = fc.tuple(
  usable,
  fc.constantFrom('=', '!=', 'in', 'not in', 'ilike', 'not like'),
  fc.constantFrom('Invisible', 'gone', 'Atlantis', 'XX', 'dark', 'Dark', 'work', 'ada', 'BE', false),
);
const scalar = fc.oneof(
  fc.constantFrom(
    'Invisible',
    'gone',
    'Atlantis',
    'XX',
    'dark',
    'Dark',
    '999',
    'ada',
    'BE',
    '%',
    '\\',
    '%\\',
    '',
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    1e30,
  ),
  fc.string({ maxLength: 6 }),
  fc.integer(),
);
const operand: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.constant({}),
  fc.constant([[]]),
);
const { domain } = fc.letrec<{ domain: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    {
      weight: 5,
      arbitrary: known.map(([name, op, value]) => [
        name,
        op,
        op.endsWith('in') ? [value] : op.includes('like') ? String(value) : value,
      ]),
    },
    { weight: 3, arbitrary: fc.tuple(field, operator, operand) },
    { weight: 1, arbitrary: fc.tuple(field, fc.constantFrom('any', 'not any'), tie('domain')) },
  ),
  domain: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(tie('leaf')),
    fc.tuple(fc.constantFrom('&', '|'), tie('leaf'), tie('leaf')),
    fc.tuple(fc.constant('!'), tie('leaf')),
    fc.array(fc.oneof(tie('leaf'), fc.constantFrom('&', '|', '!')), { maxLength: 5 }),
  ),
}));
const caller = fc.constantFrom('full', 'narrow', 'masked', 'alone', 'reader');
const names = fc.array(fc.oneof(field, fc.string({ maxLength: 5 })), { maxLength: 4 }).map((list) => list.join(','));
const orders = fc
  .array(
    fc.tuple(fc.constantFrom('', '-', '--', '+'), field).map(([sign, name]) => sign + name),
    { maxLength: 4 },
  )
  .map((list) => list.join(','));

for (const database of testDatabases()) {
  describe(`whatever callers send, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open);
    });
    afterAll(() => open?.close());

    const search = (query: Readonly<Record<string, string>>, who: string) =>
      call(api, 'GET', `/api/person?${new URLSearchParams(query)}`, { headers: as(who) });

    it('no filter brings a row, or tells of one, outside of the domain', async () => {
      const statuses: number[] = [];
      await fc.assert(
        fc.asyncProperty(domain, caller, fc.boolean(), async (value, who, expanded) => {
          const more = expanded ? { expand: 'country' } : {};
          const response = await search({ domain: JSON.stringify(value), limit: '100', ...more }, who);
          expect([200, 400], response.text).toContain(response.status);
          statuses.push(response.status);
          for (const hidden of ['Invisible', '"gone"', 'Atlantis', '"XX"', '"dark"', '"999"', 'chips', '1234']) {
            if (response.status === 200) expect(response.text, hidden).not.toContain(hidden);
          }
          if (response.status === 200) {
            const { data } = response.body as { data: { slug: string }[] };
            for (const { slug } of data) expect(['ada', 'bob', 'cyd', 'dan']).toContain(slug);
          }
        }),
        { numRuns: 400 },
      );
      expect(statuses.filter((status) => status === 200).length, 'filters that were run').toBeGreaterThan(100);
    });

    it('no filter tells a world with hidden rows from one without them', async () => {
      const other = await database.open(entities);
      try {
        await seed(other);
        const connection = other.orm.em.fork().getConnection();
        await connection.execute(`update person set manager_id = null where slug = 'dan'`);
        await connection.execute(`update person set country_id = null where slug = 'cyd'`);
        await connection.execute(`delete from person where slug = 'gone'`);
        await connection.execute(`delete from country where code = 'XX'`);
        await connection.execute(`delete from person_tags where tag_id in (select id from tag where hidden)`);
        await connection.execute(`delete from phone where secret`);
        const bare = await startWorld(other);
        await fc.assert(
          fc.asyncProperty(domain, caller, async (value, who) => {
            const query = new URLSearchParams({ domain: JSON.stringify(value), limit: '100', count: 'exact' });
            const target = `/api/person?${query}`;
            const [one, two] = [
              await call(api, 'GET', target, { headers: as(who) }),
              await call(bare, 'GET', target, { headers: as(who) }),
            ];
            const plain = (text: string) => text.replace(/urn:uuid:[^"]+/, '');
            expect(plain(one.text)).toBe(plain(two.text));
          }),
          { numRuns: 300 },
        );
      } finally {
        await other.close();
      }
    });

    it('no selection, order or expansion is an error without a code', async () => {
      await fc.assert(
        fc.asyncProperty(
          names,
          names,
          orders,
          caller,
          fc.string({ maxLength: 4 }),
          async (fields, expand, order, who, rest) => {
            for (const query of [
              { fields },
              { expand },
              { order },
              { fields, expand, order },
              { limit: rest },
              { offset: rest },
              { cursor: rest },
              { count: rest },
              { domain: rest },
              { paid: rest },
              { land: rest },
            ]) {
              const response = await search(query, who);
              expect([200, 400], `${JSON.stringify(query)} ${response.text}`).toContain(response.status);
              if (response.status === 400)
                expect(response.body).toMatchObject({ code: expect.stringMatching(/^(malformed|invalid|filter)_/) });
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    it('no body is a fault of ours, or half written', async () => {
      const member = fc.constantFrom(
        'slug',
        'name',
        'family',
        'email',
        'pin',
        'pay',
        'age',
        'kind',
        'active',
        'address',
        'country',
        'manager',
        'phones',
        'tags',
        'owner',
        'nope',
      );
      const value = fc.oneof(
        scalar,
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(
          { city: 'x' },
          { city: null, unit: 'y' },
          [{ number: '1' }],
          [{ number: '1', kind: 'x' }],
          [{}],
          ['red'],
          { add: ['red'] },
          { remove: ['dark'] },
          'bob',
          '10.5',
          'staff',
          12,
        ),
      );
      const body = fc.dictionary(member, value, { maxKeys: 5, noNullPrototype: true });
      let count = 0;
      await fc.assert(
        fc.asyncProperty(body, fc.constantFrom('POST', 'PATCH', 'PUT'), async (sent, method) => {
          count += 1;
          const target = method === 'POST' ? '/api/person' : '/api/person/bob';
          const before = (await call(api, 'GET', '/api/person/bob', { headers: as('full') })).text;
          const { slug: _, ...rest } = sent;
          const given = method === 'POST' ? { name: 'Fuzz', ...rest, slug: `fuzz-${count}` } : sent;
          const response = await call(api, method, target, { headers: as('full'), body: given });
          // Hooks of the world fail on purpose for one name.
          if ((given as { name?: unknown }).name !== 'Late') {
            expect(response.status, `${method} ${JSON.stringify(given)} ${response.text}`).toBeLessThan(500);
          }
          if (response.status >= 400) {
            expect((await call(api, 'GET', '/api/person/bob', { headers: as('full') })).text).toBe(before);
            expect((await call(api, 'GET', `/api/person/fuzz-${count}`, { headers: as('full') })).status).toBe(404);
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}
