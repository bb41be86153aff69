import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../testing/index.ts';
import { ApiClient, Consent, GroupMembership, Identifier, ProgramMembership, Registrant } from '../entities/index.ts';
import { generatePeople, generateRegistry, isEmpty, loadDemonstration } from './index.ts';

describe('generatePeople', () => {
  it('gives exactly the people asked for, the same for the same seed', () => {
    const households = [...generatePeople({ seed: 7, people: 320 })];
    expect(households.flatMap(({ people }) => people)).toHaveLength(320);
    expect([...generatePeople({ seed: 7, people: 320 })]).toEqual(households);
    expect([...generatePeople({ seed: 8, people: 320 })]).not.toEqual(households);
  });

  it('keeps to the rules of the registry', () => {
    const values = new Set<string>();
    for (const { household, people } of generatePeople({ seed: 1, people: 5000 })) {
      expect(people.filter(({ role }) => role === 'head')).toHaveLength(household === undefined ? 0 : 1);
      for (const person of people) {
        expect(person.identifiers.length).toBeGreaterThan(0);
        expect(new Set(person.identifiers.map(({ type }) => type)).size).toBe(person.identifiers.length);
        expect(person.birthDate <= person.registrationDate).toBe(true);
        expect(person.registrationDate <= '2026-01-01').toBe(true);
        expect(person.until === null || person.until >= person.since).toBe(true);
      }
      const all = [...(household === undefined ? [] : [household]), ...people];
      for (const { identifiers } of all) {
        for (const { type, value } of identifiers) {
          expect(values.has(`${type}|${value}`)).toBe(false);
          values.add(`${type}|${value}`);
        }
      }
    }
  });

  it('is a stream', () => {
    const stream = generatePeople({ seed: 1, people: 1e9 });
    expect(stream.next().done).toBe(false);
    expect(stream.return(undefined).done).toBe(true);
  });
});

describe('loadDemonstration', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('fills an empty database, fast', async () => {
    const em = database.orm.em.fork();
    expect(await isEmpty(em)).toBe(true);
    const started = performance.now();
    const made = await em.transactional((inside) =>
      loadDemonstration(inside, {
        orm: database.orm,
        seed: 1,
        people: 320,
        hashSecret: (id, secret) => `hash of ${id} ${secret.length}`,
      }),
    );
    expect(performance.now() - started).toBeLessThan(5000);
    expect(made.people).toBe(320);
    expect(made.households).toBeGreaterThan(60);
    expect(made.client.clientId).toMatch(/^client_[\w-]{22}$/);
    expect(made.client.clientSecret).toMatch(/^[\w-]{43}$/);

    const check = database.orm.em.fork();
    expect(await isEmpty(check)).toBe(false);
    expect(await check.count(Registrant, { kind: 'individual' })).toBe(320);
    expect(await check.count(Registrant, { kind: 'group' })).toBe(made.households);
    expect(await check.count(Identifier)).toBeGreaterThan(320);
    expect(await check.count(GroupMembership)).toBeGreaterThan(300);
    expect(await check.count(ProgramMembership)).toBeGreaterThan(50);
    expect(await check.count(Consent)).toBe(made.consents);
    expect(made.fishers).toBeGreaterThan(10);
    expect(await check.count(Registrant, { extension: { $ne: null } })).toBe(made.fishers);
    const client = await check.findOneOrFail(ApiClient, { clientId: made.client.clientId }, { populate: ['scopes'] });
    expect(client.secretHash).toBe(`hash of ${made.client.clientId} 43`);
    expect(client.scopes).toHaveLength(4);
    const person = await check.findOneOrFail(
      Registrant,
      { kind: 'individual' },
      { populate: ['gender', 'identifiers'] },
    );
    expect(person.gender?.system).toBe('urn:iso:std:iso:5218');
    expect(person.country?.code).toMatch(/^[A-Z]{2}$/);
    expect(person.version).toBe(1);
  });
});

describe('generateRegistry', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('adds people in bulk, with what hangs on them, and tells how far it is', async () => {
    const told: number[] = [];
    const made = await generateRegistry(database.orm, {
      people: 9000,
      seed: 3,
      progress: (people) => told.push(people),
    });
    expect(made.people).toBe(9000);
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toBe(9000);
    const em = database.orm.em.fork();
    expect(await em.count(Registrant, { kind: 'individual' })).toBe(9000);
    expect(await em.count(Registrant, { kind: 'group' })).toBe(made.households);
    const [consent] = await em.find(Consent, { recipientMode: 'specific' }, { populate: ['recipients'], limit: 1 });
    expect(consent?.recipients.getItems().map(({ name }) => name)).toEqual(['Lakeside Relief Trust']);
    expect(await em.count(Consent)).toBe(made.consents);
    // The same people once more: their identifiers are there already, but others can be added.
    const more = await generateRegistry(database.orm, { people: 10, seed: 4 });
    expect(more.people).toBe(10);
  });
});
