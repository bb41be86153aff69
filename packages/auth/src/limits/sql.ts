import { type RateLimiter, requireTables } from '@sallyport/core';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { type NativeStatement, nativeQuery, type SqlOrm, schemaOf, tableOf } from '../lib/native-query.ts';
import { silentStore, within } from '../lib/within.ts';
import type { RateWindow } from './decision.ts';
import { AuthRate, AuthRateCount } from './entities.ts';
import { countingOnly, type FlexibleEngine, flexibleRateLimiter } from './flexible.ts';
import { type Insurance, insuredRateLimiter } from './insured.ts';
import { slidingSql } from './sliding-sql.ts';
import { sweeper } from './sweeper.ts';

export interface SqlRateLimiterOptions {
  /** `fixed` when not said: needs `AuthRateCount` among the ORM's entities, `sliding` needs `AuthRate`. */
  readonly window?: RateWindow;
  /** After how long the database counts as not reachable, in milliseconds. 5000. */
  readonly timeoutMs?: number;
  /** What counts while the database is away; `false`: nothing does, and calls are refused with 503. */
  readonly insurance?: Insurance | false;
}

/**
 * A limiter that all processes over one PostgreSQL share, on the ORM's own connections. Each count is one atomic
 * statement: the row's lock puts simultaneous calls of one key in order. Never ask it inside an open transaction.
 *
 * @see docs/guides/limits.md
 */
export function createSqlRateLimiter(orm: SqlOrm, options: SqlRateLimiterOptions = {}): RateLimiter {
  const { window = 'fixed', timeoutMs = 5000, insurance = {} } = options;
  const limiter = window === 'sliding' ? slidingSql(orm) : flexibleRateLimiter(sqlEngine(orm));
  const timely: RateLimiter = {
    ready: () => requireTables(orm, [window === 'sliding' ? AuthRate : AuthRateCount]),
    take: (...call) => within(timeoutMs, limiter.take(...call), silentStore),
    peek: (...call) => within(timeoutMs, limiter.peek(...call), silentStore),
    clear: (...call) => within(timeoutMs, limiter.clear(...call), silentStore),
  };
  return insurance === false ? timely : insuredRateLimiter(timely, { window, ...insurance });
}

/** The library over the ORM's connections and the entity's table, which migrations make. */
function sqlEngine(orm: SqlOrm): FlexibleEngine {
  const query = nativeQuery(orm);
  const statements = new Map<string, NativeStatement>();
  const { tableName } = orm.getMetadata().get(AuthRateCount);
  const schemaName = schemaOf(orm, AuthRateCount);
  const sweep = sweeper(
    query('rate_count_sweep', `delete from ${tableOf(orm, AuthRateCount)} where expire < $1::bigint`),
  );
  const engine = new RateLimiterPostgres({
    ...countingOnly,
    storeClient: {
      async query({ text, values }: { readonly text: string; readonly values: readonly unknown[] }) {
        let statement = statements.get(text);
        if (statement === undefined) {
          statement = query('rate_count', text);
          statements.set(text, statement);
        }
        const rows = await statement(...values);
        return { rows, rowCount: rows.length };
      },
    },
    storeType: 'client',
    keyPrefix: '',
    tableName,
    ...(schemaName === undefined ? {} : { schemaName }),
    tableCreated: true,
    clearExpiredByTimeout: false,
  });
  return {
    async consume(key, points, given) {
      const counted = await engine.consume(key, points, given);
      // The library's clock, by which its rows expire.
      await sweep(Date.now());
      return counted;
    },
    reward: (key, points, given) => engine.reward(key, points, given),
    get: (key) => engine.get(key),
    delete: (key) => engine.delete(key),
  };
}
