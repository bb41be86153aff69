import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { ConfigurationError, type RateLimiter } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { databases } from '../../test-support/databases.ts';
import { storeRoad, testRedisUrl } from '../../test-support/redis.ts';
import { AuthRate, AuthRateCount } from './entities.ts';
import { insuredRateLimiter } from './insured.ts';
import { createMemoryRateLimiter } from './memory.ts';
import { createRedisRateLimiter } from './redis.ts';
import { createSqlRateLimiter } from './sql.ts';

const rules = [{ limit: 9, windowSeconds: 60 }];

/** A limiter that can be cut off; counts what reaches it. */
function cuttable(): { limiter: RateLimiter; state: { away: boolean; asked: number } } {
  const memory = createMemoryRateLimiter();
  const state = { away: false, asked: 0 };
  const reach = async () => {
    state.asked += 1;
    if (state.away) throw Object.assign(new Error('secret of the store'), { code: 'ECONNREFUSED' });
    return memory;
  };
  return {
    state,
    limiter: {
      take: async (...call) => (await reach()).take(...call),
      peek: async (...call) => (await reach()).peek(...call),
      clear: async (...call) => (await reach()).clear(...call),
    },
  };
}

/** How many of so many calls are allowed. */
async function allowed(limiter: RateLimiter, key: string, calls: number): Promise<number> {
  const decisions = await Promise.all(Array.from({ length: calls }, () => limiter.take(key, rules, start)));
  return decisions.filter((decision) => decision.allowed).length;
}

describe('insurance of a limiter', () => {
  it('counts in memory while the store is away, a third of each limit, and goes back by itself', async () => {
    const { limiter, state } = cuttable();
    const log = memoryLogger();
    const insured = insuredRateLimiter(limiter, { retryMs: 0, log });
    expect(await allowed(insured, 'a', 5)).toBe(5);
    state.away = true;
    expect(await allowed(insured, 'a', 5)).toBe(3);
    expect(await insured.peek('a', rules, start)).toMatchObject({
      allowed: false,
      states: [{ limit: 3, remaining: 0 }],
    });
    await insured.clear('a', rules);
    expect(await allowed(insured, 'a', 5)).toBe(3);
    state.away = false;
    await vi.waitFor(async () => expect((await insured.peek('a', rules, start)).states[0]?.limit).toBe(9));
    // What it knew before is what counts again.
    expect(await allowed(insured, 'a', 9)).toBe(4);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
    expect(JSON.stringify(log.lines)).toContain('ECONNREFUSED');
    expect(JSON.stringify(log.lines)).not.toContain('secret of the store');
  });

  it('is as ready as the store that it stands before', async () => {
    const { limiter } = cuttable();
    await expect(insuredRateLimiter(limiter).ready?.()).resolves.toBeUndefined();
    const unready = {
      ...limiter,
      ready: () => Promise.reject(new ConfigurationError('database', 'there is no table')),
    };
    await expect(insuredRateLimiter(unready).ready?.()).rejects.toThrow('database: there is no table');
  });

  it('tells each outage once', async () => {
    const { limiter, state } = cuttable();
    const log = memoryLogger();
    const insured = insuredRateLimiter(limiter, { retryMs: 0, log });
    for (let outage = 0; outage < 2; outage += 1) {
      state.away = true;
      for (let turn = 0; turn < 5; turn += 1) await insured.take('a', rules, start);
      state.away = false;
      await vi.waitFor(async () => expect((await insured.peek('b', rules, start)).states[0]?.limit).toBe(9));
    }
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info', 'error', 'info']);
  });

  it('leaves a store that is away alone, and lets nobody wait for it', async () => {
    const { limiter, state } = cuttable();
    const log = memoryLogger();
    const insured = insuredRateLimiter(limiter, { retryMs: 60_000, log });
    state.away = true;
    await allowed(insured, 'a', 1);
    expect(await allowed(insured, 'a', 100)).toBe(2);
    expect(state.asked).toBe(1);
  });

  it('cuts limits to the share that is said, and to one at the least', async () => {
    const { limiter, state } = cuttable();
    state.away = true;
    const insured = insuredRateLimiter(limiter, { share: 0.5, log: memoryLogger() });
    expect(await allowed(insured, 'half', 9)).toBe(4);
    const one = [{ limit: 1, windowSeconds: 60 }];
    expect((await insured.take('one', one, start)).allowed).toBe(true);
    expect((await insured.take('one', one, start)).allowed).toBe(false);
  });

  it('slides where the store slides', async () => {
    const { limiter, state } = cuttable();
    state.away = true;
    const insured = insuredRateLimiter(limiter, { window: 'sliding', log: memoryLogger() });
    const at = async (seconds: number) =>
      (await insured.take('a', rules, new Date(start.getTime() + seconds * 1000))).allowed;
    expect([await at(0), await at(30), await at(59), await at(59), await at(60), await at(61)]).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});

const redisUrl = testRedisUrl();
describe.each(['fixed', 'sliding'] as const)('an outage that is cut on the way to the store (%s windows)', (window) => {
  for (const how of ['refuse', 'hang'] as const) {
    it.runIf(redisUrl !== undefined)(`Redis: ${how}`, async () => {
      const road = await storeRoad(redisUrl ?? '');
      const log = memoryLogger();
      const prefix = `sallyport-test:${randomUUID()}:`;
      const insurance = { log, retryMs: 50 };
      const limiter = await createRedisRateLimiter({ url: road.url, prefix, timeoutMs: 300, window, insurance });
      expect(await allowed(limiter, 'a', 5)).toBe(5);
      road.set(how);
      expect(await allowed(limiter, 'a', 9)).toBe(3);
      road.set('open');
      const state = async () => (await limiter.peek('a', rules, start)).states[0];
      await vi.waitFor(async () => expect(await state()).toMatchObject({ limit: 9, remaining: 4 }), 10_000);
      await limiter.clear('a', rules);
      expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
      await limiter.close();
      await road.close();
    });

    it.runIf(process.env.TEST_DATABASE_URL !== undefined)(`PostgreSQL: ${how}`, async () => {
      const database = await databases.find(([name]) => name === 'PostgreSQL')?.[1]();
      const road = await storeRoad(process.env.TEST_DATABASE_URL ?? '');
      const orm = await MikroORM.init({
        driver: PostgreSqlDriver,
        clientUrl: road.url,
        dbName: String(database?.orm.config.get('dbName')),
        entities: [AuthRate, AuthRateCount],
      });
      const log = memoryLogger();
      const limiter = createSqlRateLimiter(orm, { window, timeoutMs: 500, insurance: { log, retryMs: 50 } });
      expect(await allowed(limiter, 'a', 5)).toBe(5);
      road.set(how);
      expect(await allowed(limiter, 'a', 9)).toBe(3);
      // Connections that hang are the pool's to give up; here the network does it.
      road.set('refuse');
      road.set('open');
      const state = async () => (await limiter.peek('a', rules, start)).states[0];
      await vi.waitFor(async () => expect(await state()).toMatchObject({ limit: 9, remaining: 4 }), 20_000);
      expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
      await orm.close();
      await road.close();
      await database?.close();
    });
  }
});
