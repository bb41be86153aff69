import { type EntityManager, type Loaded, LockMode, type MikroORM } from '@mikro-orm/core';
import type { ClientDirectory, ClientFeature, DirectoryClient } from '@sallyport/auth';
import { type FieldLists, SallyportError } from '@sallyport/core';
import {
  ApiClient,
  ApiScope,
  legalBases,
  now,
  Organization,
  OrganizationType,
  scopeActions,
  scopeResources,
  usualCallLimits,
} from '../entities/index.ts';
import { organizationTypes } from '../vocabulary/index.ts';

/** What a client has no place for in OpenSPP (contract §4.1). Ids are made: tokens carry nothing else of a client, and so a new
 * secret does not end them. */
export const withoutFeatures: ReadonlySet<ClientFeature> = new Set([
  'ids',
  'apis',
  'keys',
  'expiry',
  'tokenLifetime',
  'overlap',
  'tokenEnds',
  'unknownScopes',
  'testSecrets',
]);

/** What an administration knows of a client as its attributes. */
export interface AdministeredAttributes {
  /** The name of the organisation; one that nobody has is made, with the type. It stays. */
  readonly organization: string;
  readonly organizationType: string;
  /** Who has verified the type; set, neither changes any more (contract [O1]). */
  readonly organizationTypeVerifiedBy?: string;
  readonly legalBasis: (typeof legalBases)[number];
}

/** The only secret of a client, by the name that `show` gives it. */
const secretId = 'secret';
const related = ['scopes', 'organization', 'organizationType'] as const;
type Row = Loaded<ApiClient, (typeof related)[number]>;

/**
 * The clients in {@link ApiClient} (contract §4), for `createClientAdministration`. Nothing remembers clients here, so
 * nobody has to be told of changes.
 */
