import { type EntityManager, LockMode } from '@mikro-orm/core';
import { SallyportError } from '@sallyport/core';
import { openSppHasher } from '../authentication.ts';
import { newCredentials, newSecret } from '../clients/index.ts';
import {
  ApiClient,
  ApiScope,
  legalBases,
  now,
  Organization,
  OrganizationType,
  scopeActions,
  scopeResources,
} from '../entities/index.ts';
import { organizationTypes } from '../vocabulary/index.ts';
import { say } from './output.ts';
import { withOpenSpp } from './with-openspp.ts';

/** A fault of whoever typed the command. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

function oneOf<const T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new CommandError(`${what}: expected one of ${allowed.join(', ')}`);
  return found;
}

/** `individual:read` in its parts. @throws CommandError */
function parseScope(text: string) {
  const [resource = '', action = ''] = text.split(':');
  return { resource: oneOf(text, resource, scopeResources), action: oneOf(text, action, scopeActions) };
}

export async function listClients(): Promise<void> {
  await withOpenSpp(async ({ database }) => {
    const clients = await database.orm.em
      .fork()
      .find(ApiClient, {}, { populate: ['scopes', 'organization'], orderBy: { clientId: 'asc' } });
    for (const client of clients) {
      const scopes = client.scopes.map(({ resource, action }) => `${resource}:${action}`).join(' ');
      const state = client.active ? 'active' : 'disabled';
      say([client.clientId, client.name, client.organization.name, client.legalBasis, state, scopes].join('\t'));
    }
  });
}

export interface NewClientOptions {
  readonly name: string;
  readonly organization: string;
  readonly type: string;
  readonly legalBasis: string;
  readonly scope: readonly string[];
}

export async function createClient(options: NewClientOptions): Promise<void> {
  const type = oneOf(
    '--type',
    options.type,
    organizationTypes.map(({ code }) => code),
  );
  const legalBasis = oneOf('--legal-basis', options.legalBasis, legalBases);
  const scopes = options.scope.map(parseScope);
  await withOpenSpp(async ({ database, secrets }) => {
    const { clientId, clientSecret } = newCredentials();
    const secretHash = await openSppHasher(secrets.peppers).import(clientSecret, 'openspp');
    await database.orm.em.fork().transactional(async (em) => {
      const known = await em.findOne(Organization, { name: options.organization });
      const organization = known ?? em.create(Organization, { name: options.organization, type });
      const { name } = options;
      const client = em.create(ApiClient, {
        clientId,
        secretHash,
        name,
        organization,
        organizationType: organization.type,
        legalBasis,
      });
      for (const scope of scopes) em.create(ApiScope, { client, ...scope });
    });
    say(`client_id      ${clientId}`);
    say(`client_secret  ${clientSecret}`);
  });
}

/** Changes a client; tokens read it anew at each request. @throws CommandError */
async function change(clientId: string, apply: (client: ApiClient, em: EntityManager) => void): Promise<void> {
  await withOpenSpp(async ({ database }) => {
    try {
      await database.orm.em.fork().transactional(async (em) => {
        const options = { lockMode: LockMode.PESSIMISTIC_WRITE, populate: ['scopes'], strategy: 'select-in' } as const;
        const client = await em.findOne(ApiClient, { clientId }, options);
        if (client === null) throw new CommandError(`There is no client ${clientId}`);
        apply(client, em);
        client.epoch += 1;
      });
    } catch (error) {
      throw error instanceof SallyportError ? new CommandError(error.message) : error;
    }
  });
}

export async function rotateClient(clientId: string): Promise<void> {
  const secret = newSecret();
  await withOpenSpp(async ({ database, secrets }) => {
    const secretHash = await openSppHasher(secrets.peppers).import(secret, 'openspp');
    const changed = await database.orm.em.fork().nativeUpdate(ApiClient, { clientId }, { secretHash });
    if (changed === 0) throw new CommandError(`There is no client ${clientId}`);
  });
  say(`client_secret  ${secret}`);
}

export const disableClient = (clientId: string): Promise<void> =>
  change(clientId, (client) => {
    client.active = false;
  });

export const enableClient = (clientId: string): Promise<void> =>
  change(clientId, (client) => {
    client.active = true;
  });

/** Changes the type of a client's organisation, as long as nobody has verified it. @throws CommandError */
export function setOrganizationType(clientId: string, type: string): Promise<void> {
  const code = oneOf(
    'type',
    type,
    organizationTypes.map((each) => each.code),
  );
  return change(clientId, (client, em) => {
    client.organizationType = em.getReference(OrganizationType, code);
  });
}

/** Says who has verified the type of a client's organisation: it does not change any more. */
export const verifyOrganization = (clientId: string, by: string): Promise<void> =>
  change(clientId, (client) => {
    client.organizationTypeVerified = true;
    client.organizationTypeVerifiedBy = by;
    client.organizationTypeVerifiedAt = now();
  });

/** Gives a client these scopes and no others; allow-lists of those that stay are kept. */
export function setScopes(clientId: string, texts: readonly string[]): Promise<void> {
  const scopes = texts.map(parseScope);
  return change(clientId, (client, em) => {
    const isWanted = (each: ApiScope) =>
      scopes.some(({ resource, action }) => each.resource === resource && each.action === action);
    for (const each of client.scopes.getItems()) if (!isWanted(each)) client.scopes.remove(each);
    const held = new Set(client.scopes.map(({ resource, action }) => `${resource}:${action}`));
    for (const scope of scopes) {
      if (!held.has(`${scope.resource}:${scope.action}`)) em.create(ApiScope, { client, ...scope });
    }
  });
}
