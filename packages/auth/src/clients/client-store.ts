import type { EntityManager } from '@mikro-orm/core';
import { type FieldLists, loggable, requireTables } from '@sallyport/core';
import type { ChangeFeed, FeedLog } from '../changes/change-feed.ts';
import { createSqlChangeFeed } from '../changes/sql-feed.ts';
import { type NativeRow, nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import type { ClientApi, ClientKeySet, ClientLimits, ClientRecord, ClientStore, StoredSecret } from './client.ts';
import { AuthClient, type SecretRow } from './entities.ts';
import { secretReplacement } from './secret-replacement.ts';

/** A client store over {@link AuthClient}, which also tells caches of the changes that are made through it. */
export interface SqlClientStore extends ClientStore {
  onChange(listener: (clientId: string) => void): () => void;
  /**
   * Runs work that changes a client in a transaction. Caches of this process let go of the client once it is committed.
   * Others are told in the transaction itself, so that neither can happen without the other; by a feed that is not of
   * the database, after the commit: when that fails the change stands all the same, and they hear of it when their
   * caches run out.
   */
  changing<T>(clientId: string, work: (em: EntityManager) => Promise<T>): Promise<T>;
  /**
   * For whoever has changed a client in another way: caches of this process let go of it at once, before this returns.
   * Resolves when other processes are told.
   *
   * @throws SallyportError `unavailable` when they could not be
   */
  changed(clientId: string): Promise<void>;
}

export interface SqlClientStoreOptions {
  /** How other processes are told of changes; default is `NOTIFY` on the channel of `createSqlChangeFeed(orm)`. */
  readonly changes?: ChangeFeed;
  /** Told when they could not be. */
  readonly log?: FeedLog;
}

/** The columns of a client, each a type that every driver gives alike. `client` is the table's alias. */
export const clientColumns = `
  client.client_id, client.name, client.active, client.secrets::text as secrets, client.keys::text as client_keys,
  client.scopes::text as client_scopes, (extract(epoch from client.expires_at) * 1000)::float8 as client_expires_at,
  client.token_lifetime_seconds, client.apis::text as client_apis, client.limits::text as client_limits,
  client.field_lists::text as client_field_lists,  client.epoch as client_epoch, client.attributes::text as attributes`;

/** Looks clients up by one prepared, indexed query. */
export function createClientStore(orm: SqlOrm, options: SqlClientStoreOptions = {}): SqlClientStore {
  const { changes = createSqlChangeFeed(orm), log } = options;
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthClient);
  // A row for every question: an unknown client costs what a known one does (SECURITY 4.2).
  const find = query(
    'client_find',
    `
    select ${clientColumns} from (select $1::text as client_id) as asked
    left join ${table} as client on client.client_id = asked.client_id`,
  );
  const recordUse = query(
    'client_use',
    `
    update ${table} set last_used_at = $2::text::timestamptz, request_count = request_count + 1,
      secret_use = case when $3::text is null then secret_use
        else secret_use || jsonb_build_object($3::text, $2::text) end
    where client_id = $1`,
  );
  const listeners = new Set<(clientId: string) => void>();
  const tellHere = (clientId: string): void => {
    for (const listener of listeners) listener(clientId);
  };

  return {
    ready: () => requireTables(orm, [AuthClient]),
    async find(clientId) {
      const [row] = await find(clientId);
      const isKnown = typeof row?.client_id === 'string';
      const client = clientOfRow(isKnown ? row : nobody);
      return isKnown ? client : undefined;
    },
    async recordUse(clientId, at, secretId) {
      await recordUse(clientId, at.toISOString(), secretId ?? null);
    },
    upgradeSecret: secretReplacement(query, table),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async changing(clientId, work) {
      const result = await orm.em.fork().transactional(async (em) => {
        const done = await work(em);
        await changes.publishIn?.(em, { kind: 'client', clientId });
        return done;
      });
      tellHere(clientId);
      if (changes.publishIn === undefined) {
        await changes.publish({ kind: 'client', clientId }).catch((err: unknown) => {
          log?.warn({ err: loggable(err), clientId }, 'Other processes could not be told that a client has changed.');
        });
      }
      return result;
    },
    changed(clientId) {
      tellHere(clientId);
      const told = changes.publish({ kind: 'client', clientId });
      // Whoever does not wait for it has no interest in its failure either.
      told.catch(() => {});
      return told;
    },
  };
}

/** What is read in the place of a client that is not there. */
const nobody: NativeRow = {
  client_id: 'client_AAAAAAAAAAAAAAAAAAAAAA',
  name: 'Nobody',
  active: false,
  secrets: JSON.stringify([
    { id: 'AAAAAAAA', hash: `$hmac-sha256$k1$${'A'.repeat(43)}`, createdAt: '1970-01-01T00:00:00.000Z' },
  ]),
  client_scopes: '["none:read", "none:create"]',
  client_epoch: 0,
  attributes: '{}',
};

/** A row of {@link clientColumns} as a record. */
export function clientOfRow(row: NativeRow): ClientRecord {
  const expiresAt = row.client_expires_at;
  const lifetime = row.token_lifetime_seconds;
  const keys = jsonOf<ClientKeySet>(row.client_keys);
  const apis = jsonOf<Readonly<Record<string, ClientApi>>>(row.client_apis);
  const limits = jsonOf<ClientLimits>(row.client_limits);
  const fieldLists = jsonOf<FieldLists>(row.client_field_lists);
  return Object.freeze({
    clientId: String(row.client_id),
    name: String(row.name),
    active: row.active === true,
    secrets: (JSON.parse(String(row.secrets)) as SecretRow[]).map(secretOf),
    scopes: JSON.parse(String(row.client_scopes)) as string[],
    epoch: Number(row.client_epoch),
    attributes: Object.freeze(JSON.parse(String(row.attributes)) as Record<string, unknown>),
    ...(typeof expiresAt === 'number' ? { expiresAt: new Date(expiresAt) } : {}),
    ...(keys === null ? {} : { keys }),
    ...(apis === null ? {} : { apis }),
    ...(limits === null ? {} : { limits }),
    ...(fieldLists === null ? {} : { fieldLists }),
    ...(typeof lifetime === 'number' ? { tokenLifetimeSeconds: lifetime } : {}),
  });
}

function jsonOf<T>(text: unknown): T | null {
  return typeof text === 'string' ? (JSON.parse(text) as T | null) : null;
}

function secretOf({ id, hash, expiresAt }: SecretRow): StoredSecret {
  return expiresAt === undefined ? { id, hash } : { id, hash, expiresAt: new Date(expiresAt) };
}
