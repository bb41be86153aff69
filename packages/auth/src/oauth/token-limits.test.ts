import { ConfigurationError, type RateLimiter } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { basic, caller, form, later, start, type TokenCall, testSetup } from '../../test-support/calls.ts';
import { arrange, grant, hasher, uncached } from '../../test-support/token-endpoint.ts';
import {
  createMemoryRateLimiter,
  defaultTokenLimits,
  introspectionEndpoint,
  revocationEndpoint,
  type TokenEndpointOptions,
  tokenEndpoint,
} from '../index.ts';

// rate-limiter-flexible reads the clock.
beforeEach(() => void vi.useFakeTimers({ now: start, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());
const pass = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

/** An endpoint with these limits; `limiter` counts in memory unless said. */
function limited(change: Partial<TokenEndpointOptions>) {
  const { options, good, clientId, secret } = arrange();
  const call = caller(tokenEndpoint({ ...options, ...change }), testSetup());
  const guess = (text = 'wrong', id: string = clientId) => form({ ...grant, client_id: id, client_secret: text });
  const statuses = async (...calls: readonly TokenCall[]) => {
    const made: number[] = [];
    for (const one of calls) made.push((await call(one)).status);
    return made;
  };
  return { call, good, guess, statuses, clientId, secret };
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);
const from = (address: string, call: TokenCall): TokenCall => ({ ...call, address });

/** A limiter that notes what is asked of it. */
function noting(limiter: RateLimiter = createMemoryRateLimiter()) {
  const asked: string[] = [];
  const note =
    <Given extends readonly unknown[], T>(name: string, ask: (...given: Given) => T) =>
    (...given: Given): T => {
      asked.push(name);
      return ask(...given);
    };
  const noted: RateLimiter = {
    take: note('take', limiter.take),
    peek: note('peek', limiter.peek),
    clear: note('clear', limiter.clear),
  };
  return { limiter: noted, asked };
}

describe('R17: limits of a network', () => {
  it('counts failures only, where they are counted', async () => {
    const { call, good, guess, statuses } = limited({ limits: { perMinute: 3, counts: 'failures' } });
    expect(await statuses(...times(5, good))).toEqual(times(5, 200));
    expect(await statuses(...times(4, guess()))).toEqual([401, 401, 401, 429]);
    const refused = await call(good);
    expect(refused).toMatchObject({ status: 429, json: { error: 'too_many_requests' } });
    expect(refused.headers).toMatchObject({ 'Retry-After': '60', ...uncached });
    expect((await call(from('192.0.2.8', good))).status).toBe(200);
    pass(60);
    expect((await call(good)).status).toBe(200);
  });

  it('is by default 300 requests and 30 failures a minute', async () => {
    const { good, guess, statuses } = limited({ limits: defaultTokenLimits });
    const strangers = Array.from({ length: 31 }, (_, index) => from('192.0.2.1', guess('wrong', `client-${index}`)));
    expect(await statuses(...strangers)).toEqual([...times(30, 401), 429]);
    expect((await statuses(...times(301, from('192.0.2.2', good)))).slice(299)).toEqual([200, 429]);
  });

  it('takes the /64 of an IPv6 address for one network, and a mapped IPv4 address for itself', async () => {
    const { good, statuses } = limited({ limits: { perMinute: 1, counts: 'all' } });
    const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::2', '192.0.2.1', '::ffff:192.0.2.1'];
    expect(await statuses(...addresses.map((address) => from(address, good)))).toEqual([200, 429, 200, 200, 429]);
  });

  it('lets no more guesses through when they come at once', async () => {
    const { clientId, secret } = arrange();
    const verify = vi.fn(async (...values: Parameters<typeof hasher.verify>) => {
      await new Promise((resolve) => setTimeout(resolve, values[1] === secret ? 50 : 5));
      return hasher.verify(...values);
    });
    for (const limits of [
      { perMinute: 3, counts: 'failures' },
      { free: 3, counts: 'client-failures' },
    ] as const) {
      const { options } = arrange();
      const call = caller(tokenEndpoint({ ...options, hasher: { ...hasher, verify }, limits }), testSetup());
      const guesses = ['a', 'b', 'c', 'd', 'e', secret];
      const answers = await Promise.all(
        guesses.map((guess) => call(form({ ...grant, client_id: clientId, client_secret: guess }))),
      );
      expect(answers.map((one) => one.status).sort()).toEqual([401, 401, 401, 429, 429, 429]);
    }
  });

  it('OpenSPP 3.5: slides; counts what could be read, and not what could not', async () => {
    const { call, good, statuses } = limited({
      limits: { perMinute: 5, perDay: 50, counts: 'readable' },
      limiter: createMemoryRateLimiter({ window: 'sliding' }),
    });
    expect(await statuses(...times(9, form({})))).toEqual(times(9, 401));
    expect((await call(form({ client_id: 'a', client_secret: 'b', grant_type: 'password' }))).status).toBe(400);
    expect(await statuses(...times(4, good))).toEqual(times(4, 200));
    const refused = await call(good);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThanOrEqual(1);
    let issued = 5;
    for (let minute = 1; minute < 12; minute += 1) {
      const now = later(minute * 61);
      issued += (await statuses(...times(5, { ...good, now }))).filter((status) => status === 200).length;
    }
    expect(issued).toBe(50);
  });
});

describe('R17: failures for one client from one network', () => {
  const limits = { counts: 'client-failures', free: 3, windowSeconds: 900 } as const;

  it('wait twice as long each time, counted from the first', async () => {
    const { call, guess, statuses } = limited({ limits });
    expect(await statuses(...times(4, guess()))).toEqual([401, 401, 401, 429]);
    expect((await call(guess())).headers['Retry-After']).toBe('1');
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
      expect((await call(guess())).headers['Retry-After']).toBe(String(wait));
      pass(wait - 1);
      expect((await call(guess())).status).toBe(429);
      pass(1);
      expect((await call(guess())).status).toBe(401);
    }
    // The next would be due behind the end of the window, where all is forgotten.
    expect((await call(guess())).headers['Retry-After']).toBe('389');
    pass(389);
    expect(await statuses(...times(4, guess()))).toEqual([401, 401, 401, 429]);
  });

  it('do not lock the owner out elsewhere, nor other clients in the same network', async () => {
    const { good, guess, statuses } = limited({ limits });
    await statuses(...times(50, from('192.0.2.66', guess())));
    expect(await statuses(from('192.0.2.66', good), good)).toEqual([429, 200]);
    expect(await statuses(from('192.0.2.66', guess('wrong', 'bare')))).toEqual([401]);
    expect(await statuses(from('2001:db8::1', guess()), from('2001:db8::2', good))).toEqual([401, 200]);
  });

  it('are forgotten when the right secret comes', async () => {
    const { good, guess, statuses } = limited({ limits });
    const round = [guess(), guess(), good];
    expect(await statuses(...round, ...round, ...round)).toEqual([401, 401, 200, 401, 401, 200, 401, 401, 200]);
  });

  it('are counted for unknown clients as for known ones', async () => {
    const { guess, statuses } = limited({ limits });
    expect(await statuses(...times(4, guess('wrong', 'nobody')))).toEqual([401, 401, 401, 429]);
  });

  it('R32: are counted together by the endpoints of an API, for tokens, revocation and introspection', async () => {
    const { options, clientId } = arrange();
    const setup = testSetup();
    const { tokens, ...given } = options;
    const endpoints = [
      tokenEndpoint({ ...given, limits, tokens }),
      revocationEndpoint({ ...given, limits, tokens: [tokens] }),
      introspectionEndpoint({ ...given, limits, tokens: [tokens] }),
    ].map((plugin) => caller(plugin, setup));
    const guess = form({ ...grant, client_id: clientId, client_secret: 'wrong', token: 'x' });
    const made: (number | undefined)[] = [];
    for (const turn of [0, 1, 2, 0, 1, 2]) made.push((await endpoints[turn]?.(guess))?.status);
    expect(made).toEqual([401, 401, 401, 429, 429, 429]);
  });

  it('are counted for one client, however its id is encoded', async () => {
    const { call, clientId } = limited({ limits, credentials: { basicEncoding: 'either' } });
    const spelt = (id: string) => ({ ...form(grant), authorization: basic(id, 'wrong', (text) => text) });
    const hex = (at: number) =>
      `${clientId.slice(0, at)}%${clientId.charCodeAt(at).toString(16)}${clientId.slice(at + 1)}`;
    const made: number[] = [];
    for (const id of [clientId, hex(0), hex(1), hex(2)]) made.push((await call(spelt(id))).status);
    expect(made).toEqual([401, 401, 401, 429]);
  });

  it('are counted for each client that an id of unknown encoding may name', async () => {
    const { call } = limited({ limits, credentials: { basicEncoding: 'either' } });
    const spelt = (id: string) => ({ ...form(grant), authorization: basic(id, 'wrong', (text) => text) });
    const made: number[] = [];
    for (const id of ['my+app', 'my%2Bapp', 'my+app', 'my%2Bapp', 'm%79%2Bapp'])
      made.push((await call(spelt(id))).status);
    expect(made).toEqual([401, 401, 401, 429, 429]);
  });

  it('have keys of one length, whatever is sent for an id', async () => {
    const take = vi.fn(createMemoryRateLimiter().take);
    const { guess, statuses } = limited({ limits, limiter: { ...createMemoryRateLimiter(), take } });
    await statuses(guess('wrong', 'x'.repeat(6000)), guess('wrong', '192.0.2.7:{"\u2028'));
    expect(take.mock.calls.map(([key]) => key.length)).toEqual([45, 45]);
  });

  it.each([{ free: 0 }, { free: 1.5 }, { windowSeconds: 0 }])('refuses %o at the start', (wrong) => {
    expect(() => limited({ limits: { ...limits, ...wrong } })).toThrow(ConfigurationError);
  });
});

describe('what limits ask of the store', () => {
  it('is one count and two looks for a grant without failures', async () => {
    const { limiter, asked } = noting();
    const { call, good } = limited({ limits: defaultTokenLimits, limiter });
    await call(good);
    expect(asked).toEqual(['take', 'peek', 'peek']);
  });

  it('is two counts more for a failure, and for a grant behind it another look and a deletion', async () => {
    const { limiter, asked } = noting();
    const { call, good, guess } = limited({ limits: defaultTokenLimits, limiter });
    await call(guess());
    expect(asked.splice(0)).toEqual(['take', 'peek', 'peek', 'take', 'take']);
    await call(good);
    expect(asked.splice(0)).toEqual(['take', 'peek', 'peek', 'peek', 'peek', 'clear']);
    await call(from('192.0.2.8', good));
    expect(asked).toEqual(['take', 'peek', 'peek']);
  });
});
