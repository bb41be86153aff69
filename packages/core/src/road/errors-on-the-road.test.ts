import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { call, hostileCaller, memoryLogger } from '../testing/index.ts';
import { full, overOneNote, route, send } from './fixtures/probe.ts';
import type { AccessLogEntry, ObservedCall } from './route.ts';

const started = overOneNote();

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

  it('tells observers names and numbers only, beside the call itself', async () => {
    const entries: AccessLogEntry[] = [];
    const observed: Omit<ObservedCall, 'call'>[] = [];
    const routed: boolean[] = [];
    const observe = (entry: AccessLogEntry, { call: made, ...rest }: ObservedCall) => {
      entries.push(entry);
      observed.push(rest);
      routed.push(made !== undefined);
    };
    const api = await started({ plugins: [{ name: 'watch', hooks: { observe } }] });
    await call(api, 'GET', `/api/r/${canary}`, { headers: full });
    await call(api, 'GET', `/api/nothing/${canary}`, { headers: full });
    await call(api, 'GET', `/api/nothing/${canary}`);
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
      expect.objectContaining({ route: undefined, template: undefined, status: 404, principal: 'full' }),
      expect.objectContaining({ route: undefined, template: undefined, status: 401, principal: undefined }),
    ]);
    const facts = { clientAddress: '127.0.0.1', open: false, at: expect.any(Date) };
    const principal = expect.objectContaining({ kind: 'client', id: 'full' });
    expect(observed).toEqual([
      { ...facts, principal },
      { ...facts, principal },
      { ...facts, principal: undefined },
    ]);
    expect(routed).toEqual([true, false, false]);
    expect(JSON.stringify([entries, observed])).not.toContain(canary);
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
