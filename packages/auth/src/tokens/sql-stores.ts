import { requireTables } from '@sallyport/core';
import { clientColumns, clientOfRow } from '../clients/client-store.ts';
import { AuthClient } from '../clients/entities.ts';
import { nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import { AuthRevokedToken, AuthToken } from './entities.ts';
import type { RevocationStore } from './revocation.ts';
import type { TokenStore } from './token-store.ts';

/**
 * Opaque tokens in {@link AuthToken}. When {@link AuthClient} is the application's client table too, `withClients` lets
 * one query answer a token and its client.
 */
export function createTokenStore(orm: SqlOrm, options: { readonly withClients?: boolean } = {}): TokenStore {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthToken);
  const withClients = options.withClients ?? false;
  const insert = query(
    'token_insert',
    `
    insert into ${table} (digest, client_id, scopes, epoch, audience, issued_at, expires_at)
    values ($1, $2, $3::jsonb, $4, $5, $6::timestamptz, $7::timestamptz)`,
  );
  const columns = `
    token.digest, token.client_id as token_client_id, token.scopes::text as token_scopes, token.epoch as token_epoch,
    token.audience, (extract(epoch from token.issued_at) * 1000)::float8 as issued_at,
    (extract(epoch from token.expires_at) * 1000)::float8 as expires_at`;
  const join = withClients
    ? `left join ${tableOf(orm, AuthClient)} as client on client.client_id = token.client_id`
    : '';
  const find = query(
    'token_find',
    `
    select ${columns}${withClients ? `, ${clientColumns}` : ''} from ${table} as token ${join} where token.digest = $1`,
  );
  const remove = query('token_remove', `delete from ${table} where digest = $1`);
  const removeExpired = query('token_sweep', `delete from ${table} where expires_at <= $1::timestamptz`);

  return {
    ready: () => requireTables(orm, withClients ? [AuthToken, AuthClient] : [AuthToken]),
    async insert(token) {
      const { digest, clientId, scopes, epoch, audience, issuedAt, expiresAt } = token;
      const times = [issuedAt.toISOString(), expiresAt.toISOString()];
      await insert(digest, clientId, JSON.stringify(scopes), epoch, audience, ...times);
    },
    async find(digest) {
      const [row] = await find(digest);
      if (row === undefined) return undefined;
      return {
        digest: String(row.digest),
        clientId: String(row.token_client_id),
        scopes: JSON.parse(String(row.token_scopes)) as string[],
        epoch: Number(row.token_epoch),
        audience: String(row.audience),
        issuedAt: new Date(Number(row.issued_at)),
        expiresAt: new Date(Number(row.expires_at)),
        ...(withClients && typeof row.client_id === 'string' ? { client: clientOfRow(row) } : {}),
      };
    },
    async remove(digest) {
      await remove(digest);
    },
    async removeExpired(now) {
      await removeExpired(now.toISOString());
    },
  };
}

/** Revoked JWTs in {@link AuthRevokedToken}, for all processes over one database; one indexed query for each use. */
export function createRevocationStore(orm: SqlOrm): RevocationStore {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthRevokedToken);
  const find = query('revoked_find', `select 1 as revoked from ${table} where jti = $1`);
  const insert = query(
    'revoked_insert',
    `
    insert into ${table} (jti, expires_at) values ($1, $2::timestamptz) on conflict (jti) do nothing`,
  );
  const sweep = query('revoked_sweep', `delete from ${table} where expires_at <= $1::timestamptz`);
  return {
    ready: () => requireTables(orm, [AuthRevokedToken]),
    isRevoked: async (jti) => (await find(jti)).length > 0,
    async revoke(jti, expiresAt, now) {
      await insert(jti, expiresAt.toISOString());
      await sweep(now.toISOString());
    },
  };
}
