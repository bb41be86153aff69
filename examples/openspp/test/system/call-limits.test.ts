import { randomUUID } from 'node:crypto';
import type { OpenAPIObject, OperationObject, PathItemObject, ResponseObject } from 'openapi3-ts/oas31';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap, nationalId } from './support/bootstrap.ts';
import { type Answer, anonymous, type Caller, callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

const limitHeaders = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'] as const;
const [full] = bootstrap.clients ?? [];
if (full === undefined) throw new Error('the bootstrap file has no client');

/** The bootstrap file with a client that may call so often, and others as they are. */
const limited = (clientId: string, rateLimitPerMinute: number, rateLimitPerDay = 1_000_000) => ({
  ...bootstrap,
  clients: [...(bootstrap.clients ?? []), { ...full, clientId, name: clientId, rateLimitPerMinute, rateLimitPerDay }],
});

const told = ({ headers }: Answer) => limitHeaders.map((name) => headers[name]);
const remaining = ({ headers }: Answer) => Number(headers['x-ratelimit-remaining']);

/** QUERY has a place of its own in OpenAPI from 3.2 on. */
const methods = ['get', 'put', 'post', 'delete', 'patch', 'x-query'] as const;

/** Every operation of a document, with the address that it stands for. */
function operationsOf(document: OpenAPIObject) {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]: [string, PathItemObject]) =>
    methods.flatMap((method) => {
      const operation = (item as Readonly<Record<string, OperationObject | undefined>>)[method];
      const address = path.replaceAll(/\{[^}]+\}/g, 'urn%3Anone%7C1');
      return operation === undefined ? [] : [{ name: `${method} ${path}`, method, address, operation }];
    }),
  );
}

const isOpen = ({ security }: OperationObject) =>
  security?.length === 0 || security?.some((one) => !Object.keys(one)[0]);

describe('the limit of calls (contract 3.6)', () => {
  let server: OpenSppProcess;
  let caller: Caller;
  let document: OpenAPIObject;
  beforeAll(async () => {
    server = await startOpenSpp({ bootstrap: limited('counted', 5000) });
    caller = await callerOf(server, 'counted');
    document = JSON.parse((await anonymous(server).call('GET', '/openapi.json')).text);
  });
  afterAll(() => server?.stop());

  it('B-051, B-052: counts every route that asks for a token, and tells of it whatever it answers', async () => {
    const guarded = operationsOf(document).filter(({ operation }) => !isOpen(operation));
    expect(guarded.length).toBeGreaterThan(40);
    const statuses = new Set<number>();
    let left = remaining(await caller.call('GET', '/Individual?_count=1'));
    for (const { name, method, address } of guarded) {
      const answer = await caller.call(
        method.replace('x-', '').toUpperCase(),
        address,
        method === 'get' ? {} : { body: {} },
      );
      expect([name, told(answer)[0]]).toEqual([name, '5000']);
      expect([name, remaining(answer)]).toEqual([name, left - 1]);
      left -= 1;
      statuses.add(answer.status);
    }
    expect([...statuses]).toEqual(expect.arrayContaining([200, 404, 422]));
  });

  it('counts a bundle, and every entry of it', async () => {
    const before = remaining(await caller.call('GET', '/Individual?_count=1'));
    const entry = [1, 2, 3].map(() => ({
      request: { method: 'GET', url: `Individual/${encodeURIComponent(nationalId('NX-1'))}` },
    }));
    const bundle = await caller.call('POST', '/$batch', { body: { resourceType: 'Bundle', type: 'batch', entry } });
    expect(bundle.status, bundle.text).toBe(200);
    const after = remaining(await caller.call('GET', '/Individual?_count=1'));
    expect(before - after).toBe(1 + 3 + 1);
  });

  it('is documented on every answer of these routes, and on none of the open ones', () => {
    for (const { name, operation } of operationsOf(document)) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        const { headers = {} } = resolved(document, response as ResponseObject);
        const named = Object.keys(headers).filter((header) => header.startsWith('X-RateLimit-'));
        expect([name, status, named.length]).toEqual([name, status, isOpen(operation) ? 0 : limitHeaders.length]);
      }
      if (!isOpen(operation))
        expect([name, Object.keys(operation.responses ?? {})]).toEqual([name, expect.arrayContaining(['429'])]);
    }
  });

  it('says nothing to who has shown no token, or one that does not hold', async () => {
    const open = anonymous(server);
    const strangers = [
      await open.call('GET', '/metadata'),
      await open.call('GET', '/Individual'),
      await open.call('GET', '/Individual', { headers: { authorization: 'Bearer made.up.token' } }),
    ];
    expect(strangers.map(({ status }) => status)).toEqual([200, 401, 401]);
    for (const answer of strangers) expect(told(answer)).toEqual([undefined, undefined, undefined]);
  });

  it('is out of the way of a client of which nobody says how often it may call', async () => {
    const answer = await (await callerOf(server)).call('GET', '/Individual?_count=1');
    expect(told(answer)[0]).toBe('60000');
  });
});

