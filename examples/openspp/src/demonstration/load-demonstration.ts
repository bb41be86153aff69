import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { bulkWriter } from '@sallyport/core';
import type { HashSecret } from '../bootstrap/index.ts';
import { type Credentials, newCredentials } from '../clients/index.ts';
import { ApiClient, ApiScope, Organization, OrganizationType, Registrant } from '../entities/index.ts';
import { addExtensions } from './add-extensions.ts';
import { generatePeople } from './generate-people.ts';
import { insertConsents } from './insert-consents.ts';
import { insertHouseholds, preparePrograms } from './insert-people.ts';
import { generatedPrograms } from './programs.ts';

export interface DemonstrationOptions {
  readonly orm: MikroORM;
  readonly seed: number;
  readonly people: number;
  readonly hashSecret: HashSecret;
}

export interface Demonstration {
  readonly people: number;
  readonly households: number;
  readonly programs: number;
  readonly consents: number;
  /** Registrants with the extension `fisher`. */
  readonly fishers: number;
  /** To be printed once. */
  readonly client: Credentials;
}

const scopes = ['individual', 'group', 'program', 'program_membership'] as const;

/** Whether nobody has put anything into the database yet, but for the vocabulary. */
export async function isEmpty(em: EntityManager): Promise<boolean> {
  return (await em.count(Registrant)) === 0 && (await em.count(ApiClient)) === 0;
}

/**
 * Fills an empty database with made-up people in households, programs, memberships and consents, and one client that
 * may do everything. Run it inside a transaction.
 */
export async function loadDemonstration(em: EntityManager, options: DemonstrationOptions): Promise<Demonstration> {
  const keys = await preparePrograms(em, generatedPrograms);
  const bulk = bulkWriter(options.orm, em);
  const inserted = await insertHouseholds(bulk, generatePeople(options), keys);
  const fishers = await addExtensions(em, inserted);

  const authority = em.create(Organization, { name: 'Social Registry Authority', type: 'government' });
  const trust = em.create(Organization, { name: 'Lakeside Relief Trust', type: 'ngo' });
  const credentials = newCredentials();
  const client = em.create(ApiClient, {
    clientId: credentials.clientId,
    secretHash: await options.hashSecret(credentials.clientId, credentials.clientSecret),
    name: 'Demonstration client',
    organization: authority,
    organizationType: em.getReference(OrganizationType, 'government'),
    organizationTypeVerified: true,
    legalBasis: 'public_task',
  });
  for (const resource of scopes) em.create(ApiScope, { client, resource, action: 'all' });

  await em.flush();
  const consents = await insertConsents(bulk, inserted, { recipient: trust.id, validFrom: '2026-01-01' });
  return {
    people: inserted.reduce((sum, { people }) => sum + people.length, 0),
    households: inserted.filter(({ household }) => household !== undefined).length,
    programs: generatedPrograms.length,
    consents,
    fishers,
    client: credentials,
  };
}
