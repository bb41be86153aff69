import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, createApi } from '../api/create-api.ts';
import { SallyportError } from '../errors/index.ts';
import type { RawBody, RawResponse } from '../http/index.ts';
import type { Plugin } from '../plugin/index.ts';
import { ClockService, LoggerService, silentLogger } from '../services/index.ts';
import {
  call,
  HostileNote,
  hostileCaller,
  hostileResource,
  memoryLogger,
  type OpenTestDatabase,
  testDatabases,
} from '../testing/index.ts';
import type { AccessLogEntry, RouteDefinition } from './route.ts';

const full = { authorization: 'Bearer full' };
const [database] = testDatabases();

let open: OpenTestDatabase;
beforeAll(async () => {
  if (database === undefined) throw new Error('PGlite is always there');
  open = await database.open([HostileNote]);
  const em = open.orm.em.fork();
  em.create(HostileNote, { slug: '1', title: 'one' });
  await em.flush();
});
afterAll(() => open?.close());

const started = (options: Partial<ApiOptions> = {}): Promise<Api> =>
  createApi({
    name: 'test',
    basePath: '/api',
    orm: open.orm,
    resources: [hostileResource],
    auth: [hostileCaller],
    logger: silentLogger,
    ...options,
  });

const route = (definition: Partial<RouteDefinition> & Pick<RouteDefinition, 'handle'>): Plugin => ({
  name: 'probe',
  routes: () => [{ method: 'GET', path: '/probe', name: 'probe', scope: ['all'], ...definition }],
});

interface Sent {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: RawBody;
  readonly signal?: AbortSignal;
}

const send = (api: Api, target: string, { method = 'GET', headers = [], body = { kind: 'none' }, signal }: Sent = {}) =>
  api.handle(
    {
      method,
      target,
      rawHeaders: ['Host', 'test', ...headers],
      remoteAddress: '127.0.0.1',
      encrypted: false,
      body,
      ...(signal === undefined ? {} : { signal }),
    },
    { unmatched: 'answer' },
  );

const problemOf = (response: RawResponse | undefined) =>
  JSON.parse(String(response?.body)) as { code: string; detail: string; instance: string };

/** A body that fails the test when somebody reads it. */
function untouchable(): { readonly body: RawBody; readonly touched: () => boolean } {
  let touched = false;
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]() {
      touched = true;
      throw new Error('the body was read');
    },
  };
  return { body: { kind: 'stream', stream }, touched: () => touched };
}

const announced = ['Content-Type', 'application/json', 'Content-Length', '50000000'];

