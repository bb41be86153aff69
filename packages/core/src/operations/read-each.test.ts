import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import type { Policy } from '../descriptor/policy.ts';
import { SallyportError } from '../errors/index.ts';
import type { KeyDefinition } from '../keys/index.ts';
import type { Plugin } from '../plugin/plugin.ts';
import { compare } from '../query/condition.ts';
import { where } from '../query/where.ts';
import type { EachRequest } from '../road/route.ts';
import type { ScalarProperty } from '../store/model.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, Person, people, startWorld, tags } from './fixtures/world.ts';

const missed: string[] = [];
const decoded: string[] = [];
const shown: string[] = [];

/** `masked` reads staff, and of them the family of those called Open. */
const staffOnly: Policy = {
  name: 'staff',
  applies: ({ principal }) => 'id' in principal && principal.id === 'masked',
  condition: (_call, model) => where<Person>(model).eq('kind', 'staff'),
  mask(selection) {
    const family = selection.column<string | null>(selection.model.properties.get('family') as ScalarProperty);
    return (row) => ({ has: (field) => field !== 'family' || family(row) === 'Open' });
  },
  async missed({ id }) {
    missed.push(id);
  },
};

/** Names a person by first name, which several may have; `!` is no name. Without a way to look up many at once. */
const byName: KeyDefinition = {
  kind: 'name',
  compile: ({ model }) => {
    const property = model.properties.get('name') as ScalarProperty;
    return {
      schema: { type: 'string' },
      unique: false,
      read: (selection) => selection.column<string>(property),
      condition(text) {
        if (text.includes('!')) throw new SallyportError('malformed_key');
        return compare(property, 'eq', text);
      },
    };
  },
};

/** Answers what `readEach` answers to a body. */
const plugin: Plugin = {
  name: 'each',
  hooks: {
    decoded: ({ operation }) => void decoded.push(operation),
    shown: (_call, { key }) => void shown.push(key ?? ''),
  },
  routes: () => [
    {
      method: 'POST',
      path: '/each',
      name: 'each',
      scope: 'authenticated',
      body: { kinds: ['json'], required: true },
      async handle(made) {
        const request = (made.body.kind === 'json' ? made.body.value : undefined) as EachRequest;
        const found = await made.readEach(request);
        return {
          kind: 'value',
          status: 200,
          value: found.map(({ value, error }) => value ?? { code: error?.code, detail: error?.detail }),
        };
      },
    },
  ],
};

const kinds = {
  slug: { ...people, policies: [staffOnly] } as unknown as typeof people,
  name: {
    ...people,
    name: 'named',
    path: '/named',
    key: byName,
    policies: [staffOnly],
    errors: { not_found: { detail: 'Nobody has this name.' } },
  } as unknown as typeof people,
};

for (const database of testDatabases()) {
  describe(`many keys on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      api = await startWorld(open, { plugins: [plugin] }, [kinds.slug, kinds.name, countries, tags]);
      const em = open.orm.em.fork();
      const made = (slug: string, more: object) => em.create(Person, { slug, owner: 'seed', ...more } as never);
      made('ada', { name: 'Ada', kind: 'staff', family: 'Open' });
      made('bob', { name: 'Bob', kind: 'staff', family: 'Hidden' });
      made('cyd', { name: 'Cyd' });
      made('gone', { name: 'Invisible', kind: 'staff' });
      made('twin-1', { name: 'Twin', kind: 'staff' });
      made('twin-2', { name: 'Twin' });
      made('alike-1', { name: 'Alike', kind: 'staff' });
      made('alike-2', { name: 'Alike', kind: 'staff' });
      await em.flush();
    });
    afterAll(() => open?.close());
    beforeEach(() => {
      missed.length = decoded.length = shown.length = 0;
    });

    const ask = (body: EachRequest, caller = 'full') => call(api, 'POST', '/api/each', { body, headers: as(caller) });
    /** The outcome of reads by single keys. */
    const alone = async (path: string, keys: readonly string[], caller: string, query = '') => {
      const outcomes = [];
      for (const one of keys) {
        const target = `/api/${path}/${encodeURIComponent(one)}${query}`;
        const { status, body } = await call(api, 'GET', target, { headers: as(caller) });
        const { code, detail } = body as { code: string; detail: string };
        outcomes.push(status === 200 ? body : { code, detail });
      }
      return outcomes;
    };

    const slugs = ['bob', 'nobody', 'ada', 'cyd', 'gone', 'ada', 'x'.repeat(600), ' ', "'; --"];
    const names = ['Twin', 'Ada', 'Alike', 'no!', 'Nobody', 'Cyd', 'Twin', 'Invisible'];

    for (const caller of ['full', 'masked', 'narrow', 'alone']) {
      it(`are answered as reads by each, in their order, to ${caller}`, async () => {
        const query = [['fields', 'name,family']] as const;
        for (const [resource, keys] of [
          ['person', slugs],
          ['named', names],
        ] as const) {
          const answer = await ask({ resource, keys, query }, caller);
          expect(answer.status, answer.text).toBe(200);
          expect(answer.body).toEqual(await alone(resource, keys, caller, '?fields=name,family'));
        }
      });
    }

    it('hide what is ambiguous from who may not read all of it', async () => {
      const codes = async (caller: string) => {
        const { body } = await ask({ resource: 'named', keys: ['Twin', 'Alike', 'Ada'] }, caller);
        return (body as { code?: string }[]).map(({ code }) => code);
      };
      expect(await codes('full')).toEqual(['ambiguous_key', 'ambiguous_key', undefined]);
      expect(await codes('masked')).toEqual(['not_found', 'ambiguous_key', undefined]);
    });

    it('tell a policy once of all that was missed, and plugins of what was shown, on the call', async () => {
      await ask({ resource: 'person', keys: ['nobody', 'cyd', 'gone', 'ada'] }, 'masked');
      expect(missed).toHaveLength(1);
      expect(shown).toEqual(['ada']);
      expect(decoded).toEqual(['each', 'read']);
      missed.length = 0;
      await ask({ resource: 'person', keys: ['ada', 'bob', 'ada'] }, 'masked');
      expect(missed).toEqual([]);
    });

    it('need the scope of the read, good parameters, and a resource that is read by its keys', async () => {
      const outcome = async (body: EachRequest, caller = 'full') => {
        const answer = await ask(body, caller);
        return [answer.status, (answer.body as { code: string }).code];
      };
      expect(await outcome({ resource: 'person', keys: ['ada'] }, 'writer')).toEqual([403, 'insufficient_scope']);
      expect(await outcome({ resource: 'country', keys: ['BE'] }, 'reader')).toEqual([403, 'insufficient_scope']);
      expect(await outcome({ resource: 'person', keys: ['ada'], query: [['fields', 'nope']] })).toEqual([
        400,
        'invalid_parameter',
      ]);
      expect(await outcome({ resource: 'person', keys: ['ada'], query: [['other', '1']] })).toEqual([
        400,
        'invalid_parameter',
      ]);
      expect(await outcome({ resource: 'nothing', keys: ['ada'] })).toEqual([500, 'internal']);
      expect((await ask({ resource: 'person', keys: [] })).body).toEqual([]);
    });
  });
}
