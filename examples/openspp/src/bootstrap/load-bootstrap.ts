import type { EntityManager } from '@mikro-orm/core';
import { ProgramMembership, type Registrant } from '../entities/index.ts';
import { faultOfBody } from './bootstrap-error.ts';
import { loadConsents } from './load-consents.ts';
import {
  type HashSecret,
  loadClients,
  loadCodes,
  loadIdentifierTypes,
  loadOrganizations,
  type Tally,
} from './load-parties.ts';
import { hasProgram, identifiersOf, programNamed, referenceOf, registrantsNamed } from './look-up.ts';
import type { Bootstrap, BootstrapList } from './schema.ts';

/** The body of a record, as `POST` takes it. */
export type Body = Readonly<Record<string, unknown>>;

/** What a bootstrap file is loaded with. All of it works in the transaction of the entity manager. */
export interface BootstrapRoad {
  readonly hashSecret: HashSecret;
  readonly createIndividual: (body: Body) => Promise<unknown>;
  readonly createGroup: (body: Body) => Promise<unknown>;
  readonly createProgram: (body: Body) => Promise<unknown>;
  readonly createMembership: (body: Body) => Promise<unknown>;
  /** `YYYY-MM-DD`; the day in UTC when absent. */
  readonly today?: string;
}

/** What became of each list. */
export type BootstrapSummary = Readonly<Record<BootstrapList, Readonly<Tally>>>;

type Known = (em: EntityManager, body: Body) => Promise<boolean>;

const hasRegistrant =
  (kind: Registrant['kind']): Known =>
  async (em, body) => {
    for (const named of identifiersOf(body)) {
      if ((await registrantsNamed(em, kind, named)).length > 0) return true;
    }
    return false;
  };

const isKnownProgram: Known = async (em, body) => {
  for (const named of identifiersOf(body)) {
    if ((await programNamed(em, named)) !== undefined) return true;
  }
  return hasProgram(em, body.name);
};

const isKnownMembership: Known = async (em, body) => {
  const program = referenceOf(body, 'program');
  const beneficiary = referenceOf(body, 'beneficiary');
  if (program?.resource !== 'Program' || beneficiary === undefined) return false;
  const kind = beneficiary.resource === 'Group' ? 'group' : 'individual';
  const found = await programNamed(em, program);
  const [registrant, ...others] = await registrantsNamed(em, kind, beneficiary);
  if (found === undefined || registrant === undefined || others.length > 0) return false;
  return (await em.count(ProgramMembership, { program: found, registrant })) > 0;
};

/**
 * Loads what a bootstrap file holds. What exists by its key is left as it is: an identifier type or code by its URI, an
 * organisation by its name, a client by its id, a record by any of its identifiers, a membership by its pair, a consent
 * by its id (or by what it says, when it has none).
 *
 * `em` is the entity manager of one open transaction, which the caller rolls back when this throws.
 *
 * @throws BootstrapError that names the place of the fault
 */
export async function loadBootstrap(
  em: EntityManager,
  bootstrap: Bootstrap,
  road: BootstrapRoad,
): Promise<BootstrapSummary> {
  const summary = {
    idTypes: { made: 0, kept: 0 },
    codes: { made: 0, kept: 0 },
    organizations: { made: 0, kept: 0 },
    clients: { made: 0, kept: 0 },
    individuals: { made: 0, kept: 0 },
    groups: { made: 0, kept: 0 },
    programs: { made: 0, kept: 0 },
    memberships: { made: 0, kept: 0 },
    consents: { made: 0, kept: 0 },
  };
  const loadBodies = async (
    list: 'individuals' | 'groups' | 'programs' | 'memberships',
    isKnown: Known,
    create: (body: Body) => Promise<unknown>,
  ) => {
    for (const [index, body] of (bootstrap[list] ?? []).entries()) {
      if (await isKnown(em, body)) {
        summary[list].kept++;
        continue;
      }
      try {
        await create(body);
      } catch (error) {
        throw faultOfBody([list, index], error);
      }
      summary[list].made++;
    }
  };

  await loadIdentifierTypes(em, bootstrap.idTypes, summary.idTypes);
  await loadCodes(em, bootstrap.codes, summary.codes);
  await loadOrganizations(em, bootstrap.organizations, summary.organizations);
  await loadClients(em, bootstrap.clients, road.hashSecret, summary.clients);
  await loadBodies('individuals', hasRegistrant('individual'), road.createIndividual);
  await loadBodies('groups', hasRegistrant('group'), road.createGroup);
  await loadBodies('programs', isKnownProgram, road.createProgram);
  await loadBodies('memberships', isKnownMembership, road.createMembership);
  const today = road.today ?? new Date().toISOString().slice(0, 10);
  await loadConsents(em, bootstrap.consents, today, summary.consents);
  return summary;
}
