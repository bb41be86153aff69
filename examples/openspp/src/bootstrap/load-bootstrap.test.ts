import type { EntityManager } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../testing/index.ts';
import {
  ApiClient,
  Consent,
  Identifier,
  Organization,
  Program,
  ProgramIdentifier,
  ProgramMembership,
  Registrant,
  VocabularyCode,
} from '../entities/index.ts';
import { type Body, type BootstrapRoad, checkBootstrap, loadBootstrap } from './index.ts';
import { identifiersOf, programNamed, referenceOf, registrantsNamed } from './look-up.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** Makes just enough of each record, as the API's own road would. */
function road(em: EntityManager, calls: string[] = []): BootstrapRoad {
  const registrant = (kind: 'individual' | 'group') => async (body: Body) => {
    calls.push(kind);
    if (typeof body.name !== 'string') {
      throw Object.assign(new Error('bad'), { issues: [{ path: ['name', 'given'], message: 'is missing' }] });
    }
    const made = em.create(Registrant, { kind, name: body.name });
    for (const { system, value } of identifiersOf(body)) {
      const type = await em.findOneOrFail(VocabularyCode, { uri: system });
      em.create(Identifier, { registrant: made, type, value });
    }
    await em.flush();
  };
  return {
    hashSecret: (clientId, secret) => `hash:${clientId}:${secret.length}`,
    createIndividual: registrant('individual'),
    createGroup: registrant('group'),
    async createProgram(body) {
      calls.push('program');
      const program = em.create(Program, { name: String(body.name) });
      for (const identifier of identifiersOf(body)) em.create(ProgramIdentifier, { program, ...identifier });
      await em.flush();
    },
    async createMembership(body) {
      calls.push('membership');
      const program = await programNamed(em, referenceOf(body, 'program') ?? { system: '', value: '' });
      const [found] = await registrantsNamed(
        em,
        'group',
        referenceOf(body, 'beneficiary') ?? { system: '', value: '' },
      );
      em.create(ProgramMembership, { program: program ?? 0, registrant: found ?? 0 });
      await em.flush();
    },
    today: '2026-05-01',
  };
}

const file = () =>
  checkBootstrap({
    idTypes: [
      { system: 'urn:example:civil-id', display: 'Civil ID', pattern: '^C-[0-9]{4}$', appliesTo: 'individual' },
      { system: 'urn:openspp:vocab:id-type#national_id', display: 'Ours already' },
    ],
    codes: [{ system: 'urn:openspp:vocab:group-membership-type', code: 'cousin', display: 'Cousin' }],
    organizations: [{ name: 'Lakeside Relief Trust', type: 'ngo' }],
    clients: [
      {
        name: 'Field app',
        clientId: 'field-app',
        clientSecret: 'at-least-32-characters-of-secret-text',
        organization: 'Lakeside Relief Trust',
        legalBasis: 'public_task',
        scopes: ['individual:all', { scope: 'group:read', fields: ['name', 'member'] }],
      },
    ],
    individuals: [{ name: 'Ada', identifier: [{ system: 'urn:example:civil-id', value: 'C-0001' }] }],
    groups: [{ name: 'Adas', identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: 'HH-1' }] }],
    programs: [{ name: 'Cash', identifier: [{ system: 'urn:openspp:program', value: 'cash' }] }],
    memberships: [
      {
        program: { reference: 'Program/urn:openspp:program|cash' },
        beneficiary: { reference: 'Group/urn:openspp:vocab:id-type%23household_id|HH-1' },
        status: 'enrolled',
      },
    ],
    consents: [
      {
        signatory: 'Individual/urn:example:civil-id|C-0001',
        status: 'given',
        recipientMode: 'specific',
        recipients: ['Lakeside Relief Trust'],
        expiryDate: '2030-12-31',
        scopes: [
          {
            resourceType: 'individual',
            fieldAccess: 'custom',
            customFields: ['name', 'birthDate'],
            purpose: 'service_delivery',
            includeExtensions: true,
            allowedExtensions: ['fisher'],
          },
        ],
      },
      {
        id: '5F0D0F86-1F0C-4F52-9D7E-2F8A4F0F6B11',
        group: 'Group/urn:openspp:vocab:id-type#household_id|HH-1',
        status: 'requested',
        recipientMode: 'category',
        allowedRecipientTypes: ['ngo'],
        scopes: [{ resourceType: 'all', fieldAccess: 'basic', purpose: 'audit' }],
      },
    ],
  });

