import { type EntityManager, LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import { SallyportError } from '@sallyport/core';
import { createClientStore, type SqlClientStore } from '../clients/client-store.ts';
import { AuthClient, type AuthClientRow, type SecretRow } from '../clients/entities.ts';
import type { SqlOrm } from '../lib/native-query.ts';
import type { ClientDirectory, DirectoryClient, DirectorySecret } from './client-directory.ts';
import { taken } from './create-administration.ts';

/**
 * The clients in {@link AuthClient}, for `createClientAdministration`.
 *
 * @param store the API's own, so that the caches of this process let go of a client at once; it tells other processes
 */
export function createClientDirectory(
  orm: SqlOrm,
  store: Pick<SqlClientStore, 'changing'> = createClientStore(orm),
): ClientDirectory {
  const locked = async (em: EntityManager, clientId: string): Promise<AuthClientRow> => {
    const row = await em.findOne(AuthClient, { clientId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row === null) throw new SallyportError('not_found', { detail: 'There is no such client.' });
    return row;
  };

  return {
    async find(clientId) {
      const row = await orm.em.fork().findOne(AuthClient, { clientId });
      return row === null ? undefined : clientOf(row);
    },
    async list({ after, limit }) {
      const where = after === undefined ? {} : { clientId: { $gt: after } };
      const rows = await orm.em.fork().find(AuthClient, where, { orderBy: { clientId: 'asc' }, limit });
      return rows.map(clientOf);
    },
    async insert(client) {
      try {
        await store.changing(client.clientId, async (em) => {
          const { clientId, createdAt, requestCount } = client;
          const row = { clientId, requestCount, lastUsedAt: null, createdAt: createdAt ?? new Date() };
          em.create(AuthClient, { ...row, ...columnsOf(client, {}) });
        });
      } catch (error) {
        if (error instanceof UniqueConstraintViolationException) throw taken();
        throw error;
      }
    },
    change: (clientId, change) =>
      store.changing(clientId, async (em) => {
        const row = await locked(em, clientId);
        em.assign(row, columnsOf(change(clientOf(row)), row.secretUse), { mergeObjectProperties: false });
      }),
    remove: (clientId) => store.changing(clientId, async (em) => void em.remove(await locked(em, clientId))),
  };
}

function clientOf(row: AuthClientRow): DirectoryClient {
  const { clientId, name, active, scopes, epoch, attributes, createdAt, requestCount } = row;
  return {
    clientId,
    name,
    active,
    expiresAt: row.expiresAt ?? undefined,
    secrets: row.secrets.map((secret) => secretOf(secret, row.secretUse[secret.id])),
    keys: row.keys ?? undefined,
    scopes,
    tokenLifetimeSeconds: row.tokenLifetimeSeconds ?? undefined,
    apis: row.apis ?? undefined,
    limits: row.limits ?? undefined,
    fieldLists: row.fieldLists ?? undefined,
    epoch,
    attributes,
    createdAt,
    lastUsedAt: row.lastUsedAt ?? undefined,
    requestCount,
  };
}

function secretOf({ id, hash, createdAt, expiresAt }: SecretRow, lastUsedAt: string | undefined): DirectorySecret {
  return {
    id,
    hash,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    lastUsedAt: lastUsedAt === undefined ? undefined : new Date(lastUsedAt),
  };
}

/** What an administration sets. Of the uses of secrets those of secrets that are there. */
function columnsOf(client: DirectoryClient, uses: Readonly<Record<string, string>>) {
  const { name, active, scopes, epoch, attributes } = client;
  const ids = new Set(client.secrets.map(({ id }) => id));
  return {
    name,
    active,
    scopes,
    epoch,
    attributes,
    expiresAt: client.expiresAt ?? null,
    secrets: client.secrets.map(rowOf),
    keys: client.keys ?? null,
    tokenLifetimeSeconds: client.tokenLifetimeSeconds ?? null,
    apis: client.apis ?? null,
    limits: client.limits ?? null,
    fieldLists: client.fieldLists ?? null,
    secretUse: Object.fromEntries(Object.entries(uses).filter(([id]) => ids.has(id))),
  };
}

function rowOf({ id, hash, createdAt, expiresAt }: DirectorySecret): SecretRow {
  const made = { id, hash, createdAt: (createdAt ?? new Date()).toISOString() };
  return expiresAt === undefined ? made : { ...made, expiresAt: expiresAt.toISOString() };
}
