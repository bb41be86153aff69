import { requireTables } from '@sallyport/core';
import { nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import { accountColumns, accountOfRow } from './account-store.ts';
import { AuthAccount, AuthSession } from './entities.ts';
import type { SessionStore } from './session-store.ts';

const milliseconds = (column: string) => `(extract(epoch from session.${column}) * 1000)::float8 as ${column}`;

/**
 * Sessions in {@link AuthSession}. When {@link AuthAccount} is the application's table of accounts too, `withAccounts`
 * lets one query answer a session and its account.
 */
export function createSessionStore(
  orm: SqlOrm,
  options: { readonly withAccounts?: boolean } = {},
): Required<SessionStore> {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthSession);
  const withAccounts = options.withAccounts ?? false;
  const insert = query(
    'session_insert',
    `
    insert into ${table} (digest, account_id, epoch, created_at, last_seen_at, idle_expires_at, expires_at)
    values ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7::timestamptz)`,
  );
  // A statement of its own: of logins at the same time, the last one sees all the others.
  const prune = query(
    'session_prune',
    `
    delete from ${table} where digest in (
      select digest from ${table} where account_id = $1 and digest <> $2
      order by last_seen_at desc, created_at desc, digest offset $3::int)`,
  );
  const times = ['created_at', 'last_seen_at', 'idle_expires_at', 'expires_at'].map(milliseconds).join(', ');
  const join = withAccounts
    ? `left join ${tableOf(orm, AuthAccount)} as account on account.id = session.account_id`
    : '';
  const find = query(
    'session_find',
    `
    select session.digest, session.account_id, session.epoch, ${times}${withAccounts ? `, ${accountColumns}` : ''}
    from ${table} as session ${join} where session.digest = $1`,
  );
  const touch = query(
    'session_touch',
    `
    update ${table} set last_seen_at = $2::timestamptz, idle_expires_at = least($3::timestamptz, expires_at)
    where digest = $1 and idle_expires_at > $2::timestamptz and last_seen_at < $2::timestamptz`,
  );
  const remove = query('session_remove', `delete from ${table} where digest = $1`);
  const removeOfAccount = query('session_remove_account', `delete from ${table} where account_id = $1`);
  const removeExpired = query('session_sweep', `delete from ${table} where idle_expires_at <= $1::timestamptz`);

  return {
    ready: () => requireTables(orm, withAccounts ? [AuthSession, AuthAccount] : [AuthSession]),
    async insert({ digest, accountId, epoch, ...at }, most) {
      const stamps = [at.createdAt, at.lastSeenAt, at.idleExpiresAt, at.expiresAt].map((time) => time.toISOString());
      await insert(digest, accountId, epoch, ...stamps);
      await prune(accountId, digest, Math.max(0, most - 1));
    },
    async find(digest) {
      const [row] = await find(digest);
      if (row === undefined) return undefined;
      return {
        digest: String(row.digest),
        accountId: String(row.account_id),
        epoch: Number(row.epoch),
        createdAt: new Date(Number(row.created_at)),
        lastSeenAt: new Date(Number(row.last_seen_at)),
        idleExpiresAt: new Date(Number(row.idle_expires_at)),
        expiresAt: new Date(Number(row.expires_at)),
        ...(withAccounts && typeof row.account === 'string' ? { account: accountOfRow(row) } : {}),
      };
    },
    async touch(digest, lastSeenAt, idleExpiresAt) {
      await touch(digest, lastSeenAt.toISOString(), idleExpiresAt.toISOString());
    },
    async remove(digest) {
      await remove(digest);
    },
    async removeOfAccount(accountId) {
      await removeOfAccount(accountId);
    },
    async removeExpired(now) {
      await removeExpired(now.toISOString());
    },
  };
}
