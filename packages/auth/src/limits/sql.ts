import { nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import { AuthRate } from './entities.ts';
import { decisionAfter, type RateDecision, type RateLimiter, type RateRule } from './rate-limiter.ts';

const sweepEveryMs = 600_000;

/**
 * A limiter that all processes over one PostgreSQL share. Each `take` is one atomic statement: the row's lock puts
 * simultaneous calls of one key in order. Needs {@link AuthRate} among the ORM's entities.
 */
export function createSqlRateLimiter(orm: SqlOrm): RateLimiter {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthRate);
  // $2 now, $3 limits, $4 windows. Each rule waits until its `limit`-th newest hit leaves the window.
  const wait = (hits: string): string => `
    coalesce((select max(nth.hit + rule.span) - $2::bigint
      from unnest($3::int[], $4::bigint[]) as rule(most, span)
      cross join lateral (
        select hit from unnest(${hits}) as one(hit) order by hit desc offset rule.most - 1 limit 1
      ) as nth
      where nth.hit + rule.span > $2::bigint), 0)`;
  const take = query(
    'rate_take',
    `
    insert into ${table} as counted (key, hits, wait, expires_at)
    values ($1, array[$2::bigint], 0, $2::bigint + $5::bigint)
    on conflict (key) do update set (hits, wait, expires_at) = (
      select
        case when due.wait > 0 then counted.hits else array(
          select hit from unnest(counted.hits || $2::bigint) as one(hit)
          where hit > $2::bigint - $5::bigint order by hit
        ) end,
        due.wait,
        case when due.wait > 0 then counted.expires_at else $2::bigint + $5::bigint end
      from (select ${wait('counted.hits')} as wait) as due
    )
    returning wait::float8 as wait`,
  );
  const peek = query(
    'rate_peek',
    `select ${wait('counted.hits')}::float8 as wait from ${table} as counted where counted.key = $1`,
  );
  const sweep = query('rate_sweep', `delete from ${table} where expires_at < $1::bigint`);
  let swept = 0;

  const decide = (rows: readonly Readonly<Record<string, unknown>>[]): RateDecision =>
    decisionAfter(Number(rows[0]?.wait ?? 0));
  const values = (key: string, rules: readonly RateRule[], now: Date): unknown[] => [
    key,
    now.getTime(),
    rules.map((rule) => rule.limit),
    rules.map((rule) => rule.windowSeconds * 1000),
  ];

  return {
    async take(key, rules, now) {
      const longest = Math.max(...rules.map((rule) => rule.windowSeconds * 1000));
      const decision = decide(await take(...values(key, rules, now), longest));
      if (now.getTime() - swept > sweepEveryMs) {
        swept = now.getTime();
        await sweep(now.getTime());
      }
      return decision;
    },
    peek: async (key, rules, now) => decide(await peek(...values(key, rules, now))),
  };
}
