import { type NativeRow, nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import type { ClientKeySet, ClientRecord, ClientStore, StoredSecret } from './client.ts';
import { AuthClient, type SecretRow } from './entities.ts';

/** A client store over {@link AuthClient}, which also tells caches of the changes made in this process. */
export interface SqlClientStore extends ClientStore {
  onChange(listener: (clientId: string) => void): () => void;
  /** For whoever changes clients besides `createClientAdmin`: caches of this process let go of the client. */
  changed(clientId: string): void;
}

/** The columns of a client, each a type that every driver gives alike. `client` is the table's alias. */
export const clientColumns = `
  client.client_id, client.name, client.active, client.secrets::text as secrets, client.keys::text as client_keys,
  client.scopes::text as client_scopes, (extract(epoch from client.expires_at) * 1000)::float8 as client_expires_at,
  client.token_lifetime_seconds, client.epoch as client_epoch, client.attributes::text as attributes`;

/** Looks clients up by one prepared, indexed query. */
export function createClientStore(orm: SqlOrm): SqlClientStore {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthClient);
  const find = query('client_find', `select ${clientColumns} from ${table} as client where client.client_id = $1`);
  const recordUse = query(
    'client_use',
    `
    update ${table} set last_used_at = $2::text::timestamptz, request_count = request_count + 1,
      secret_use = case when $3::text is null then secret_use
        else secret_use || jsonb_build_object($3::text, $2::text) end
    where client_id = $1`,
  );
  const listeners = new Set<(clientId: string) => void>();

  return {
    async find(clientId) {
      const [row] = await find(clientId);
      return row === undefined ? undefined : clientOfRow(row);
    },
    async recordUse(clientId, at, secretId) {
      await recordUse(clientId, at.toISOString(), secretId ?? null);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed(clientId) {
      for (const listener of listeners) listener(clientId);
    },
  };
}

/** A row of {@link clientColumns} as a record. */
export function clientOfRow(row: NativeRow): ClientRecord {
  const expiresAt = row.client_expires_at;
  const lifetime = row.token_lifetime_seconds;
  const keys = typeof row.client_keys === 'string' ? (JSON.parse(row.client_keys) as ClientKeySet | null) : null;
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
    ...(typeof lifetime === 'number' ? { tokenLifetimeSeconds: lifetime } : {}),
  });
}

function secretOf({ id, hash, expiresAt }: SecretRow): StoredSecret {
  return expiresAt === undefined ? { id, hash } : { id, hash, expiresAt: new Date(expiresAt) };
}