export function createClientDirectory(orm: MikroORM): ClientDirectory {
  const load = { populate: related, strategy: 'select-in' } as const;
  const locked = async (em: EntityManager, clientId: string): Promise<Row> => {
    const row = await em.findOne(ApiClient, { clientId }, { ...load, lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row === null) throw new SallyportError('not_found', { detail: 'There is no such client.' });
    return row;
  };
  return {
    without: withoutFeatures,
    check({ scopes = [], attributes = {} }) {
      for (const scope of scopes) partsOf(scope);
      const { organizationType, legalBasis } = attributes;
      if (organizationType !== undefined) oneOf('type', organizationType, typeCodes);
      if (legalBasis !== undefined) oneOf('legal basis', legalBasis, legalBases);
    },
    async find(clientId) {
      const row = await orm.em.fork().findOne(ApiClient, { clientId }, load);
      return row === null ? undefined : clientOf(row);
    },
    async list({ after, limit }) {
      const where = after === undefined ? {} : { clientId: { $gt: after } };
      const rows = await orm.em.fork().find(ApiClient, where, { ...load, orderBy: { clientId: 'asc' }, limit });
      return rows.map(clientOf);
    },
    insert: (client) => orm.em.fork().transactional((em) => insert(em, client)),
    change: (clientId, change) =>
      orm.em.fork().transactional(async (em) => {
        const row = await locked(em, clientId);
        apply(em, row, change(clientOf(row)));
      }),
    remove: (clientId) => orm.em.fork().transactional(async (em) => void em.remove(await locked(em, clientId))),
  };
}

async function insert(em: EntityManager, client: DirectoryClient): Promise<void> {
  const { clientId, name, active, epoch, scopes, limits = {} } = client;
  const { organization: named, organizationType: type, legalBasis } = attributesOf(client);
  const known = await em.findOne(Organization, { name: named });
  const organization = known ?? em.create(Organization, { name: named, type });
  const made = em.create(ApiClient, {
    clientId,
    name,
    active,
    epoch,
    secretHash: hashOf(client),
    organization,
    organizationType: organization.type,
    legalBasis,
    rateLimitPerMinute: limits.perMinute ?? usualCallLimits.perMinute,
    rateLimitPerDay: limits.perDay ?? usualCallLimits.perDay,
  });
  const lists = listsOf(client, new Set(scopes));
  for (const scope of scopes) em.create(ApiScope, { client: made, ...partsOf(scope), fields: lists[scope] ?? null });
}

function apply(em: EntityManager, row: Row, client: DirectoryClient): void {
  const { name, active, epoch, limits = {} } = client;
  const wanted = attributesOf(client);
  if (wanted.organization !== row.organization.name) throw refused('The organisation of a client stays.');
  em.assign(row, {
    name,
    active,
    epoch,
    secretHash: hashOf(client),
    legalBasis: wanted.legalBasis,
    rateLimitPerMinute: limits.perMinute ?? usualCallLimits.perMinute,
    rateLimitPerDay: limits.perDay ?? usualCallLimits.perDay,
  });
  if (wanted.organizationType !== row.organizationType.code) {
    row.organizationType = em.getReference(OrganizationType, wanted.organizationType, { wrapped: false });
  }
  const verifiedBy = wanted.organizationTypeVerifiedBy;
  if (verifiedBy !== undefined && verifiedBy !== row.organizationTypeVerifiedBy) {
    em.assign(row, {
      organizationTypeVerified: true,
      organizationTypeVerifiedBy: verifiedBy,
      organizationTypeVerifiedAt: now(),
    });
  }
  applyScopes(em, row, client);
}

/** These scopes and no others, each with its list of fields; the list of one that goes, goes with it. */
function applyScopes(em: EntityManager, row: Row, client: DirectoryClient): void {
  const wanted = new Set(client.scopes);
  const lists = listsOf(client, new Set([...wanted, ...row.scopes.getItems().map(nameOf)]));
  for (const each of row.scopes.getItems()) {
    if (wanted.has(nameOf(each))) each.fields = lists[nameOf(each)] ?? null;
    else row.scopes.remove(each);
  }
  const held = new Set(row.scopes.getItems().map(nameOf));
  for (const scope of wanted) {
    if (!held.has(scope)) em.create(ApiScope, { client: row, ...partsOf(scope), fields: lists[scope] ?? null });
  }
}

/** @throws SallyportError `rule_broken` for the list of a scope that the client has not: it stands with its scope */
function listsOf({ fieldLists = {} }: DirectoryClient, scopes: ReadonlySet<string>): FieldLists {
  for (const scope of Object.keys(fieldLists)) {
    if (!scopes.has(scope)) throw refused(`${scope}: the client does not have this scope`);
  }
  return fieldLists;
}

function clientOf(row: Row): DirectoryClient {
  const { clientId, name, active, epoch, legalBasis, organizationTypeVerifiedBy, requestCount, secretHash } = row;
  const attributes: AdministeredAttributes = {
    organization: row.organization.name,
    organizationType: row.organizationType.code,
    ...(organizationTypeVerifiedBy == null ? {} : { organizationTypeVerifiedBy }),
    legalBasis,
  };
  return {
    clientId,
    name,
    active,
    epoch,
    requestCount,
    secrets: secretHash === '' ? [] : [{ id: secretId, hash: secretHash }],
    scopes: row.scopes.getItems().map(nameOf),
    limits: { perMinute: row.rateLimitPerMinute, perDay: row.rateLimitPerDay },
    fieldLists: Object.fromEntries(
      row.scopes.getItems().flatMap((scope) => (scope.fields == null ? [] : [[nameOf(scope), scope.fields]])),
    ),
    attributes: { ...attributes },
    createdAt: new Date(row.createdAt),
    lastUsedAt: row.lastUsedAt == null ? undefined : new Date(row.lastUsedAt),
  };
}

/** The newest secret is the only one that there is a place for; with none, no secret matches (contract §3.1). */
function hashOf({ secrets }: DirectoryClient): string {
  return secrets.at(-1)?.hash ?? '';
}

/** @throws SallyportError `rule_broken` */
function attributesOf({ attributes }: DirectoryClient): AdministeredAttributes {
  const { organization, organizationType, organizationTypeVerifiedBy, legalBasis = 'consent' } = attributes;
  if (typeof organization !== 'string' || organization.trim() === '') throw refused('A client has an organisation.');
  return {
    organization,
    organizationType: oneOf('type', organizationType, typeCodes),
    ...(typeof organizationTypeVerifiedBy === 'string' ? { organizationTypeVerifiedBy } : {}),
    legalBasis: oneOf('legal basis', legalBasis, legalBases),
  };
}

const typeCodes = organizationTypes.map(({ code }) => code);

const nameOf = ({ resource, action }: Pick<ApiScope, 'resource' | 'action'>): string => `${resource}:${action}`;

/** `individual:read` in its parts. @throws SallyportError `rule_broken` */
function partsOf(scope: string) {
  const [resource = '', action = '', ...rest] = scope.split(':');
  if (rest.length > 0) throw refused(`${scope}: expected resource:action`);
  return { resource: oneOf(scope, resource, scopeResources), action: oneOf(scope, action, scopeActions) };
}

function oneOf<const T extends string>(what: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw refused(`${what}: expected one of ${allowed.join(', ')}`);
  return found;
}

const refused = (detail: string): SallyportError => new SallyportError('rule_broken', { detail });
