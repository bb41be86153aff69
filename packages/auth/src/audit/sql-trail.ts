import { requireTables } from '@sallyport/core';
import { nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import type { AuthAuditTrail } from './audit-trail.ts';
import { AuthEventEntry } from './entities.ts';

/**
 * Keeps events in {@link AuthEventEntry}, one insert each, outside of any transaction of the caller's.
 *
 * @throws from `record`, when the database does not take the event: what it is about is then refused
 */
export function createSqlAuditTrail(orm: SqlOrm): AuthAuditTrail {
  const insert = nativeQuery(orm)(
    'auth_event',
    `
    insert into ${tableOf(orm, AuthEventEntry)} (at, type, outcome, client_id, account_id, facts)
    values ($1::timestamptz, $2, $3, $4, $5, $6::jsonb)`,
  );
  return {
    ready: () => requireTables(orm, [AuthEventEntry]),
    async record({ at, type, outcome, clientId, accountId, ...facts }) {
      await insert(at.toISOString(), type, outcome, clientId ?? null, accountId ?? null, JSON.stringify(facts));
    },
  };
}
