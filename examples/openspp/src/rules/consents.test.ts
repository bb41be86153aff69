import { randomUUID } from 'node:crypto';
import type { InferEntity } from '@mikro-orm/core';
import {
  bulkWriter,
  type CallContext,
  where as conditions,
  createStore,
  type EntityModel,
  type Expected,
  Selection,
  type Store,
} from '@sallyport/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../testing/index.ts';
import {
  Consent,
  ConsentScope,
  GroupMembership,
  Organization,
  Program,
  ProgramMembership,
  Registrant,
} from '../entities/index.ts';
import { hidesField, opened } from './consents.ts';

const now = new Date('2026-06-15T12:00:00Z');
const [people, groups] = [4, 2];
const index = (length: number) => fc.integer({ min: 0, max: length - 1 });

/** The first of some values, now and then another: so that worlds are made in which there is something to be seen. */
const mostly = <const T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const consents = fc.record({
  signatory: index(people),
  group: fc.option(index(groups)),
  status: mostly('given', 'renewed', 'withdrawn', 'requested'),
  effectiveDate: mostly(null, '2026-06-15', '2026-06-16'),
  expiryDate: mostly(null, '2026-06-15', '2026-06-14'),
  recipientMode: fc.constantFrom('specific', 'category'),
  // Whom the lists name: the caller's, another, or nobody; of the list that its mode leaves unused, too.
  organization: mostly('ours', 'other', 'none'),
  type: mostly('ngo', 'government', 'none'),
  scopes: fc.array(
    fc.record({
      resourceType: fc.constantFrom('individual', 'group', 'program_membership', 'all'),
      customFields: fc.constantFrom<readonly string[] | null>(null, ['name', 'birthDate'], ['birthDate'], ['surname']),
    }),
    { maxLength: 2 },
  ),
});
type MadeConsent = typeof consents extends fc.Arbitrary<infer T> ? T : never;

