import { randomBytes } from 'node:crypto';
import type { RateDecision, RateLimiter, RateRule } from '@sallyport/core';
import { decisionOf, pointsOf, storedKey } from './decision.ts';
import { redisScript } from './redis-client.ts';
import type { RedisConnection } from './redis-connection.ts';

// One sorted set a key: the times of its hits. What `redis-server` says of the time is not asked: the caller's `now`
// decides, as in the other sliding windows. ARGV: points to take (0 to look), points to judge by, now, a name for this
// call's hits, then limit and window of each rule. Answers the wait, then use and oldest hit of each rule.
const script = redisScript(`
local key, taken, points, now = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait, longest, most = 0, 0, 0
for at = 5, #ARGV, 2 do
  local limit, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  longest, most = math.max(longest, window), math.max(most, limit)
  -- The one that has to leave the window before the next may come.
  local nth = redis.call('ZREVRANGE', key, limit - points, limit - points, 'WITHSCORES')
  if nth[2] then wait = math.max(wait, tonumber(nth[2]) + window - now) end
end
if taken > 0 and wait <= 0 then
  for hit = 1, taken do redis.call('ZADD', key, now, ARGV[4] .. hit) end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest)
  redis.call('ZREMRANGEBYRANK', key, 0, -most - 1)
  redis.call('PEXPIRE', key, longest)
end
local answer = { wait }
for at = 5, #ARGV, 2 do
  local since = '(' .. (now - tonumber(ARGV[at + 1]))
  local oldest = redis.call('ZRANGEBYSCORE', key, since, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  table.insert(answer, redis.call('ZCOUNT', key, since, '+inf'))
  table.insert(answer, tonumber(oldest[2] or 0))
end
return answer`);

/** The exact sliding window over Redis. */
export function slidingRedis(redis: RedisConnection, prefix: string): RateLimiter {
  const ask = async (key: string, rules: readonly RateRule[], now: Date, taken: number): Promise<RateDecision> => {
    const hits = taken > 0 ? randomBytes(9).toString('base64url') : '';
    const asked = rules.flatMap((rule) => [rule.limit, rule.windowSeconds * 1000]);
    const values = [taken, Math.max(taken, 1), now.getTime(), hits, ...asked].map(String);
    return decide(await redis.use((client) => script(client, prefix + storedKey(key), values)), rules, now);
  };
  return {
    take: (key, rules, now, cost = 1) => ask(key, rules, now, pointsOf(cost, rules)),
    peek: (key, rules, now) => ask(key, rules, now, 0),
    async clear(key) {
      await redis.use((client) => client.del(prefix + storedKey(key)));
    },
  };
}

function decide(answer: unknown, rules: readonly RateRule[], now: Date): RateDecision {
  const numbers = Array.isArray(answer) ? answer.map(Number) : [];
  if (numbers.length !== 1 + 2 * rules.length || !numbers.every(Number.isFinite)) {
    throw new Error('Redis answered with no numbers');
  }
  const [wait = 0, ...rest] = numbers;
  return decisionOf(
    wait,
    rules.map((rule, index) => {
      const [used = 0, oldest = 0] = rest.slice(2 * index);
      return { rule, used, resetMs: oldest + rule.windowSeconds * 1000 - now.getTime() };
    }),
  );
}
