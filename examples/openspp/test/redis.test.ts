import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { call, memoryLogger } from '@sallyport/core/testing';
import { createClient } from 'redis';
import { afterAll, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';
import { openOpenSpp, type Started } from '../src/start.ts';
import { type Answer, basePath } from '../testing/index.ts';

const path = `${basePath}/oauth/token`;
const body = { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' };
const running: Started[] = [];
afterAll(() => Promise.all(running.map((started) => started.close())));

const log = memoryLogger();

async function start(redisUrl: string, perMinute = '2', more = {}): Promise<(address: string) => Promise<Answer>> {
  const environment = {
    DATA_DIR: 'memory://',
    REDIS_URL: redisUrl,
    TOKEN_RATE_PER_MINUTE: perMinute,
    TRUST_PROXY: '127.0.0.1',
    ...more,
  };
  const started = await openOpenSpp(readSettings(environment), log);
  running.push(started);
  return (address) => call(started.api, 'POST', path, { body, headers: { 'x-forwarded-for': address } });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

// Where CI demands Redis, the tests of packages/auth do.
const url = process.env.TEST_REDIS_URL ?? '';

it.skipIf(url === '')('REDIS_URL: processes share the limits of the token endpoint', async () => {
  const [first, second] = [await start(url), await start(url)];
  // An address that no other run has; no part begins with a zero, which would be left out of its key.
  const part = () => `f${randomUUID().slice(0, 3)}`;
  const address = `2001:db8:${part()}:${part()}::1`;
  expect((await first(address)).status).toBe(401);
  expect((await second(address)).status).toBe(401);
  for (const ask of [first, second]) {
    const over = await ask(address);
    expect([over.status, over.body.code]).toEqual([429, 'too_many_token_requests']);
    expect(Number(over.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  }
  const redis = await createClient({ url }).connect();
  const keys = await redis.keys(`openspp:rate:*${address.replace('::1', '')}*`);
  expect(keys).toHaveLength(1);
  await redis.del(keys);
  redis.destroy();
});

it.skipIf(url === '')('REDIS_PREFIX: systems that share a Redis count for themselves', async () => {
  const prefix = `test-${randomUUID()}:`;
  const [first, second] = [
    await start(url, '1', { REDIS_PREFIX: prefix }),
    await start(url, '1', { REDIS_PREFIX: `${prefix}b:` }),
  ];
  const address = `2001:db8:${randomUUID().slice(0, 3)}f::1`;
  const statuses = async (ask: typeof first) => [(await ask(address)).status, (await ask(address)).status];
  expect([await statuses(first), await statuses(second)]).toEqual([
    [401, 429],
    [401, 429],
  ]);
  const redis = await createClient({ url }).connect();
  const keys = await redis.keys(`${prefix}*`);
  expect(keys.map((key) => key.slice(prefix.length).replace(/rate:.*$/, 'rate:')).sort()).toEqual(['b:rate:', 'rate:']);
  await redis.del(keys);
  redis.destroy();
});

it('REDIS_URL: a third of the limits, in the process, while Redis is away', async () => {
  const ask = await start(`redis://127.0.0.1:${await freePort()}`, '6');
  const statuses: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) statuses.push((await ask('192.0.2.1')).status);
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect((await ask('192.0.2.2')).status).toBe(401);
  const over = await ask('192.0.2.1');
  expect(over.body.code).toBe('too_many_token_requests');
  expect(Number(over.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  const told = log.lines.filter(({ message }) => message?.includes('rate limiter is away') === true);
  expect(told.map(({ level }) => level)).toEqual(['error']);
});
