import type { RateLimiter } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { caller, form, start, type TokenCall, testSetup } from '../../test-support/calls.ts';
import { pepper } from '../../test-support/clients.ts';
import { arrange, grant } from '../../test-support/token-endpoint.ts';
import {
  createMemoryClientStore,
  createMemoryRateLimiter,
  createMemoryTokenStore,
  createSecretHasher,
  defaultTokenLimits,
  introspectionEndpoint,
  opaqueTokens,
  revocationEndpoint,
  type SecretHasherOptions,
  type TokenEndpointOptions,
  tokenEndpoint,
} from '../index.ts';
import { goingOn } from './attempt-judging.ts';

// No wait of the limiter's is over before a slow machine has judged everybody.
beforeEach(() => void vi.useFakeTimers({ now: start, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const right = 'mV3-kept-in-a-vault';
const clientId = 'imported';

/** A limiter that asks somebody far away: its answers come as they stood some turns of the event loop ago. */
function distant(limiter: RateLimiter = createMemoryRateLimiter()): RateLimiter {
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const told = await answer;
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return told;
  };
  return {
    take: (...given) => late(limiter.take(...given)),
    peek: (...given) => late(limiter.peek(...given)),
    clear: (...given) => late(limiter.clear(...given)),
  };
}

interface Arranged extends Partial<TokenEndpointOptions> {
  readonly hashing?: Partial<SecretHasherOptions>;
}

/** The endpoints of one API, and clients whose secret is under argon2id; `verify` counts the hashes. */
async function slow({ hashing, limiter = createMemoryRateLimiter(), ...change }: Arranged = {}) {
  const made = createSecretHasher({ peppers: { current: 'k', keys: { k: pepper } }, scheme: 'argon2id', ...hashing });
  const verify = vi.fn(made.verify);
  const { client, options } = arrange();
  const imported = { ...client, clientId, secrets: [{ id: 's1', hash: await made.import(right) }] };
  const clients = createMemoryClientStore([imported, { ...imported, clientId: 'second' }]);
  const tokens = opaqueTokens({ store: createMemoryTokenStore(), clients });
  const { tokens: _, ...given } = { ...options, limits: defaultTokenLimits, clients, limiter, ...change };
  const shared = { ...given, hasher: { ...made, verify } };
  const setup = testSetup();
  const endpoints = [
    tokenEndpoint({ ...shared, tokens }),
    revocationEndpoint({ ...shared, tokens: [tokens] }),
    introspectionEndpoint({ ...shared, tokens: [tokens] }),
  ].map((plugin) => caller(plugin, setup));
  const send = async (secret: string, more: TokenCall = {}, id = clientId, to = endpoints[0]) => {
    if (to === undefined) throw new Error('there are three');
    return to({ ...form({ ...grant, client_id: id, client_secret: secret, token: 'x' }), ...more });
  };
  return { send, verify, limiter, endpoints };
}

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const tally = (answers: readonly { readonly status: number }[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe.each([
  ['in memory', () => createMemoryRateLimiter()],
  ['far away', () => distant()],
])('R17: attempts that come at once, counted %s', (_, limiterOf) => {
  it('cost no more hashes than guesses are free', async () => {
    const { send, verify, limiter } = await slow({ limiter: limiterOf() });
    const answers = await many(100, (index) => send(`guess ${index}`));
    expect(tally(answers)).toEqual({ 401: 5, 429: 95 });
    expect(verify).toHaveBeenCalledTimes(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.every(({ headers }) => Number(headers['Retry-After']) >= 1)).toBe(true);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('are all granted when the secret is right', async () => {
    const { send, verify, limiter } = await slow({ limiter: limiterOf() });
    expect(tally(await many(100, () => send(right)))).toEqual({ 200: 100 });
    expect(verify).toHaveBeenCalledTimes(100);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('are all granted where no hash that matched is remembered, and few may wait for one', async () => {
    const { send, limiter } = await slow({ limiter: limiterOf(), hashing: { cacheSeconds: 0, queue: 5 } });
    expect(tally(await many(40, () => send(right)))).toEqual({ 200: 40 });
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('are granted all the same behind guesses that were free, and those are forgotten', async () => {
    const { send, limiter } = await slow({ limiter: limiterOf() });
    expect(tally(await many(4, (index) => send(`guess ${index}`)))).toEqual({ 401: 4 });
    expect(tally(await many(60, () => send(right)))).toEqual({ 200: 60 });
    expect(tally(await many(20, (index) => send(`guess ${index}`)))).toEqual({ 401: 5, 429: 15 });
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('are judged by what is left when some were wrong before', async () => {
    const { send, verify } = await slow({ limiter: limiterOf() });
    await many(3, (index) => send(`guess ${index}`));
    expect(tally(await many(50, (index) => send(`other ${index}`)))).toEqual({ 401: 2, 429: 48 });
    expect(verify).toHaveBeenCalledTimes(5);
  });

  it('cost no more hashes than a network has failures left, whichever clients they name', async () => {
    const { send, verify, limiter } = await slow({
      limiter: limiterOf(),
      limits: [{ perMinute: 7, counts: 'failures' }, { counts: 'client-failures' }],
    });
    const answers = await many(60, (index) => send('wrong', {}, `client-${index % 30}`));
    expect(tally(answers)).toEqual({ 401: 7, 429: 53 });
    expect(verify).toHaveBeenCalledTimes(7);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('are counted together by the endpoints of an API', async () => {
    const { send, verify, endpoints, limiter } = await slow({
      limiter: limiterOf(),
      limits: [{ counts: 'client-failures', free: 4 }],
    });
    const answers = await many(60, (index) => send(`guess ${index}`, {}, clientId, endpoints[index % 3]));
    expect(tally(answers)).toEqual({ 401: 4, 429: 56 });
    expect(verify).toHaveBeenCalledTimes(4);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('leave other networks and other clients alone', async () => {
    const { send } = await slow({ limiter: limiterOf() });
    const guesses = many(50, (index) => send(`guess ${index}`));
    const elsewhere = many(5, () => send(right, { address: '192.0.2.8' }));
    const another = many(5, () => send(right, {}, 'second'));
    expect([tally(await guesses), tally(await elsewhere), tally(await another)]).toEqual([
      { 401: 5, 429: 45 },
      { 200: 5 },
      { 200: 5 },
    ]);
  });
});

it('R17: judges nobody by a count that a failure was still on its way to', async () => {
  const counting = createMemoryRateLimiter();
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  const take = vi.fn(async (...given: Parameters<RateLimiter['take']>) => {
    await written;
    return counting.take(...given);
  });
  const peek = vi.fn(counting.peek);
  const { send, verify } = await slow({
    limiter: { ...counting, take, peek },
    limits: [{ counts: 'client-failures' }],
  });
  const first = many(5, (index) => send(`guess ${index}`));
  await vi.waitFor(() => expect(take).toHaveBeenCalledTimes(5));
  const others = many(20, (index) => send(`other ${index}`));
  await vi.waitFor(() => expect(peek).toHaveBeenCalledTimes(25));
  write();
  expect([tally(await first), tally(await others)]).toEqual([{ 401: 5 }, { 429: 20 }]);
  expect(verify).toHaveBeenCalledTimes(5);
});

it('judges as many at once again as soon as failures are forgotten', async () => {
  const { send, verify } = await slow({ limits: [{ counts: 'client-failures' }], hashing: { cacheSeconds: 0 } });
  await many(4, (index) => send(`guess ${index}`));
  const check = verify.getMockImplementation();
  let judged = 0;
  const together: number[] = [];
  verify.mockImplementation(async (...given) => {
    judged += 1;
    together.push(judged);
    const match = (await check?.(...given)) ?? false;
    judged -= 1;
    return match;
  });
  expect(tally(await many(20, () => send(right)))).toEqual({ 200: 20 });
  // One by one would do as well, and take longer.
  expect([together[0], together[1], Math.max(...together)]).toEqual([1, 1, 5]);
});

describe('the place of an attempt', () => {
  it('is free again whatever comes of it', async () => {
    const { send, verify, limiter } = await slow({ limits: [{ counts: 'client-failures', free: 1 }] });
    verify.mockRejectedValueOnce(new Error('no memory'));
    await expect(send(right)).rejects.toThrow('no memory');
    expect(goingOn(limiter).queue.size).toBe(0);
    expect((await send(right)).status).toBe(200);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('is free again when a look-up never ends, and nobody waits for it longer than a while', async () => {
    vi.useFakeTimers({ now: start, toFake: ['Date', 'setTimeout', 'clearTimeout', 'performance'] });
    const { send, verify, limiter } = await slow({ limits: [{ counts: 'client-failures', free: 1 }] });
    verify.mockImplementationOnce(() => new Promise(() => {}));
    const stuck = send(right);
    await vi.waitFor(() => expect(verify).toHaveBeenCalledTimes(1));
    const behind = send(right);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await behind).status).toBe(503);
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await stuck).status).toBe(503);
    expect(goingOn(limiter).queue.size).toBe(0);
    expect((await send(right)).status).toBe(200);
  });

  it('is free again when failures cannot be counted', async () => {
    const limiter = { ...createMemoryRateLimiter(), take: () => Promise.reject(new Error('connection lost')) };
    const { send } = await slow({ limiter, limits: [{ counts: 'client-failures', free: 1 }] });
    expect(tally(await many(10, (index) => send(`guess ${index}`)))).toEqual({ 503: 10 });
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('is nobody’s when those who wait for it cannot look at the limits again', async () => {
    const counting = createMemoryRateLimiter();
    let away = false;
    const limiter: RateLimiter = {
      ...counting,
      async take(...given) {
        const told = await counting.take(...given);
        away = true;
        return told;
      },
      peek: (...given) => (away ? Promise.reject(new Error('connection lost')) : counting.peek(...given)),
    };
    const { send, verify } = await slow({ limiter, limits: [{ counts: 'client-failures', free: 1 }] });
    expect(tally(await many(10, (index) => send(`guess ${index}`)))).toEqual({ 401: 1, 503: 9 });
    expect(verify).toHaveBeenCalledTimes(1);
    expect(goingOn(limiter).queue.size).toBe(0);
  });

  it('is asked for only by those whose request is in order', async () => {
    const { send, verify, limiter } = await slow({ limits: [{ counts: 'client-failures', free: 1 }] });
    const odd = form({ grant_type: 'password', client_id: clientId, client_secret: right });
    const answers = await many(10, (index) => send(right, index === 0 ? {} : odd));
    expect(tally(answers)).toEqual({ 200: 1, 400: 9 });
    expect(verify).toHaveBeenCalledTimes(1);
    expect(goingOn(limiter).queue.size).toBe(0);
  });
});