const worlds = fc.record({
  consents: fc.array(consents, { maxLength: 8 }),
  members: fc.uniqueArray(
    fc.record({
      group: index(groups),
      person: index(people),
      ended: mostly(null, '2026-06-15T11:59:59.000000Z', '2026-06-15T12:00:01.000000Z'),
    }),
    { maxLength: 8, selector: ({ group, person }) => `${group} ${person}` },
  ),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** Contract §8.1 steps 1 and 2, in plain JavaScript. */
function namesUs({ status, effectiveDate, expiryDate, recipientMode, organization, type }: MadeConsent): boolean {
  const holds =
    ['given', 'renewed'].includes(status) &&
    (effectiveDate ?? '2026-06-15') <= '2026-06-15' &&
    (expiryDate ?? '2026-06-15') >= '2026-06-15';
  return holds && (recipientMode === 'specific' ? organization === 'ours' : type === 'ngo');
}

const isAbout = ({ scopes }: MadeConsent, kind: string): boolean =>
  scopes.some(({ resourceType }) => resourceType === kind || resourceType === 'all');

/** Who may be seen (contract §8.1): places of people, groups, or of whom the enrolments are (people, then groups). */
function seen(world: World, kind: string): number[] {
  const opening = world.consents.filter((consent) => namesUs(consent) && isAbout(consent, kind));
  const byGroup = (group: number) => opening.some((consent) => consent.group === group);
  const bySignature = (person: number) => opening.some((consent) => consent.signatory === person);
  if (kind === 'group') return range(groups).filter(byGroup);
  if (kind === 'program_membership') {
    return [
      ...range(people).filter(bySignature),
      ...range(groups).flatMap((each) => (byGroup(each) ? [people + each] : [])),
    ];
  }
  return range(people).filter((person) => {
    if (bySignature(person)) return true;
    if (world.consents.some((consent) => consent.signatory === person && namesUs(consent))) return false;
    return world.members.some(
      (each) => each.person === person && (each.ended ?? '9') > '2026-06-15T12:00:00' && byGroup(each.group),
    );
  });
}

const range = (length: number) => Array.from({ length }, (_, place) => place);

/** A call of a client of our organisation, as far as rules look at it. */
function callOf(organization: number): CallContext {
  const attributes = { name: 'Tests', legalBasis: 'consent', organization, organizationType: 'ngo' };
  return {
    now,
    principal: { kind: 'client', id: 'tests', attributes },
    signal: new AbortController().signal,
    departed: false,
    state: new Map(),
  } as unknown as CallContext;
}

describe('who a client may see', () => {
  let database: TestDatabase;
  let store: Store;
  let organizations: Record<'ours' | 'other', number>;
  let program: number;

  beforeAll(async () => {
    database = await openTestDatabase();
    store = createStore(database.orm);
    const em = database.orm.em.fork();
    const [ours, other] = ['Ours', 'Other'].map((name) => em.create(Organization, { name, type: 'ngo' }));
    const made = em.create(Program, { name: 'Grants', targetType: 'individual' });
    await em.flush();
    organizations = { ours: ours?.id ?? 0, other: other?.id ?? 0 };
    program = made.id;
  });
  afterAll(() => database?.close());

  /** Puts a world in the database, in place of the last; answers the keys of people, then of groups. */
  async function fill({ consents, members }: World): Promise<readonly number[]> {
    const em = database.orm.em.fork();
    return em.transactional(async (inside) => {
      for (const entity of [ConsentScope, Consent, ProgramMembership, GroupMembership, Registrant]) {
        await inside.nativeDelete(entity as typeof Registrant, {});
      }
      const bulk = bulkWriter(database.orm, inside);
      const keys = await bulk.reserve(Registrant, people + groups);
      const keyOf = (place: number) => keys[place] as number;
      await bulk.insert(
        Registrant,
        keys.map((id, place) => ({ id, kind: place < people ? 'individual' : 'group', name: `N${place}` })),
      );
      const enrolments = keys.map((registrant) => ({ registrant, program, state: 'enrolled' }));
      await bulk.insert(ProgramMembership, enrolments);
      await bulk.insert(
        GroupMembership,
        members.map(({ group, person, ended }) => ({
          group: keyOf(people + group),
          individual: keyOf(person),
          startDate: '2026-01-01T00:00:00.000000Z',
          endedDate: ended,
        })),
      );
      const ids = await bulk.reserve(Consent, consents.length);
      const idOf = (place: number) => ids[place] as number;
      await bulk.insert(
        Consent,
        consents.map(({ signatory, group, status, effectiveDate, expiryDate, recipientMode }, place) => ({
          id: idOf(place),
          externalId: randomUUID(),
          name: 'Consent',
          signatory: keyOf(signatory),
          group: group === null ? null : keyOf(people + group),
          status,
          effectiveDate,
          expiryDate,
          recipientMode,
        })),
      );
      await bulk.insert(
        ConsentScope,
        consents.flatMap(({ scopes }, place) =>
          scopes.map(({ resourceType, customFields }) => ({
            consent: idOf(place),
            resourceType,
            fieldAccess: customFields === null ? 'basic' : 'custom',
            customFields,
            purpose: 'audit',
          })),
        ),
      );
      const named = consents.map(({ organization }, place) => [idOf(place), organization] as const);
      await bulk.pair(
        Consent,
        'recipients',
        named.flatMap(([id, name]) => (name === 'none' ? [] : [[id, organizations[name as 'ours' | 'other']]])),
      );
      const types = consents.map(({ type }, place) => [idOf(place), type] as const);
      await bulk.pair(
        Consent,
        'allowedRecipientTypes',
        types.filter(([, type]) => type !== 'none'),
      );
      return keys;
    });
  }

  const modelOf = (name: string) => store.models.get(name) as EntityModel;

  /** What is found by a condition, in both ways of looking, with a limit and counted: the places of registrants. */
  async function found(kind: 'individual' | 'group' | 'program_membership', keys: readonly number[], rows: Expected) {
    const model = modelOf(kind === 'program_membership' ? 'ProgramMembership' : 'Registrant');
    const call = callOf(organizations.ours);
    const selection = new Selection(model);
    const registrant = kind === 'program_membership' ? model.properties.get('registrant') : model.primaryKey;
    if (registrant === undefined || registrant.kind === 'toMany') throw new Error('no registrant');
    const key = selection.column(registrant as never);
    const where = opened(kind, model, call, rows);
    const read = await store.read({ selection, where, order: [], limit: 100 }, call);
    expect(await store.count(model, where, 'exact')).toBe(read.rows.length);
    const places = read.rows.map((row) => keys.indexOf(Number(key(row))));
    return places.sort((a, b) => a - b);
  }

  it('is the same to a plain model of the contract, however the database looks for them', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const keys = await fill(world);
        for (const rows of ['few', 'many'] as const) {
          expect(await found('individual', keys, rows), rows).toEqual(seen(world, 'individual'));
          expect(await found('group', keys, rows), rows).toEqual(seen(world, 'group').map((each) => each + people));
          expect(await found('program_membership', keys, rows), rows).toEqual(seen(world, 'program_membership'));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('hides names by what some consent says that names the client, and by nothing else', async () => {
    const model = modelOf('ConsentScope');
    const call = callOf(organizations.ours);
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        await fill(world);
        const hiding = world.consents
          .filter(namesUs)
          .flatMap(({ scopes }) => scopes)
          .filter(({ resourceType }) => resourceType === 'individual' || resourceType === 'all')
          .filter(({ customFields }) => customFields !== null && !customFields.includes('name'));
        for (const rows of ['few', 'many'] as const) {
          const where = hidesField(
            'individual',
            call,
            'name',
            rows,
          )(conditions<InferEntity<typeof ConsentScope>>(model));
          expect(await store.count(model, where, 'exact')).toBe(hiding.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});
