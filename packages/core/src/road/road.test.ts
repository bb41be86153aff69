import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import type { RawBody } from '../http/index.ts';
import type { Plugin } from '../plugin/index.ts';
import { ClockService, LoggerService } from '../services/index.ts';
import { call, memoryLogger } from '../testing/index.ts';
import { full, overOneNote, problemOf, route, send } from './fixtures/probe.ts';

const started = overOneNote();

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

  it('tells everybody the methods of an address that everybody may call (R1)', async () => {
    const open = route({ method: 'POST', scope: 'public', handle: () => ({ kind: 'value', status: 200, value: {} }) });
    const api = await started({ plugins: [open] });
    const refused = await call(api, 'GET', '/api/probe');
    expect([refused.status, refused.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    const handle = () => ({ kind: 'value' as const, status: 200, value: {} });
    const guarded: Plugin = {
      name: 'mixed',
      routes: () => [
        { method: 'POST', path: '/mixed', name: 'mixed.open', scope: 'public', handle },
        { method: 'GET', path: '/mixed', name: 'mixed.guarded', scope: ['all'], handle },
      ],
    };
    expect((await call(await started({ plugins: [guarded] }), 'PUT', '/api/mixed')).status).toBe(401);
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
        decoded: async () => void told.push(`${name} decoded`),
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
      'first decoded',
      'second decoded',
      'first response',
      'second response',
      'first observe',
      'second observe',
    ]);
    expect(response.headers.vary).toMatch(/first, second$/);
  });

  it('admits known callers of what has no route, and nobody else', async () => {
    const admitted: unknown[] = [];
    const answered: unknown[] = [];
    const limiter: Plugin = {
      name: 'limiter',
      hooks: {
        admit(context) {
          const { api, resource, operation, head, principal, departed, signal } = context;
          context.log.info({ note: 'admitted' });
          admitted.push([api, resource, operation, head.path, 'id' in principal && principal.id]);
          if (departed || signal.aborted) throw new Error('the caller waits');
          if (head.headers['x-refuse'] !== undefined) throw new SallyportError('too_many_requests');
        },
        decoded: () => void admitted.push('decoded'),
        onResponse: ({ status }, _request, context) => void answered.push([status, context?.state.size]),
      },
    };
    const logger = memoryLogger();
    const api = await started({ plugins: [limiter], logger });
    const status = async (method: string, path: string, headers: Record<string, string> = {}) =>
      (await call(api, method, `/api${path}`, { headers })).status;
    expect(await status('GET', '/nothing', full)).toBe(404);
    expect(await status('PUT', '/r', full)).toBe(405);
    expect(await status('GET', '/nothing', { ...full, 'x-refuse': '1' })).toBe(429);
    expect(admitted).toEqual([
      ['test', undefined, '', '/nothing', 'full'],
      ['test', undefined, '', '/r', 'full'],
      ['test', undefined, '', '/nothing', 'full'],
    ]);
    expect(logger.lines.filter(({ fields }) => fields.note === 'admitted')).toHaveLength(3);
    expect(await status('GET', '/nothing')).toBe(401);
    expect(await status('GET', '/nothing', { authorization: 'Bearer nobody' })).toBe(401);
    expect(await status('OPTIONS', '/r')).toBe(204);
    expect(admitted).toHaveLength(3);
    expect(answered).toEqual([
      [404, 0],
      [405, 0],
      [429, 0],
      [401, undefined],
      [401, undefined],
      [204, undefined],
    ]);
    const told = await started({ plugins: [limiter], strictness: { routesBeforeCredentials: true } });
    expect((await call(told, 'GET', '/api/nothing', { headers: full })).status).toBe(404);
    expect(admitted).toHaveLength(3);
  });

  it('tells hooks what it has decoded before the operation runs, and only if all of it is right', async () => {
    const seen: unknown[] = [];
    const api = await started({
      plugins: [
        {
          name: 'reader',
          hooks: {
            decoded({ query, parameters, body, operation }) {
              seen.push([operation, query, parameters.limit, body.kind]);
              if (operation === 'create') throw new SallyportError('too_many_requests');
            },
          },
        },
      ],
    });
    const body = { slug: 'new', title: 'new' };
    expect((await call(api, 'GET', '/api/r?limit=1', { headers: full })).status).toBe(200);
    expect((await call(api, 'POST', '/api/r', { headers: full, body })).status).toBe(429);
    expect((await call(api, 'GET', '/api/r/new', { headers: full })).status).toBe(404);
    expect((await call(api, 'GET', '/api/r?limit=x', { headers: full })).status).toBe(400);
    expect((await call(api, 'POST', '/api/r', { headers: full, body: {} })).status).toBe(422);
    expect((await call(api, 'GET', '/api/r', { headers: { authorization: 'Bearer poor' } })).status).toBe(403);
    expect(seen).toEqual([
      ['search', [['limit', '1']], 1, 'none'],
      ['create', [], undefined, 'json'],
      ['read', [], undefined, 'none'],
    ]);
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
