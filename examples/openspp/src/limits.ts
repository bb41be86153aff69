import type { MikroORM } from '@mikro-orm/core';
import { createMemoryRateLimiter, createRedisRateLimiter, createSqlRateLimiter, type SqlOrm } from '@sallyport/auth';
import type { Logger, Plugin, RateLimiter } from '@sallyport/core';
import { rateLimit } from '@sallyport/plugins/rate-limit';
import { usualCallLimits } from './entities/index.ts';

/** What counts: token requests in the exact sliding windows of contract §3.5, other calls in fixed ones (§3.6). */
export interface Limiters {
  readonly tokens: RateLimiter;
  readonly calls: RateLimiter;
}

/** Limiters of this process or, where the database is shared, of all processes over it. */
export function databaseLimiters(orm: MikroORM, shared: boolean, log: Logger): Limiters {
  if (!shared) return { tokens: createMemoryRateLimiter({ window: 'sliding' }), calls: createMemoryRateLimiter() };
  // MikroORM's SQL drivers are the only ones that this example opens.
  const sql = orm as unknown as SqlOrm;
  return {
    tokens: createSqlRateLimiter(sql, { window: 'sliding', insurance: { log } }),
    calls: createSqlRateLimiter(sql, { insurance: { log } }),
  };
}

/**
 * Limiters of all processes with one Redis; while it is away each process counts for itself, more strictly.
 *
 * @param prefix what all keys begin with, so that several systems can share a Redis
 */
export async function redisLimiters(
  url: string,
  prefix: string,
  log: Logger,
): Promise<Limiters & { close(): Promise<void> }> {
  const insurance = { log };
  const tokens = await createRedisRateLimiter({ url, prefix: `${prefix}rate:`, window: 'sliding', insurance });
  const calls = await createRedisRateLimiter({ url, prefix: `${prefix}calls:`, insurance });
  return { tokens, calls, close: async () => void (await Promise.all([tokens.close(), calls.close()])) };
}

/** The general limit (contract §3.6): each client by its own columns, told on every authenticated response. */
export function callLimits(limiter: RateLimiter): Plugin {
  return rateLimit({ limiter, ...usualCallLimits, network: false, headers: ['X-RateLimit'] });
}
