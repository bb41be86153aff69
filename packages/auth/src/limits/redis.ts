import { hash, randomBytes } from 'node:crypto';
import { available } from '../lib/available.ts';
import { decisionAfter, type RateDecision, type RateLimiter, type RateRule } from './rate-limiter.ts';
import { type RedisClient, redisScript } from './redis-client.ts';
import { borrowedRedis, ownRedis } from './redis-connection.ts';

interface RedisSettings {
  /** What the names of its keys begin with: `sallyport:rate:` when not said. */
  readonly prefix?: string;
  /** After how long Redis counts as not reachable, in milliseconds. 1000. */
  readonly timeoutMs?: number;
}

/** A client that is yours to open and close, of node-redis or ioredis; or an address, for which `redis` is needed. */
export type RedisRateLimiterOptions = RedisSettings & ({ readonly client: RedisClient } | { readonly url: string });

export interface RedisRateLimiter extends RateLimiter {
  /** Closes the connection that the limiter has opened itself. */
  close(): Promise<void>;
}

// One sorted set a key: the times of its hits. What `redis-server` says of the time is not asked: the caller's `now`
// decides, as in the other limiters. ARGV: take or peek, now, a name for this hit, then limit and window of each rule.
const script = redisScript(`
local key, now = KEYS[1], tonumber(ARGV[2])
local wait, longest, most = 0, 0, 0
for at = 4, #ARGV, 2 do
  local limit, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  longest, most = math.max(longest, window), math.max(most, limit)
  -- The one that has to leave the window before the next may come.
  local nth = redis.call('ZREVRANGE', key, limit - 1, limit - 1, 'WITHSCORES')
  if nth[2] then wait = math.max(wait, tonumber(nth[2]) + window - now) end
end
if ARGV[1] == 'take' and wait <= 0 then
  redis.call('ZADD', key, now, ARGV[3])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest)
  redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
  redis.call('PEXPIRE', key, longest)
end
return wait`);

/**
 * A limiter that all processes with one Redis (or Valkey) share. Each call is one Lua script, so it is atomic; its keys
 * expire. When Redis cannot be reached, calls are refused rather than not counted, and go on by themselves when it is
 * back. Give a client of your own a bounded or no offline queue: what it keeps back is counted when it is sent.
 *
 * @throws ConfigurationError for an address that cannot be read, or without the package `redis`; each call rejects with
 * SallyportError `unavailable` (SECURITY 1.10)
 * @see docs/reference/services.md
 */
export async function createRedisRateLimiter(options: RedisRateLimiterOptions): Promise<RedisRateLimiter> {
  const { prefix = 'sallyport:rate:', timeoutMs = 1000 } = options;
  const redis = 'client' in options ? borrowedRedis(options.client, timeoutMs) : await ownRedis(options.url, timeoutMs);

  const ask =
    (what: 'take' | 'peek') =>
    (key: string, rules: readonly RateRule[], now: Date): Promise<RateDecision> =>
      available(async () => {
        const hit = what === 'take' ? randomBytes(9).toString('base64url') : '';
        const values = [what, now.getTime(), hit, ...rules.flatMap((rule) => [rule.limit, rule.windowSeconds * 1000])];
        const wait = await redis.use((client) => script(client, prefix + bounded(key), values.map(String)));
        if (typeof wait !== 'number' && typeof wait !== 'string') throw new Error('Redis answered with no number');
        if (!Number.isFinite(Number(wait))) throw new Error('Redis answered with no number');
        return decisionAfter(Number(wait));
      });

  return { take: ask('take'), peek: ask('peek'), close: () => redis.close() };
}

const digestMark = 'sha256:';

/** A key as it is, or by its digest when it is long (or looks like a digest, so that the two never meet). */
function bounded(key: string): string {
  if (key.length <= 128 && !key.startsWith(digestMark)) return key;
  return digestMark + hash('sha256', key, 'base64url');
}
