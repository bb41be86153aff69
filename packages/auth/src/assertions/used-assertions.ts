import { type Readiness, requireTables } from '@sallyport/core';
import { nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import { AuthUsedAssertion } from './entities.ts';

/** Remembers assertions until they have expired, so that each is good for once (RFC 7523 section 3, R49). */
export interface UsedAssertions extends Readiness {
  /**
   * Notes an assertion as used: `true` for the first that asks, and for nobody else, however many ask at once. Rejects
   * when it cannot tell: not reachable is not "not used".
   *
   * @param digest of the client and the `jti`
   */
  use(digest: string, expiresAt: Date, now: Date): boolean | Promise<boolean>;
}

/** Used assertions of one process. They are never dropped before they have expired. */
export function createMemoryUsedAssertions(): UsedAssertions {
  const used = new Map<string, number>();
  let sweepAt = 1024;
  return {
    use(digest, expiresAt, now) {
      if (used.has(digest)) return false;
      used.set(digest, expiresAt.getTime());
      if (used.size >= sweepAt) {
        for (const [key, until] of used) if (until <= now.getTime()) used.delete(key);
        sweepAt = Math.max(1024, used.size * 2);
      }
      return true;
    },
  };
}

const sweepEveryMs = 60_000;

/** Used assertions in {@link AuthUsedAssertion}, for all processes over one database; one statement for each use. */
export function createUsedAssertions(orm: SqlOrm): UsedAssertions {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthUsedAssertion);
  // The unique index decides: of two inserts at once, one waits for the other and then answers no row.
  const insert = query(
    'assertion_use',
    `
    insert into ${table} (digest, expires_at) values ($1, $2::timestamptz)
    on conflict (digest) do nothing returning digest`,
  );
  const sweep = query('assertion_sweep', `delete from ${table} where expires_at <= $1::timestamptz`);
  let swept = 0;
  return {
    ready: () => requireTables(orm, [AuthUsedAssertion]),
    async use(digest, expiresAt, now) {
      // Before the insert: what fails here has not used the assertion up.
      if (Math.abs(now.getTime() - swept) > sweepEveryMs) {
        await sweep(now.toISOString());
        swept = now.getTime();
      }
      return (await insert(digest, expiresAt.toISOString())).length === 1;
    },
  };
}
