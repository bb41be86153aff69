import { requireTables } from '@sallyport/core';
import { type NativeRow, nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import type { AccountRecord, AccountStore } from './account.ts';
import { AuthAccount } from './entities.ts';

/** The columns of an account, each a type that every driver gives alike. `account` is the table's alias. */
export const accountColumns = `
  account.id as account, account.login, account.password_hash, account.active, account.scopes::text as account_scopes,
  account.attributes::text as account_attributes, account.epoch as account_epoch`;

/** Looks accounts of {@link AuthAccount} up by one prepared, indexed query. */
export function createAccountStore(orm: SqlOrm): Required<AccountStore> {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthAccount);
  const select = `select ${accountColumns} from ${table} as account`;
  const byLogin = query('account_by_login', `${select} where account.login = $1`);
  const byId = query('account_by_id', `${select} where account.id = $1`);
  const upgrade = query(
    'account_upgrade',
    `update ${table} set password_hash = $3 where id = $1 and password_hash = $2`,
  );
  const recordLogin = query('account_login', `update ${table} set last_login_at = $2::timestamptz where id = $1`);

  return {
    ready: () => requireTables(orm, [AuthAccount]),
    async findByLogin(login) {
      const [row] = await byLogin(login);
      return row === undefined ? undefined : accountOfRow(row);
    },
    async find(id) {
      const [row] = await byId(id);
      return row === undefined ? undefined : accountOfRow(row);
    },
    async upgradePassword(id, from, to) {
      await upgrade(id, from, to);
    },
    async recordLogin(id, at) {
      await recordLogin(id, at.toISOString());
    },
  };
}

/** A row of {@link accountColumns} as a record. */
export function accountOfRow(row: NativeRow): AccountRecord {
  return Object.freeze({
    id: String(row.account),
    login: String(row.login),
    passwordHash: typeof row.password_hash === 'string' ? row.password_hash : undefined,
    active: row.active === true,
    scopes: JSON.parse(String(row.account_scopes)) as string[],
    attributes: Object.freeze(JSON.parse(String(row.account_attributes)) as Record<string, unknown>),
    epoch: Number(row.account_epoch),
  });
}
