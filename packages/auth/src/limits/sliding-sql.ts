import type { RateDecision, RateLimiter, RateRule } from '@sallyport/core';
import { type NativeRow, nativeQuery, type SqlOrm, tableOf } from '../lib/native-query.ts';
import { decisionOf, pointsOf, storedKey } from './decision.ts';
import { AuthRate } from './entities.ts';
import { sweeper } from './sweeper.ts';

/** The exact sliding window over PostgreSQL: the times of what was counted, in one row a key. */
export function slidingSql(orm: SqlOrm): RateLimiter {
  const query = nativeQuery(orm);
  const table = tableOf(orm, AuthRate);
  // $2 now, $3 limits, $4 windows, $5 points. Each rule waits until enough of the newest hits have left the window.
  const wait = (hits: string): string => `
    coalesce((select max(nth.hit + rule.span) - $2::bigint
      from unnest($3::int[], $4::bigint[]) as rule(most, span)
      cross join lateral (
        select hit from unnest(${hits}) as one(hit) order by hit desc offset rule.most - $5::int limit 1
      ) as nth
      where nth.hit + rule.span > $2::bigint), 0)`;
  // Of each rule: how many hits its window holds, and the oldest of them.
  const states = `(
    select json_agg(json_build_array(held.used, held.oldest) order by rule.place)
    from unnest($4::bigint[]) with ordinality as rule(span, place)
    cross join lateral (
      select count(*) as used, min(hit) as oldest from unnest(counted.hits) as one(hit) where hit + rule.span > $2::bigint
    ) as held)::text as states`;
  const take = query(
    'rate_take',
    `
    insert into ${table} as counted (key, hits, wait, expires_at)
    values ($1, array_fill($2::bigint, array[$5::int]), 0, $2::bigint + $6::bigint)
    on conflict (key) do update set (hits, wait, expires_at) = (
      select
        case when due.wait > 0 then counted.hits else array(
          select hit from unnest(counted.hits || array_fill($2::bigint, array[$5::int])) as one(hit)
          where hit > $2::bigint - $6::bigint order by hit
        ) end,
        due.wait,
        case when due.wait > 0 then counted.expires_at else $2::bigint + $6::bigint end
      from (select ${wait('counted.hits')} as wait) as due
    )
    returning wait::float8 as wait, ${states}`,
  );
  const peek = query(
    'rate_peek',
    `select ${wait('counted.hits')}::float8 as wait, ${states} from ${table} as counted where counted.key = $1`,
  );
  const remove = query('rate_clear', `delete from ${table} where key = $1`);
  const sweep = sweeper(query('rate_sweep', `delete from ${table} where expires_at < $1::bigint`));

  return {
    async take(key, rules, now, cost = 1) {
      const longest = Math.max(...rules.map((rule) => rule.windowSeconds * 1000));
      const decision = decide(await take(...values(key, rules, now, pointsOf(cost, rules)), longest), rules, now);
      await sweep(now.getTime());
      return decision;
    },
    peek: async (key, rules, now) => decide(await peek(...values(key, rules, now, 1)), rules, now),
    async clear(key) {
      await remove(storedKey(key));
    },
  };
}

const values = (key: string, rules: readonly RateRule[], now: Date, points: number): unknown[] => [
  storedKey(key),
  now.getTime(),
  rules.map((rule) => rule.limit),
  rules.map((rule) => rule.windowSeconds * 1000),
  points,
];

function decide(rows: readonly NativeRow[], rules: readonly RateRule[], now: Date): RateDecision {
  const [row] = rows;
  const states = JSON.parse(String(row?.states ?? '[]')) as readonly (readonly [used: number, oldest: number | null])[];
  return decisionOf(
    Number(row?.wait ?? 0),
    rules.map((rule, index) => {
      const [used, oldest] = states[index] ?? [0, null];
      return { rule, used, resetMs: (oldest ?? 0) + rule.windowSeconds * 1000 - now.getTime() };
    }),
  );
}
