import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { rateLimiterSuite } from '../../test-support/rate-limiter-suite.ts';
import { type RedisRoad, redisRoad, testRedisUrl } from '../../test-support/redis.ts';
import { createRedisRateLimiter, type RedisRateLimiter } from './redis.ts';

const url = testRedisUrl();
const one = [{ limit: 1, windowSeconds: 60 }];
const unavailable = { code: 'unavailable', status: 503, headers: { 'Retry-After': '5' } };

/** Removes what a test has counted. */
async function forget(at: string, prefix: string): Promise<void> {
  const redis = new Redis(at);
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

if (url !== undefined) {
  rateLimiterSuite('Redis by its address', async () => {
    const prefix = `sallyport-test:${randomUUID()}:`;
    const limiter = await createRedisRateLimiter({ url, prefix });
    const other = await createRedisRateLimiter({ url, prefix });
    return {
      limiter,
      other,
      async close() {
        await Promise.all([limiter.close(), other.close()]);
        await forget(url, prefix);
      },
    };
  });

  rateLimiterSuite('Redis by clients of node-redis and ioredis', async () => {
    const prefix = `sallyport-test:${randomUUID()}:`;
    const nodeRedis = await createClient({ url }).connect();
    const ioRedis = new Redis(url);
    return {
      limiter: await createRedisRateLimiter({ client: nodeRedis, prefix }),
      other: await createRedisRateLimiter({ client: ioRedis, prefix }),
      async close() {
        nodeRedis.destroy();
        ioRedis.disconnect();
        await forget(url, prefix);
      },
    };
  });

  describe('Redis', () => {
    const prefix = `sallyport-test:${randomUUID()}:`;
    let redis: Redis;
    let road: RedisRoad;
    let limiter: RedisRateLimiter;
    beforeAll(async () => {
      redis = new Redis(url);
      road = await redisRoad(url);
      limiter = await createRedisRateLimiter({ url: road.url, prefix, timeoutMs: 300 });
    });
    afterAll(async () => {
      await limiter.close();
      await road.close();
      redis.disconnect();
      await forget(url, prefix);
    });

    it('lets its keys expire, and keeps no more than the rules look back at', async () => {
      const rules = [{ limit: 3, windowSeconds: 60 }];
      for (let minute = 0; minute < 10; minute += 1) await limiter.take('expires', rules, later(minute * 30));
      expect(await redis.zcard(`${prefix}expires`)).toBe(2);
      expect(await redis.pttl(`${prefix}expires`)).toBeGreaterThan(50_000);
      expect(await redis.pttl(`${prefix}expires`)).toBeLessThanOrEqual(60_000);
      await limiter.peek('only asked', rules, start);
      expect(await redis.exists(`${prefix}only asked`)).toBe(0);
    });

    it('bounds the names of its keys', async () => {
      await limiter.take('x'.repeat(100_000), one, start);
      const names = await redis.keys(`${prefix}*`);
      expect(Math.max(...names.map((name) => name.length))).toBeLessThan(prefix.length + 129);
    });

    it('refuses when the answer is an error, and keeps the connection', async () => {
      await redis.set(`${prefix}taken`, 'text', 'EX', 60);
      await expect(limiter.take('taken', one, start)).rejects.toMatchObject(unavailable);
      expect((await limiter.take('free', one, start)).allowed).toBe(true);
    });

    it.each(['refuse', 'hang'] as const)('is unavailable soon, and then serves again by itself (%s)', async (how) => {
      await limiter.take(how, one, start);
      road.set(how);
      for (let turn = 0; turn < 5; turn += 1) {
        const before = performance.now();
        await expect(limiter.take(how, one, start)).rejects.toMatchObject(unavailable);
        expect(performance.now() - before).toBeLessThan(900);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      road.set('open');
      const peek = () => limiter.peek(how, one, start).catch(() => undefined);
      await vi.waitFor(async () => expect(await peek()).toEqual({ allowed: false, retryAfterSeconds: 60 }), 5000);
    });

    it('starts before Redis does', async () => {
      road.set('refuse');
      const early = await createRedisRateLimiter({ url: road.url, prefix, timeoutMs: 300 });
      await expect(early.take('early', one, start)).rejects.toMatchObject(unavailable);
      road.set('open');
      await vi.waitFor(async () => expect((await early.peek('early', one, start)).allowed).toBe(true), 5000);
      await early.close();
      await expect(early.peek('early', one, start)).rejects.toMatchObject(unavailable);
    });

    it('does not wait for a client that does', async () => {
      const waiting = await createClient({ url: road.url })
        .on('error', () => {})
        .connect();
      const borrowing = await createRedisRateLimiter({ client: waiting, prefix, timeoutMs: 200 });
      expect((await borrowing.peek('waits', one, start)).allowed).toBe(true);
      road.set('refuse');
      await vi.waitFor(() => expect(waiting.isReady).toBe(false), 5000);
      await expect(borrowing.take('waits', one, start)).rejects.toMatchObject(unavailable);
      road.set('open');
      await borrowing.close();
      expect(waiting.isOpen).toBe(true);
      waiting.destroy();
    });
  });
}

it('sends the whole script to a server that does not know it', async () => {
  const evalSha = vi.fn(async () => Promise.reject(new Error('NOSCRIPT No matching script.')));
  const whole = vi.fn(async () => 1500);
  const limiter = await createRedisRateLimiter({ client: { eval: whole, evalSha } });
  expect(await limiter.peek('a', one, start)).toEqual({ allowed: false, retryAfterSeconds: 2 });
  expect([evalSha.mock.calls.length, whole.mock.calls.length]).toEqual([1, 1]);
});

it('refuses what is not an answer', async () => {
  const answer = vi.fn(async () => null);
  const limiter = await createRedisRateLimiter({ client: { eval: answer, evalSha: answer } });
  await expect(limiter.take('a', one, start)).rejects.toMatchObject(unavailable);
});

it('stops the start at an address that it cannot read, without repeating it', async () => {
  const wrong = createRedisRateLimiter({ url: 'http://user:hidden@localhost' });
  await expect(wrong).rejects.toMatchObject({ name: 'ConfigurationError', path: 'createRedisRateLimiter.url' });
  await expect(wrong).rejects.not.toThrow(/hidden/);
});

it('demands a Redis to test with where CI is true', () => {
  expect(() => testRedisUrl({ CI: 'true' })).toThrow(/TEST_REDIS_URL/);
  expect(testRedisUrl({ CI: 'true', TEST_REDIS_URL: 'redis://x' })).toBe('redis://x');
});
