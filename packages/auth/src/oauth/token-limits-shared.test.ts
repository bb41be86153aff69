import { randomUUID } from 'node:crypto';
import type { RateLimiter } from '@sallyport/core';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { caller, form, testSetup } from '../../test-support/calls.ts';
import { databases } from '../../test-support/databases.ts';
import { testRedisUrl } from '../../test-support/redis.ts';
import { arrange, grant } from '../../test-support/token-endpoint.ts';
import { createRedisRateLimiter, createSqlRateLimiter, tokenEndpoint } from '../index.ts';

interface Shared {
  /** As two processes have them. */
  readonly limiters: readonly [RateLimiter, RateLimiter];
  close(): Promise<void>;
}

const redisUrl = testRedisUrl();
const stores: readonly (readonly [name: string, open: () => Promise<Shared>])[] = [
  ...databases.map(([name, open]) => {
    const shared = async (): Promise<Shared> => {
      const { orm, close } = await open();
      const limiter = () => createSqlRateLimiter(orm, { insurance: false });
      return { limiters: [limiter(), limiter()], close };
    };
    return [name, shared] as const;
  }),
  ...(redisUrl === undefined ? [] : [['Redis', () => overRedis(redisUrl)] as const]),
];

async function overRedis(url: string): Promise<Shared> {
  const client = new Redis(url);
  const prefix = `sallyport-test:${randomUUID()}:`;
  const limiter = () => createRedisRateLimiter({ client, prefix, insurance: false });
  return {
    limiters: [await limiter(), await limiter()],
    async close() {
      await client.del(await client.keys(`${prefix}*`));
      client.disconnect();
    },
  };
}

describe.each(stores)('R17: limits of two processes over one %s', (_name, open) => {
  it('answer no more guesses than those of one, and leave the owner alone elsewhere', async () => {
    const { limiters, close } = await open();
    const { options, clientId, secret } = arrange();
    const limits = [
      { perMinute: 1000, counts: 'all' },
      { counts: 'client-failures', free: 3 },
    ] as const;
    const processes = limiters.map((limiter) => caller(tokenEndpoint({ ...options, limits, limiter }), testSetup()));
    const send = (turn: number, clientSecret: string, address: string) => {
      const call = processes[turn % 2];
      if (call === undefined) throw new Error('there are two');
      return call({ ...form({ ...grant, client_id: clientId, client_secret: clientSecret }), address });
    };
    const begun = performance.now();
    const guesses = Array.from({ length: 30 }, (_, turn) => send(turn, `guess ${turn}`, '192.0.2.66'));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    const answered = statuses.filter((status) => status === 401).length;
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - answered);
    // On a slow machine the first of the waits (1, 3, 7 … seconds since the first guess) may be over meanwhile.
    const seconds = Math.floor((performance.now() - begun) / 1000);
    expect(answered).toBeGreaterThanOrEqual(3);
    expect(answered).toBeLessThanOrEqual(3 + Math.floor(Math.log2(seconds + 1)));
    for (const turn of [0, 1]) {
      expect((await send(turn, secret, '192.0.2.66')).status).toBe(429);
      expect((await send(turn, secret, '192.0.2.7')).status).toBe(200);
    }
    await close();
  });
});