describe('the order of the stages', () => {
  it('refuses before the body is read: 401, 403, hooks, 406', async () => {
    const refusing: Plugin = {
      name: 'refusing',
      hooks: {
        admit({ head }) {
          if (head.headers['x-refuse'] !== undefined) throw new SallyportError('too_many_requests');
        },
      },
    };
    const api = await started({ plugins: [refusing] });
    for (const [status, headers] of [
      [401, []],
      [401, ['Authorization', 'Bearer nobody']],
      [403, ['Authorization', 'Bearer poor']],
      [429, ['Authorization', 'Bearer full', 'X-Refuse', '1']],
      [406, ['Authorization', 'Bearer full', 'Accept', 'image/png']],
    ] as const) {
      const { body, touched } = untouchable();
      const response = await send(api, '/api/r', { method: 'POST', headers: [...announced, ...headers], body });
      expect(response?.status).toBe(status);
      expect(touched()).toBe(false);
      expect(response?.close, 'the connection ends, as the body is left on it').toBe(true);
    }
  });

  it('answers 401 before it says what there is', async () => {
    const api = await started();
    for (const [method, target] of [
      ['GET', '/api/nothing'],
      ['PUT', '/api/r'],
      ['GET', '/api/r/absent'],
      ['GET', '/api/r?limit=x'],
      ['POST', '/api/r'],
    ] as const) {
      expect((await call(api, method, target)).status, `${method} ${target}`).toBe(401);
    }
    const told = await started({ strictness: { routesBeforeCredentials: true } });
    expect((await call(told, 'GET', '/api/nothing')).status).toBe(404);
    expect((await call(told, 'PUT', '/api/r')).status).toBe(405);
    expect((await call(told, 'GET', '/api/r/absent')).status).toBe(401);
  });

  it('reads the body first where the API says so', async () => {
    const api = await started({ strictness: { bodyBeforeCredentials: true } });
    const response = await call(api, 'POST', '/api/r', {
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    expect(response.status).toBe(400);
  });

  it('checks the schema before the scope where the API says so', async () => {
    const poor = { authorization: 'Bearer poor' };
    const usual = await started();
    expect((await call(usual, 'POST', '/api/r', { headers: poor, body: {} })).status).toBe(403);
    const api = await started({ strictness: { schemaBeforeScope: true } });
    expect((await call(api, 'POST', '/api/r', { headers: poor, body: {} })).status).toBe(422);
    expect((await call(api, 'GET', '/api/r?limit=x', { headers: poor })).status).toBe(400);
    expect((await call(api, 'POST', '/api/r', { headers: poor, body: { slug: 'x', title: 'x' } })).status).toBe(403);
  });

  it('runs hooks in the order of their plugins, and what they throw is the answer', async () => {
    const told: string[] = [];
    const plugin = (name: string, more: Partial<Plugin> = {}): Plugin => ({
      name,
      hooks: {
        onRequest: () => void told.push(`${name} request`),
        admit: async () => void told.push(`${name} admit`),
        onResponse: (response) => {
          told.push(`${name} response`);
          response.appendHeader('vary', name);
        },
        observe: () => void told.push(`${name} observe`),
      },
      ...more,
    });
    const api = await started({ plugins: [plugin('second', { after: ['first'] }), plugin('first')] });
    const response = await call(api, 'GET', '/api/r/1', { headers: full });
    expect(told).toEqual([
      'first request',
      'second request',
      'first admit',
      'second admit',
      'first response',
      'second response',
      'first observe',
      'second observe',
    ]);
    expect(response.headers.vary).toMatch(/first, second$/);
  });

  it('lets a plugin answer before routing, dressed like every other answer', async () => {
    const api = await started({
      plugins: [
        {
          name: 'short',
          hooks: {
            onRequest: ({ path }) => (path === '/short' ? { status: 204, headers: { 'x-a': 'b' } } : undefined),
          },
        },
      ],
    });
    const response = await send(api, '/api/short');
    expect(response).toMatchObject({ status: 204, headers: { 'x-a': 'b', 'x-content-type-options': 'nosniff' } });
    expect(response?.headers['x-request-id']).toBeTypeOf('string');
  });

  it('is not undone by an observer that throws', async () => {
    const log = memoryLogger();
    const api = await started({
      logger: log,
      plugins: [
        {
          name: 'broken',
          hooks: {
            observe() {
              throw new Error('no statistics today');
            },
          },
        },
      ],
    });
    const response = await call(api, 'GET', '/api/r/1', { headers: full });
    expect(response.status).toBe(200);
    expect(log.lines.filter(({ message }) => message === 'call')).toHaveLength(1);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

describe('strictness', () => {
  it('ignores unknown parameters, takes the last of repeated ones', async () => {
    const api = await started({ strictness: { unknownParameters: 'ignore', repeatedParameters: 'last' } });
    const response = await call(api, 'GET', '/api/r?limit=2&nope=1&limit=1', { headers: full });
    expect(response.status, response.text).toBe(200);
    expect((await call(api, 'GET', '/api/r?__proto__=1', { headers: full })).status).toBe(400);
  });

  it('ignores unknown properties, at every depth', async () => {
    const api = await started({ strictness: { unknownProperties: 'ignore' } });
    const response = await call(api, 'PATCH', '/api/r/1', { headers: full, body: { nope: { a: 1 } } });
    expect(response.status, response.text).toBe(200);
  });

  it('redirects a slash at the end, with the query', async () => {
    const api = await started({ strictness: { trailingSlash: 'redirect' } });
    const response = await send(api, '/api/r/1/?fields=slug');
    expect(response).toMatchObject({ status: 307, headers: { location: '/api/r/1?fields=slug' } });
    expect((await send(api, '/api//evil.test/'))?.status).not.toBe(307);
    expect((await send(api, '//evil.test/api/r/'))?.headers.location).toBeUndefined();
  });

  it('asks for If-Match', async () => {
    const api = await started({ strictness: { requireIfMatch: true } });
    const without = await call(api, 'PATCH', '/api/r/1', { headers: full, body: {} });
    expect(without.status).toBe(428);
    expect((await call(api, 'PATCH', '/api/r/absent', { headers: full, body: {} })).status).toBe(404);
    expect((await call(api, 'PATCH', '/api/r/1', { headers: { ...full, 'if-match': '*' }, body: {} })).status).toBe(
      200,
    );
  });

  it('reads If-Match leniently', async () => {
    const { headers } = await call(await started(), 'GET', '/api/r/1', { headers: full });
    const version = String(headers.etag).replaceAll('"', '');
    const usual = await started();
    const lenient = await started({ strictness: { lenientIfMatch: true } });
    for (const tag of [version, `W/"${version}"`]) {
      const sent = { headers: { ...full, 'if-match': tag }, body: {} };
      expect((await call(lenient, 'PATCH', '/api/r/1', sent)).status, tag).toBe(200);
      expect((await call(usual, 'PATCH', '/api/r/1', sent)).status, tag).not.toBe(200);
    }
  });
});

describe('who calls (RFC 6750)', () => {
  it('challenges without an error when there are no credentials', async () => {
    const response = await call(await started(), 'GET', '/api/r/1');
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="test"');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it('says invalid_token, and which scope is lacking', async () => {
    const api = await started();
    const invalid = await call(api, 'GET', '/api/r/1', { headers: { authorization: 'Bearer x' } });
    expect(invalid.headers['www-authenticate']).toBe('Bearer realm="test", error="invalid_token"');
    const poor = await call(api, 'GET', '/api/r/1', { headers: { authorization: 'Bearer poor' } });
    expect(poor.status).toBe(403);
    expect(poor.headers['www-authenticate']).toBe('Bearer realm="test", error="insufficient_scope", scope="all"');
  });

  it('names every way to present credentials, and asks the strategies in order', async () => {
    const basic = { name: 'basic', challenge: 'Basic realm="b"', authenticate: () => undefined };
    const api = await started({ auth: [basic, hostileCaller] });
    const response = await call(api, 'GET', '/api/r/1');
    expect(response.headers['www-authenticate']).toBe('Basic realm="b", Bearer realm="test"');
    expect((await call(api, 'GET', '/api/r/1', { headers: full })).status).toBe(200);
  });

  it('lets nobody in when no strategy is there, and fails closed when one breaks', async () => {
    expect((await call(await started({ auth: [] }), 'GET', '/api/r/1', { headers: full })).status).toBe(401);
    const broken = {
      name: 'broken',
      authenticate: () => Promise.reject(new Error('the store is down')),
    };
    expect((await call(await started({ auth: [broken] }), 'GET', '/api/r/1', { headers: full })).status).toBe(500);
    const down = { name: 'down', authenticate: () => Promise.reject(new SallyportError('unavailable')) };
    expect(
      (await call(await started({ auth: [down, hostileCaller] }), 'GET', '/api/r/1', { headers: full })).status,
    ).toBe(503);
  });

  it('knows anonymous callers of public routes as such, whatever they send', async () => {
    const api = await started({
      plugins: [
        route({ scope: 'public', handle: ({ principal }) => ({ kind: 'value', status: 200, value: principal }) }),
      ],
    });
    for (const headers of [{}, full, { authorization: 'Bearer rubbish' }]) {
      expect((await call(api, 'GET', '/api/probe', { headers })).body).toEqual({ kind: 'anonymous' });
    }
  });

  it('has no side effects on OPTIONS, and HEAD is GET without its body', async () => {
    const api = await started();
    const options = await send(api, '/api/r/1', { method: 'OPTIONS' });
    expect(options).toMatchObject({ status: 204, headers: { allow: 'GET, HEAD, PATCH, DELETE, OPTIONS' } });
    expect((await send(api, '/api/nothing', { method: 'OPTIONS' }))?.status).toBe(401);
    const get = await call(api, 'GET', '/api/r/1', { headers: full });
    const head = await call(api, 'HEAD', '/api/r/1', { headers: full });
    expect(head.text).toBe('');
    const without = ({ 'x-request-id': _, ...rest }: Record<string, unknown>) => rest;
    expect(without(head.headers)).toEqual(without(get.headers));
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)));
    expect((await call(api, 'HEAD', '/api/r/1')).status).toBe(401);
  });
});

describe('what an error shows', () => {
  const canary = 'CANARY-9f31';
  const failing = () =>
    started({
      plugins: [
        route({
          handle() {
            throw new Error(`select "secret" from "/srv/app" ${canary}`);
          },
        }),
      ],
    });

  it('shows nothing of what went wrong inside, and carries the id of the log', async () => {
    const log = memoryLogger();
    const api = await started({
      logger: log,
      plugins: [
        route({
          handle() {
            throw new Error(`at /srv/app ${canary}`);
          },
        }),
      ],
    });
    const response = await call(api, 'GET', '/api/probe', { headers: full });
    const id = String(response.headers['x-request-id']);
    expect(response.status).toBe(500);
    expect(response.body).toEqual({
      type: 'https://sallyport.dev/problems/internal',
      title: 'Something went wrong',
      status: 500,
      detail: 'Something went wrong',
      instance: `urn:uuid:${id}`,
      code: 'internal',
    });
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({ request: id, route: 'probe' });
    expect(errors[0]?.fields.err).toMatchObject({ message: expect.stringContaining(canary) });
  });

  it('logs what went wrong inside even where its wording is another status', async () => {
    const log = memoryLogger();
    const api = await started({
      logger: log,
      errors: { internal: { status: 422, code: 'sorry' } },
      plugins: [
        route({
          handle() {
            throw new Error('boom');
          },
        }),
      ],
    });
    expect((await call(api, 'GET', '/api/probe', { headers: full })).body).toMatchObject({
      status: 422,
      code: 'sorry',
    });
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('never lets a header be split', async () => {
    for (const headers of [{ 'x-a': 'b\r\nset-cookie: c' }, { location: '/x\n' }, { 'x-a': '\u0000' }]) {
      const api = await started({
        plugins: [route({ handle: () => ({ kind: 'value', status: 200, value: {}, headers }) })],
      });
      const response = await send(api, '/api/probe', { headers: ['Authorization', 'Bearer full'] });
      expect(response?.status).toBe(500);
      for (const value of Object.values(response?.headers ?? {})) expect(String(value)).not.toMatch(/[\r\n\0]/);
    }
    const named = await started({
      plugins: [route({ handle: () => ({ kind: 'value', status: 200, value: {}, headers: { 'x-a\r\nb': 'c' } }) })],
    });
    const response = await send(named, '/api/probe', { headers: ['Authorization', 'Bearer full'] });
    expect(response?.status).toBe(500);
    expect(Object.keys(response?.headers ?? {}).join()).not.toMatch(/[\r\n]/);
  });

  it('answers a bare 500 when even the error cannot be written', async () => {
    const api = await started({
      plugins: [
        {
          name: 'broken',
          hooks: {
            onResponse() {
              throw new Error('hook');
            },
          },
        },
      ],
    });
    const response = await send(api, '/api/r/1', { headers: ['Authorization', 'Bearer full'] });
    expect(response?.status).toBe(500);
    expect(response?.body).toBeUndefined();
  });

  it('keeps credentials, queries and bodies out of the log', async () => {
    const log = memoryLogger();
    const api = await started({ logger: log });
    const sent = { authorization: `Bearer ${canary}`, cookie: canary };
    await call(api, 'GET', `/api/r?title=${canary}`, { headers: { ...full, cookie: canary } });
    await call(api, 'GET', `/api/r?access_token=${canary}`, { headers: sent });
    await call(api, 'GET', `/api/r/${canary}`, { headers: full });
    await call(api, 'GET', `/api/${canary}`, { headers: full });
    await call(api, 'GET', `/api/r?domain=${encodeURIComponent(`[["title","=","${canary}"]]`)}`, { headers: full });
    await call(api, 'POST', '/api/r', { headers: full, body: { slug: canary, title: canary, more: canary } });
    await call(api, 'POST', '/api/r', { headers: full, body: { slug: canary, title: canary } });
    const twice = await call(api, 'POST', '/api/r', { headers: full, body: { slug: canary, title: canary } });
    expect(twice.status).toBe(409);
    expect(twice.text).not.toContain(canary);
    await call(api, 'DELETE', `/api/r/${canary}`, { headers: full });
    expect(log.lines.length).toBeGreaterThan(8);
    expect(JSON.stringify(log.lines)).not.toContain(canary);
  });

  it('keeps the values of a failed statement out of the log', async () => {
    const log = memoryLogger();
    const api = await started({
      logger: log,
      plugins: [
        route({
          handle: ({ unit }) =>
            unit(async ({ em }) => {
              await em
                .getConnection()
                .execute('select 1 from absent where a = ?', [canary], 'all', em.getTransactionContext());
              return { kind: 'value' as const, status: 200, value: {} };
            }),
        }),
      ],
    });
    const response = await call(api, 'GET', '/api/probe', { headers: full });
    expect(response.status).toBe(500);
    const [error] = log.lines.filter(({ level }) => level === 'error');
    expect(error).toBeDefined();
    const seen = error?.fields.err as Error | undefined;
    expect(`${seen?.message}${seen?.stack}${JSON.stringify(seen)}`).not.toContain(canary);
  });

  it('tells observers names and numbers only', async () => {
    const entries: AccessLogEntry[] = [];
    const api = await started({
      plugins: [{ name: 'watch', hooks: { observe: (entry) => void entries.push(entry) } }],
    });
    await call(api, 'GET', `/api/r/${canary}`, { headers: full });
    await call(api, 'GET', `/api/nothing/${canary}`, { headers: full });
    expect(entries).toEqual([
      {
        id: expect.any(String),
        api: 'test',
        route: 'note.read',
        method: 'GET',
        template: '/r/{key}',
        status: 404,
        error: 'not_found',
        milliseconds: expect.any(Number),
        principal: 'full',
      },
      expect.objectContaining({ route: undefined, template: undefined, status: 404, principal: undefined }),
    ]);
    expect(JSON.stringify(entries)).not.toContain(canary);
  });

  it('writes problems as the golden file has them', async () => {
    const api = await started();
    const answers: Record<string, unknown> = {};
    for (const [name, method, target, body] of [
      ['not found', 'GET', '/api/r/absent', undefined],
      ['no route', 'GET', '/api/absent', undefined],
      ['method', 'PUT', '/api/r', undefined],
      ['body', 'POST', '/api/r', { slug: 1, nope: true, 'a/b~c': 1 }],
      ['parameters', 'GET', '/api/r?limit=x&nope=1', undefined],
      ['filter', 'GET', '/api/r?domain=[["nope","=",1]]', undefined],
      ['order', 'GET', '/api/r?order=nope', undefined],
      ['duplicate', 'POST', '/api/r', { slug: '1', title: 'x' }],
    ] as const) {
      const response = await call(api, method, target, { headers: full, body });
      answers[name] = { ...(response.body as object), instance: 'urn:uuid:…' };
    }
    expect(answers).toMatchSnapshot();
    expect((await call(await failing(), 'GET', '/api/probe', { headers: full })).text).not.toContain(canary);
  });
});

describe('callers who leave, bodies that do not come', () => {
  it('reads nothing more for a caller who is gone', async () => {
    const api = await started();
    const response = await send(api, '/api/r/1', {
      headers: ['Authorization', 'Bearer full'],
      signal: AbortSignal.abort(),
    });
    expect(response?.status).toBe(503);
  });

  it('gives up on a body that stalls', async () => {
    const api = await started({ limits: { bodyTimeout: 50 } });
    const stalled: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<Uint8Array>>(() => {}) }),
    };
    const response = await send(api, '/api/r', {
      method: 'POST',
      headers: ['Authorization', 'Bearer full', 'Content-Type', 'application/json', 'Content-Length', '10'],
      body: { kind: 'stream', stream: stalled },
    });
    expect(response?.status).toBe(408);
    expect(problemOf(response).code).toBe('request_timeout');
    expect(response?.close).toBe(true);
  });

  it('answers a body that breaks off', async () => {
    const api = await started();
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('{"slug":');
      throw new Error('socket hang up');
    }
    const response = await send(api, '/api/r', {
      method: 'POST',
      headers: ['Authorization', 'Bearer full', 'Content-Type', 'application/json', 'Content-Length', '100'],
      body: { kind: 'stream', stream: broken() },
    });
    expect(response?.status).toBeGreaterThanOrEqual(400);
    expect(response?.status).toBeLessThan(500);
  });
});

describe('services', () => {
  it('uses the clock and the logger that a user registers', async () => {
    const log = memoryLogger();
    const now = new Date('2026-03-04T05:06:07Z');
    const seen: string[] = [];
    const api = await started({
      services(services) {
        services.register(ClockService, () => ({ now: () => now }));
        services.register(LoggerService, () => log);
      },
      plugins: [
        { name: 'watch', hooks: { admit: (context) => void seen.push(context.now.toISOString()) } },
        route({
          handle(context) {
            context.log.warn({ a: 1 }, 'from the handler');
            return { kind: 'value', status: 200, value: { now: context.now } };
          },
        }),
      ],
    });
    const response = await call(api, 'GET', '/api/probe', { headers: full });
    expect(response.body).toEqual({ now: now.toISOString() });
    expect(seen).toEqual([now.toISOString()]);
    expect(log.lines.find(({ message }) => message === 'from the handler')?.fields).toMatchObject({
      a: 1,
      route: 'probe',
    });
    expect(log.lines.some(({ message }) => message === 'call')).toBe(true);
    expect(api.system.call('job').now).toEqual(now);
  });

  it('stops plugins in reverse order', async () => {
    const told: string[] = [];
    const plugin = (name: string): Plugin => ({
      name,
      start: () => void told.push(`+${name}`),
      stop: () => void told.push(`-${name}`),
    });
    const api = await started({ plugins: [plugin('a'), plugin('b')] });
    await api.close();
    expect(told).toEqual(['+a', '+b', '-b', '-a']);
  });
});
