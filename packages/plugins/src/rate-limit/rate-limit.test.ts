import { defineEntity, p } from '@mikro-orm/core';
import {
  type Api,
  type AuthenticationStrategy,
  ConfigurationError,
  createApi,
  definePlugin,
  defineResource,
  key,
  type RateLimiter,
  RateLimiterService,
  type RateRule,
  SallyportError,
  silentLogger,
  standardQuery,
} from '@sallyport/core';
import { call, type OpenTestDatabase, type TestResponse, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RateLimitOptions } from './options.ts';
import { rateLimit, spend } from './rate-limit.ts';

const Thing = defineEntity({ name: 'Thing', properties: { id: p.integer().primary(), code: p.string().unique() } });
const stock = defineResource(Thing, {
  name: 'stock',
  path: '/stock',
  key: key.natural('code'),
  scope: () => ['all'],
  fields: () => ({}),
  operations: { search: { limit: { max: 500 } } },
});

let database: OpenTestDatabase;
beforeAll(async () => {
  database = (await testDatabases()[0]?.open([Thing])) as OpenTestDatabase;
});
afterAll(() => database.close());

/** Windows that never end; what it has counted can be looked at. */
function endlessLimiter() {
  const counts = new Map<string, number>();
  const take: RateLimiter['take'] = async (key, rules, _now, cost = 1) => {
    const used = ({ windowSeconds }: RateRule) => counts.get(`${key} ${windowSeconds}`) ?? 0;
    const over = rules.filter((rule) => used(rule) + cost > rule.limit);
    if (over.length === 0) for (const rule of rules) counts.set(`${key} ${rule.windowSeconds}`, used(rule) + cost);
    return {
      allowed: over.length === 0,
      retryAfterSeconds: Math.max(0, ...over.map((rule) => rule.windowSeconds)),
      states: rules.map((rule) => ({
        ...rule,
        remaining: Math.max(0, rule.limit - used(rule)),
        resetSeconds: rule.windowSeconds,
      })),
    };
  };
  const limiter: RateLimiter = { take, peek: (key, rules, now) => take(key, rules, now, 0), clear: async () => {} };
  return { limiter, counts };
}

/** `Authorization: <name>` is that caller; the guest needs nothing, and `nobody` is refused. */
const strategy: AuthenticationStrategy = {
  name: 'test',
  authenticate({ head }) {
    const { authorization } = head.headers;
    if (authorization === 'nobody') throw new SallyportError('invalid_token');
    const id = authorization ?? 'guest';
    const limits = id === 'small' ? { limits: { perMinute: 1 } } : {};
    const shared = authorization === undefined ? { shared: true } : {};
    const attributes = id === 'odd' ? { quota: 'none' } : {};
    return {
      kind: id === 'person' ? 'user' : 'client',
      id: id === 'person' ? 'ada' : id,
      scopes: new Set(['all']),
      strategy: 'test',
      attributes,
      ...limits,
      ...shared,
    };
  },
};

const routes = definePlugin({
  name: 'test.routes',
  routes: () => [
    {
      method: 'GET',
      path: '/things',
      name: 'things',
      scope: ['all'],
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    },
    {
      method: 'GET',
      path: '/open',
      name: 'open',
      scope: 'public',
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    },
    {
      method: 'POST',
      path: '/find',
      name: 'find',
      scope: ['all'],
      parameters: ['limit', 'expand'].map((name) => ({ name, schema: { type: 'string' } })),
      body: { kinds: ['form'], parameters: true },
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    },
    {
      method: 'POST',
      path: '/bulk',
      name: 'bulk',
      scope: ['all'],
      body: { kinds: ['json'], schema: { type: 'array' } },
      async handle(each) {
        const items = each.body.kind === 'json' ? (each.body.value as unknown[]) : [];
        await spend(each, items.length);
        return { kind: 'value', status: 200, value: {} };
      },
    },
  ],
});

async function open(options: RateLimitOptions = {}, limiter: RateLimiter = endlessLimiter().limiter): Promise<Api> {
  return createApi({
    name: 'test',
    orm: database.orm,
    resources: [stock],
    query: standardQuery({ parametersInBody: true }),
    auth: [strategy],
    plugins: [routes, rateLimit({ limiter, ...options })],
    trustedProxies: ['127.0.0.1'],
    logger: silentLogger,
  });
}