function resolved(document: OpenAPIObject, response: ResponseObject & { readonly $ref?: string }): ResponseObject {
  if (response.$ref === undefined) return response;
  return document.components?.responses?.[response.$ref.split('/').at(-1) ?? ''] as ResponseObject;
}

/** Five calls in turn to two servers that count together, by a client that may call three times. */
async function inTurn(first: OpenSppProcess, second: OpenSppProcess, clientId: string): Promise<void> {
  const callers = [await callerOf(first, clientId), await callerOf(second, clientId)] as const;
  const answers: Answer[] = [];
  for (const turn of [0, 1, 0, 1, 0] as const) answers.push(await callers[turn].call('GET', '/Individual?_count=1'));
  expect(answers.map((answer) => [answer.status, remaining(answer)])).toEqual([
    [200, 2],
    [200, 1],
    [200, 0],
    [429, 0],
    [429, 0],
  ]);
  const refused = answers.at(-1);
  expect(refused?.body).toMatchObject({ code: 'rate_limit_exceeded' });
  expect(refused?.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-api-version': '2.0.0' });
  expect(refused?.headers['x-ratelimit-reset']).toBe(refused?.headers['retry-after']);
  // Nobody else waits for it.
  expect((await (await callerOf(first)).call('GET', '/Individual?_count=1')).status).toBe(200);
}

describeOnPostgresql('two processes over one PostgreSQL', () => {
  it.each([
    ['minute', 3, 1_000_000],
    ['day', 60_000, 3],
  ])('have one count of the %s', async (_window, perMinute, perDay) => {
    await using database = await emptyDatabase();
    const environment = { DATABASE_URL: database.url };
    const options = { bootstrap: limited('three', perMinute, perDay), environment };
    await using first = await startOpenSpp(options);
    await using second = await startOpenSpp(options);
    await inTurn(first, second, 'three');
  });
});

const redisUrl = process.env.TEST_REDIS_URL ?? '';

describe.skipIf(redisUrl === '')('two processes with one Redis', () => {
  it('have one count', async () => {
    // No other run has this client.
    const clientId = `three-${randomUUID()}`;
    const options = { bootstrap: limited(clientId, 3), environment: { REDIS_URL: redisUrl } };
    const redis = await createClient({ url: redisUrl }).connect();
    await using first = await startOpenSpp(options);
    await using second = await startOpenSpp(options);
    try {
      await inTurn(first, second, clientId);
    } finally {
      // What was counted here must not limit who comes after: the clients' calls, and this address's tokens.
      const patterns = [
        `openspp:calls:*:client:${clientId}`,
        'openspp:calls:*:client:full',
        'openspp:rate:*127.0.0.1*',
      ];
      for (const key of (await Promise.all(patterns.map((each) => redis.keys(each)))).flat()) await redis.del(key);
      redis.destroy();
    }
  });
});
