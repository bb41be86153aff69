import { requireTables } from '@sallyport/core';
import { type NativeRow, nativeQuery, type SqlOrm, tableOf } from '../../lib/native-query.ts';
import { AuthApiKey } from './entities.ts';
import type { ApiKeyStore, StoredApiKey } from './store.ts';

/** API keys in {@link AuthApiKey}; one prepared, indexed query for each look-up. */
export function createApiKeyStore(orm: SqlOrm): ApiKeyStore {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthApiKey);
  const columns = `
    id, digest, client_id, name, scopes::text as scopes, epoch,
    (extract(epoch from created_at) * 1000)::float8 as created_at,
    (extract(epoch from expires_at) * 1000)::float8 as expires_at,
    (extract(epoch from last_used_at) * 1000)::float8 as last_used_at`;
  const find = query('api_key_find', `select ${columns} from ${table} where digest = $1`);
  const list = query('api_key_list', `select ${columns} from ${table} where client_id = $1 order by created_at, id`);
  const insert = query(
    'api_key_insert',
    `
    insert into ${table} (id, digest, client_id, name, scopes, epoch, created_at, expires_at)
    values ($1, $2, $3, $4, $5::jsonb, $6, $7::timestamptz, $8::timestamptz)`,
  );
  const remove = query('api_key_remove', `delete from ${table} where id = $1 returning ${columns}`);
  const recordUses = query(
    'api_key_uses',
    `
    update ${table} as key set last_used_at = greatest(key.last_used_at, used.at)
    from jsonb_to_recordset($1::jsonb) as used (id text, at timestamptz) where key.id = used.id`,
  );
  const listeners = new Set<(digest: string) => void>();

  return {
    ready: () => requireTables(orm, [AuthApiKey]),
    async find(digest) {
      const [row] = await find(digest);
      return row === undefined ? undefined : keyOfRow(row);
    },
    async insert({ id, digest, clientId, name, scopes, epoch, createdAt, expiresAt }) {
      const times = [createdAt.toISOString(), expiresAt?.toISOString() ?? null];
      await insert(id, digest, clientId, name, scopes === undefined ? null : JSON.stringify(scopes), epoch, ...times);
    },
    async list(clientId) {
      return (await list(clientId)).map(keyOfRow);
    },
    async remove(id) {
      const [row] = await remove(id);
      if (row === undefined) return undefined;
      const key = keyOfRow(row);
      for (const listener of listeners) listener(key.digest);
      return key;
    },
    async recordUses(uses) {
      await recordUses(JSON.stringify(uses));
    },
    onRemove(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function keyOfRow(row: NativeRow): StoredApiKey {
  const { scopes, expires_at: expiresAt, last_used_at: lastUsedAt } = row;
  return Object.freeze({
    id: String(row.id),
    digest: String(row.digest),
    clientId: String(row.client_id),
    name: String(row.name),
    epoch: Number(row.epoch),
    createdAt: new Date(Number(row.created_at)),
    ...(typeof scopes === 'string' ? { scopes: JSON.parse(scopes) as string[] } : {}),
    ...(typeof expiresAt === 'number' ? { expiresAt: new Date(expiresAt) } : {}),
    ...(typeof lastUsedAt === 'number' ? { lastUsedAt: new Date(lastUsedAt) } : {}),
  });
}