function get(api: Api, as?: string, more: { path?: string; address?: string } = {}): Promise<TestResponse> {
  const { path = '/things', address = '192.0.2.1' } = more;
  const headers = { 'x-forwarded-for': address, ...(as === undefined ? {} : { authorization: as }) };
  return call(api, 'GET', path, { headers });
}

async function statuses(calls: readonly Promise<TestResponse>[]): Promise<number[]> {
  return (await Promise.all(calls)).map(({ status }) => status);
}

describe('rate-limit', () => {
  it('refuses a caller that goes over its limit with 429 and Retry-After, and nobody else', async () => {
    const api = await open({ perMinute: 2 });
    expect(await statuses([get(api, 'a'), get(api, 'a'), get(api, 'a')])).toEqual([200, 200, 429]);
    const refused = await get(api, 'a', { address: '192.0.2.2' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests', status: 429 } });
    expect(refused.headers['retry-after']).toBe('60');
    expect(await statuses([get(api, 'b'), get(api)])).toEqual([200, 200]);
  });

  it('tells a user from a client of the same name', async () => {
    const api = await open({ perMinute: 1 });
    expect(await statuses([get(api, 'person'), get(api, 'ada'), get(api, 'ada')])).toEqual([200, 200, 429]);
  });

  it('counts nothing for credentials that do not hold', async () => {
    const { limiter, counts } = endlessLimiter();
    const api = await open({ perMinute: 1 }, limiter);
    expect(await statuses([get(api, 'nobody'), get(api, 'nobody')])).toEqual([401, 401]);
    expect(counts.size).toBe(0);
  });

  it('limits the day as well, and tells the wait of whichever refuses', async () => {
    const api = await open({ perMinute: 2, perDay: 3 });
    await statuses([get(api, 'a'), get(api, 'a')]);
    expect((await get(api, 'a')).headers['retry-after']).toBe('60');
    const day = await open({ perDay: 1 });
    await get(day, 'a');
    expect((await get(day, 'a')).headers['retry-after']).toBe('86400');
  });

  it('counts calls without credentials by network: public routes, and accounts that all run as', async () => {
    const api = await open({ perMinute: 1, network: { perMinute: 2 } });
    const from = (address: string, path?: string) => get(api, undefined, { address, ...(path && { path }) });
    expect(await statuses([from('2001:db8::1'), from('2001:db8::2', '/open'), from('2001:db8::3')])).toEqual([
      200, 200, 429,
    ]);
    expect(await statuses([from('2001:db8:0:1::1'), from('192.0.2.9'), from('::ffff:192.0.2.9')])).toEqual([
      200, 200, 200,
    ]);
    expect((await from('192.0.2.9')).status).toBe(429);
    const free = await open({ perMinute: 1, network: false });
    expect(await statuses(Array.from({ length: 5 }, () => get(free)))).toEqual([200, 200, 200, 200, 200]);
  });

  it('takes the limits of the caller where it has any', async () => {
    const api = await open({ perMinute: 3, perDay: 4 });
    expect(await statuses([get(api, 'small'), get(api, 'small')])).toEqual([200, 429]);
    const own = await open({
      perMinute: 1,
      limitsOf: ({ id, attributes }) => (id === 'odd' ? { perMinute: attributes.quota as number } : { perMinute: 2 }),
    });
    // What is no number counts as not said.
    expect(await statuses([get(own, 'odd'), get(own, 'odd')])).toEqual([200, 429]);
    expect(await statuses([get(own, 'a'), get(own, 'a'), get(own, 'a')])).toEqual([200, 200, 429]);
  });

  it('weighs operations, pages and expansions', async () => {
    const { limiter, counts } = endlessLimiter();
    const cost = {
      operations: { things: 2, open: 0 },
      page: { parameter: 'limit', size: 50 },
      expansion: { parameter: 'expand', each: 3 },
    };
    const api = await open({ perMinute: 10_000, cost }, limiter);
    const points = async (path: string) => {
      const before = counts.get('api:test:client:a 60') ?? 0;
      await get(api, 'a', { path });
      return (counts.get('api:test:client:a 60') ?? 0) - before;
    };
    expect(await points('/things')).toBe(2);
    expect(await points('/things?limit=50')).toBe(2);
    expect(await points('/things?limit=51')).toBe(3);
    expect(await points('/things?limit=200&expand=a,b')).toBe(2 + 3 + 6);
    expect(await points('/things?limit=-1&limit=1e9&limit=x&expand=,')).toBe(2);
    // There is no GET.
    expect(await points('/bulk')).toBe(1);
    await get(api, 'a', { path: '/open' });
    expect(counts.has('api:test:network:192.0.2.1 60')).toBe(false);
  });

  it.each([
    ['GET', '/stock', 'text/plain'],
    ['POST', '/find', 'application/x-www-form-urlencoded'],
  ])('weighs parameters in a body as those of the query: %s %s', async (method, path, type) => {
    const { limiter, counts } = endlessLimiter();
    const cost = { page: { parameter: 'limit', size: 50 }, expansion: { parameter: 'expand', each: 3 } };
    const api = await open({ perMinute: 10_000, cost, headers: ['X-RateLimit'] }, limiter);
    const points = async (query: string, body?: string) => {
      const before = counts.get('api:test:client:a 60') ?? 0;
      const headers = { authorization: 'a', ...(body === undefined ? {} : { 'content-type': type }) };
      const target = query === '' ? path : `${path}?${query}`;
      const answer = await call(api, method, target, { headers, ...(body === undefined ? {} : { body }) });
      const after = counts.get('api:test:client:a 60') ?? 0;
      // Headers tell of the whole cost.
      expect(answer.headers['x-ratelimit-remaining']).toBe(String(10_000 - after));
      return [answer.status, after - before];
    };
    expect(await points('limit=200', undefined)).toEqual([200, 4]);
    expect(await points('', 'limit=200')).toEqual([200, 4]);
    expect(await points('limit=200', 'colour=red')).toEqual([400, 4]);
    expect(await points('', 'limit=50')).toEqual([200, 1]);
    expect(await points('', '')).toEqual([200, 1]);
    // What is refused before anything is done has cost no more than its address.
    expect(await points('', 'limit=200&limit=200')).toEqual([400, 1]);
  });

  it('weighs expansions in a body, and refuses what goes over before anything is done', async () => {
    const cost = { operations: { 'stock.search': 0 }, expansion: { parameter: 'expand', each: 3 } };
    const api = await open({ perMinute: 7, cost, headers: ['X-RateLimit'] });
    const find = async (body: string) => {
      const type = 'application/x-www-form-urlencoded';
      const { status, headers } = await call(api, 'POST', '/find', {
        headers: { authorization: 'a', 'content-type': type },
        body,
      });
      return [status, headers['x-ratelimit-remaining'], headers['retry-after']];
    };
    expect(await find('expand=a,b,c')).toEqual([429, '6', '60']);
    expect(await find('expand=a')).toEqual([200, '2', undefined]);
    // An operation that costs nothing costs nothing, whatever its body says.
    const free = await call(api, 'GET', '/stock', { headers: { authorization: 'a' }, body: 'limit=500' });
    expect([free.status, free.headers['x-ratelimit-remaining']]).toEqual([200, undefined]);
  });

  it('counts calls of known callers to addresses and methods that have no route', async () => {
    const { limiter, counts } = endlessLimiter();
    const api = await open({ perMinute: 3, headers: ['X-RateLimit'] }, limiter);
    const gone = await get(api, 'a', { path: '/nothing' });
    expect([gone.status, gone.headers['x-ratelimit-remaining']]).toEqual([404, '2']);
    expect((await call(api, 'PUT', '/things', { headers: { authorization: 'a' } })).status).toBe(405);
    expect(await statuses([get(api, 'a'), get(api, 'a', { path: '/nothing' }), get(api, 'a')])).toEqual([
      200, 429, 429,
    ]);
    expect((await get(api, 'b')).status).toBe(200);
    // Guesses at tokens count for nobody, here as elsewhere.
    const before = new Map(counts);
    expect((await get(api, 'nobody', { path: '/nothing' })).status).toBe(401);
    expect(counts).toEqual(before);
  });

  it('counts those who come without credentials there by their network', async () => {
    const api = await open({ network: { perMinute: 1 } });
    expect(await statuses([get(api, undefined, { path: '/nothing' }), get(api)])).toEqual([404, 429]);
  });

  it('takes a function of the call for its cost', async () => {
    const api = await open({ perMinute: 3, cost: ({ operation }) => (operation === 'things' ? 3 : 0) });
    expect(await statuses([get(api, 'a'), get(api, 'a')])).toEqual([200, 429]);
  });

  it('lets a handler count more for what only the body tells', async () => {
    const api = await open({ perMinute: 5, headers: ['X-RateLimit'] });
    const bulk = (items: number) =>
      call(api, 'POST', '/bulk', { headers: { authorization: 'a' }, body: new Array(items).fill({}) });
    const first = await bulk(3);
    expect([first.status, first.headers['x-ratelimit-remaining']]).toEqual([200, '1']);
    const second = await bulk(3);
    expect([second.status, second.headers['retry-after']]).toEqual([429, '60']);
    const unlimited = await createApi({
      orm: database.orm,
      resources: [],
      auth: [strategy],
      plugins: [routes],
      logger: silentLogger,
    });
    expect((await call(unlimited, 'POST', '/bulk', { headers: { authorization: 'a' }, body: [1] })).status).toBe(200);
  });

  it('is unavailable, and does not let calls through, when the limiter does not answer', async () => {
    const down = () => Promise.reject(new Error('hidden'));
    const api = await open({}, { take: down, peek: down, clear: down });
    const answer = await get(api, 'a');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.text).not.toContain('hidden');
  });

  it('finds the limiter among the services, and stops the start without one', async () => {
    const options = { orm: database.orm, resources: [], auth: [strategy], logger: silentLogger };
    const api = await createApi({
      ...options,
      plugins: [routes, rateLimit({ perMinute: 1 })],
      services: (services) => services.register(RateLimiterService, () => endlessLimiter().limiter),
    });
    expect(await statuses([get(api, 'a'), get(api, 'a')])).toEqual([200, 429]);
    await expect(createApi({ ...options, plugins: [rateLimit()] })).rejects.toMatchObject({
      name: 'ConfigurationError',
      path: 'plugins.rateLimit.limiter',
    });
    const ready = () => Promise.reject(new ConfigurationError('database', 'there is no table'));
    const limiter = { ...endlessLimiter().limiter, ready };
    await expect(createApi({ ...options, plugins: [rateLimit({ limiter })] })).rejects.toThrow('there is no table');
  });

  it.each([
    [{ perMinute: 0 }, 'perMinute'],
    [{ perDay: 1.5 }, 'perDay'],
    [{ network: {} }, 'network.perMinute'],
    [{ network: { perDay: -1 } }, 'network.perDay'],
    [{ cost: { operations: { search: -1 } } }, 'cost.operations.search'],
    [{ cost: { page: { parameter: 'limit', size: 0 } } }, 'cost.page.size'],
    [{ cost: { expansion: { parameter: 'expand', each: 0 } } }, 'cost.expansion.each'],
  ] satisfies [RateLimitOptions, string][])('refuses %o at the start', (options, path) => {
    const make = () => rateLimit(options);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`plugins.rateLimit.${path}: `);
  });

  it('shows headers only where they are asked for, and to each caller its own (R70)', async () => {
    const names = (answer: TestResponse) => Object.keys(answer.headers).filter((name) => name.includes('ratelimit'));
    const plain = await open({ perMinute: 1 });
    expect([...names(await get(plain, 'a')), ...names(await get(plain, 'a'))]).toEqual([]);
    const both = await open({ perMinute: 5, perDay: 9, headers: ['RateLimit', 'X-RateLimit'] });
    await statuses([get(both, 'a'), get(both, 'a')]);
    const { headers } = await get(both, 'b');
    expect(headers).toMatchObject({
      'ratelimit-policy': '"minute";q=5;w=60, "day";q=9;w=86400',
      ratelimit: '"minute";r=4;t=60, "day";r=8;t=86400',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
      'x-ratelimit-reset': '60',
    });
    expect(names(await get(both, 'nobody'))).toEqual([]);
    // Errors carry them as well, the refusal among them.
    expect((await get(both, 'b', { path: '/things?limit=x' })).headers['x-ratelimit-remaining']).toBe('3');
    await statuses(Array.from({ length: 3 }, () => get(both, 'b')));
    const refused = await get(both, 'b');
    expect(refused.headers).toMatchObject({
      'retry-after': '60',
      ratelimit: '"minute";r=0;t=60',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '60',
    });
  });

  it('tells documents of its headers and its refusal', async () => {
    const { documentation } = rateLimit({ headers: ['RateLimit', 'X-RateLimit'] });
    expect(Object.keys(documentation?.headers ?? {})).toEqual([
      'RateLimit',
      'RateLimit-Policy',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
    ]);
    expect(documentation?.responses?.[429]?.headers).toHaveProperty('Retry-After');
    expect(rateLimit().documentation?.headers).toEqual({});
  });
});
