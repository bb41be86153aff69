import type { RateLimiter } from '@sallyport/core';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { available } from '../lib/available.ts';
import type { RateWindow } from './decision.ts';
import { countingOnly, type FlexibleEngine, flexibleRateLimiter } from './flexible.ts';
import { type Insurance, insuredRateLimiter } from './insured.ts';
import { isNodeRedis, type RedisClient } from './redis-client.ts';
import { borrowedRedis, ownRedis, type RedisConnection } from './redis-connection.ts';
import { slidingRedis } from './sliding-redis.ts';

interface RedisSettings {
  /** What the names of its keys begin with: `sallyport:rate:` when not said. */
  readonly prefix?: string;
  /** After how long Redis counts as not reachable, in milliseconds. 1000. */
  readonly timeoutMs?: number;
  /** `fixed` when not said. */
  readonly window?: RateWindow;
  /** What counts while Redis is away; `false`: nothing does, and calls are refused with 503. */
  readonly insurance?: Insurance | false;
}

/** A client that is yours to open and close, of node-redis or ioredis; or an address, for which `redis` is needed. */
export type RedisRateLimiterOptions = RedisSettings & ({ readonly client: RedisClient } | { readonly url: string });

export interface RedisRateLimiter extends RateLimiter {
  /** Closes the connection that the limiter has opened itself. */
  close(): Promise<void>;
}

/**
 * A limiter that all processes with one Redis (or Valkey) share. Each count is one Lua script, so it is atomic; its keys
 * expire. Give a client of your own a bounded or no offline queue: what it keeps back is counted when it is sent.
 *
 * @throws ConfigurationError for an address that cannot be read, or without the package `redis`; without insurance each
 * call rejects with SallyportError `unavailable` while Redis is away (SECURITY 1.10)
 * @see docs/guides/limits.md
 */
export async function createRedisRateLimiter(options: RedisRateLimiterOptions): Promise<RedisRateLimiter> {
  const { prefix = 'sallyport:rate:', timeoutMs = 1000, window = 'fixed', insurance = {} } = options;
  const redis = 'client' in options ? borrowedRedis(options.client, timeoutMs) : await ownRedis(options.url, timeoutMs);
  const plain = window === 'sliding' ? slidingRedis(redis, prefix) : flexibleRateLimiter(redisEngine(redis, prefix));
  const limiter = insurance === false ? refusing(plain) : insuredRateLimiter(plain, { window, ...insurance });
  return { ...limiter, close: () => redis.close() };
}

function refusing(limiter: RateLimiter): RateLimiter {
  return {
    take: (...call) => available(() => limiter.take(...call)),
    peek: (...call) => available(() => limiter.peek(...call)),
    clear: (...call) => available(() => limiter.clear(...call)),
  };
}

/** The library over whichever client the connection has at the moment. */
function redisEngine(redis: RedisConnection, keyPrefix: string): FlexibleEngine {
  const engines = new WeakMap<RedisClient, RateLimiterRedis>();
  const engineOf = (client: RedisClient): RateLimiterRedis => {
    let engine = engines.get(client);
    if (engine === undefined) {
      engine = new RateLimiterRedis({
        ...countingOnly,
        storeClient: client,
        useRedisPackage: isNodeRedis(client),
        // The library puts a colon behind it.
        keyPrefix: keyPrefix.replace(/:$/, ''),
      });
      engines.set(client, engine);
    }
    return engine;
  };
  return {
    consume: (key, points, given) => redis.use((client) => engineOf(client).consume(key, points, given)),
    reward: (key, points, given) => redis.use((client) => engineOf(client).reward(key, points, given)),
    get: (key) => redis.use((client) => engineOf(client).get(key)),
    delete: (key) => redis.use((client) => engineOf(client).delete(key)),
  };
}
