import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { fixedWindowSuite, type OpenTestLimiter, slidingWindowSuite } from '../../test-support/rate-limiter-suite.ts';
import { type StoreRoad, storeRoad, testRedisUrl } from '../../test-support/redis.ts';
import type { RateWindow } from './decision.ts';
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
  const byAddress =
    (window: RateWindow): OpenTestLimiter =>
    async () => {
      const prefix = `sallyport-test:${randomUUID()}:`;
      const options = { url, prefix, window, insurance: false } as const;
      const [limiter, other] = [await createRedisRateLimiter(options), await createRedisRateLimiter(options)];
      return {
        limiter,
        other,
        async close() {
          await Promise.all([limiter.close(), other.close()]);
          await forget(url, prefix);
        },
      };
    };
  const byClients =
    (window: RateWindow): OpenTestLimiter =>
    async () => {
      const prefix = `sallyport-test:${randomUUID()}:`;
      const options = { prefix, window, insurance: false } as const;
      const nodeRedis = await createClient({ url }).connect();
      const ioRedis = new Redis(url);
      return {
        limiter: await createRedisRateLimiter({ client: nodeRedis, ...options }),
        other: await createRedisRateLimiter({ client: ioRedis, ...options }),
        async close() {
          nodeRedis.destroy();
          ioRedis.disconnect();
          await forget(url, prefix);
        },
      };
    };
  for (const [name, open] of [
    ['by its address', byAddress],
    ['by clients of node-redis and ioredis', byClients],
  ] as const) {
    fixedWindowSuite(`Redis ${name}`, open('fixed'));
    slidingWindowSuite(`Redis ${name}`, open('sliding'));
  }

  describe.each(['fixed', 'sliding'] as const)('Redis, %s windows, without insurance', (window) => {
    const prefix = `sallyport-test:${randomUUID()}:`;
    let redis: Redis;
    let road: StoreRoad;
    let limiter: RedisRateLimiter;
    beforeAll(async () => {
      redis = new Redis(url);
      road = await storeRoad(url);
      limiter = await createRedisRateLimiter({ url: road.url, prefix, timeoutMs: 300, window, insurance: false });
    });
    afterAll(async () => {
      await limiter.close();
      await road.close();
      redis.disconnect();
      await forget(url, prefix);
    });

    it('lets its keys expire', async () => {
      const rules = [{ limit: 3, windowSeconds: 60 }];
      for (let minute = 0; minute < 10; minute += 1) await limiter.take('expires', rules, later(minute * 30));
      await limiter.peek('only asked', rules, start);
      const names = await redis.keys(`${prefix}*`);
      expect(names).toEqual([window === 'fixed' ? `${prefix}60:expires` : `${prefix}expires`]);
      // No more than the rules look back at.
      if (window === 'sliding') expect(await redis.zcard(`${prefix}expires`)).toBe(2);
      const lives = await redis.pttl(names[0] ?? '');
      expect(lives).toBeGreaterThan(50_000);
      expect(lives).toBeLessThanOrEqual(60_000);
    });

    it('bounds the names of its keys', async () => {
      await limiter.take('x'.repeat(100_000), one, start);
      const names = await redis.keys(`${prefix}*`);
      expect(Math.max(...names.map((name) => name.length))).toBeLessThan(prefix.length + 129);
    });

    it('refuses when the answer is an error, and keeps the connection', async () => {
      await redis.set(`${prefix}${window === 'fixed' ? '60:' : ''}taken`, 'text', 'EX', 60);
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
      await vi.waitFor(async () => expect((await peek())?.allowed).toBe(false), 5000);
    });

    it('starts before Redis does', async () => {
      road.set('refuse');
      const early = await createRedisRateLimiter({
        url: road.url,
        prefix,
        timeoutMs: 300,
        window,
        insurance: false,
      });
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
      const borrowing = await createRedisRateLimiter({
        client: waiting,
        prefix,
        timeoutMs: 200,
        window,
        insurance: false,
      });
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

const unused = { multi: () => ({}), del: async () => 0 };

it('sends the whole script to a server that does not know it', async () => {
  const evalSha = vi.fn(async () => Promise.reject(new Error('NOSCRIPT No matching script.')));
  const whole = vi.fn(async () => [1500, 1, start.getTime()]);
  const client = { ...unused, eval: whole, evalSha };
  const limiter = await createRedisRateLimiter({ client, window: 'sliding', insurance: false });
  expect(await limiter.peek('a', one, start)).toMatchObject({ allowed: false, retryAfterSeconds: 2 });
  expect([evalSha.mock.calls.length, whole.mock.calls.length]).toEqual([1, 1]);
});

it.each(['fixed', 'sliding'] as const)('refuses what is not an answer (%s)', async (window) => {
  const answer = vi.fn(async () => ['?', '?']);
  const client = { ...unused, eval: answer, evalSha: answer };
  const limiter = await createRedisRateLimiter({ client, window, insurance: false });
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