describe('loadBootstrap', () => {
  it('rolls back at a fault, and names its place', async () => {
    const load = (change: (bootstrap: ReturnType<typeof file>) => void) => {
      const bootstrap = file();
      change(bootstrap);
      return database.orm.em.fork().transactional((em) => loadBootstrap(em, bootstrap, road(em)));
    };
    await expect(
      load((bootstrap) => {
        for (const consent of bootstrap.consents ?? []) if (consent.signatory) consent.signatory = 'Individual/urn:x|y';
      }),
    ).rejects.toThrow('consents[0].signatory: nobody is known as "Individual/urn:x|y"');
    await expect(load((bootstrap) => bootstrap.individuals?.push({ identifier: [] }))).rejects.toThrow(
      'individuals[1].name.given: is missing',
    );
    await expect(
      load((bootstrap) => {
        bootstrap.organizations = [];
      }),
    ).rejects.toThrow('clients[0].organization: there is no organization "Lakeside Relief Trust"');
    await expect(load((bootstrap) => bootstrap.clients?.[0]?.scopes.push('group:read'))).rejects.toThrow(
      'clients[0].scopes[2]: "group:read" is given twice',
    );
    const em = database.orm.em.fork();
    expect(await em.count(Registrant)).toBe(0);
    expect(await em.count(ApiClient)).toBe(0);
    expect(await em.count(Organization)).toBe(0);
  });

  it('loads everything, in the order of its needs', async () => {
    const calls: string[] = [];
    const summary = await database.orm.em.fork().transactional((em) => loadBootstrap(em, file(), road(em, calls)));
    expect(calls).toEqual(['individual', 'group', 'program', 'membership']);
    expect(summary.idTypes).toEqual({ made: 1, kept: 1 });
    expect(summary.consents).toEqual({ made: 2, kept: 0 });

    const em = database.orm.em.fork();
    const client = await em.findOneOrFail(
      ApiClient,
      { clientId: 'field-app' },
      { populate: ['scopes', 'organization'] },
    );
    expect(client).toMatchObject({ secretHash: 'hash:field-app:37', legalBasis: 'public_task', active: true });
    expect(client.organizationType.code).toBe('ngo');
    expect(client.scopes.map(({ resource, action, fields }) => [resource, action, fields])).toEqual([
      ['group', 'read', ['name', 'member']],
      ['individual', 'all', null],
    ]);
    const type = await em.findOneOrFail(VocabularyCode, { uri: 'urn:example:civil-id' });
    expect(type).toMatchObject({ pattern: '^C-[0-9]{4}$', targetType: 'individual', isLocal: true });
    expect(await em.count(VocabularyCode, { uri: 'urn:openspp:vocab:group-membership-type#cousin' })).toBe(1);

    const populate = ['signatory', 'recipients', 'allowedRecipientTypes', 'scopes'] as const;
    const [given, requested] = await em.find(Consent, {}, { populate, orderBy: { id: 'asc' } });
    expect(given?.externalId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(given).toMatchObject({ status: 'given', effectiveDate: '2026-05-01', expiryDate: '2030-12-31' });
    expect(given?.signatory?.name).toBe('Ada');
    expect(given?.recipients.map(({ name }) => name)).toEqual(['Lakeside Relief Trust']);
    expect(given?.scopes[0]).toMatchObject({ customFields: ['name', 'birthDate'], allowedExtensions: ['fisher'] });
    expect(requested).toMatchObject({ externalId: '5f0d0f86-1f0c-4f52-9d7e-2f8a4f0f6b11', effectiveDate: null });
    expect(requested?.allowedRecipientTypes.map(({ code }) => code)).toEqual(['ngo']);
  });

  it('leaves as it is what is there, when loaded again', async () => {
    const calls: string[] = [];
    const summary = await database.orm.em.fork().transactional((em) => loadBootstrap(em, file(), road(em, calls)));
    expect(calls).toEqual([]);
    for (const tally of Object.values(summary)) expect(tally.made).toBe(0);
    expect(await database.orm.em.fork().count(Consent)).toBe(2);
  });
});
