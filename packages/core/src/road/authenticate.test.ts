import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import type { AuthenticationStrategy } from '../plugin/index.ts';
import { createServices } from '../services/index.ts';
import { call, memoryLogger } from '../testing/index.ts';
import { authenticate } from './authenticate.ts';
import type { RequestHead } from './call.ts';
import { overOneNote } from './fixtures/probe.ts';
import { type CallerPrincipal, system } from './principal.ts';

const head = (headers: Record<string, string>): RequestHead => ({
  method: 'GET',
  path: '/r',
  query: [],
  rawQuery: '',
  headers,
  clientAddress: '192.0.2.7',
  secure: true,
});

/** Knows the callers that a header names, and refuses the name `bad`. */
function byHeader(name: string, change: Partial<AuthenticationStrategy> = {}): AuthenticationStrategy {
  return {
    name,
    challenge: `${name} realm="test"`,
    carries: ({ headers }) => headers[name] !== undefined,
    authenticate({ head: { headers } }) {
      const id = headers[name];
      if (id === undefined) return undefined;
      if (id === 'bad') throw new SallyportError('invalid_token');
      return { kind: 'client', id, scopes: new Set(['all']), strategy: name, attributes: {} };
    },
    ...change,
  };
}

const asking = (strategies: readonly AuthenticationStrategy[], headers: Record<string, string> = {}) =>
  authenticate(strategies, { head: head(headers), now: new Date(0), services: createServices() });

const open: AuthenticationStrategy = {
  name: 'open',
  authenticate: () => ({ kind: 'client', id: 'guest', scopes: new Set(), strategy: 'open', attributes: {} }),
};

describe('several strategies', () => {
  const both = [byHeader('one'), byHeader('two')];

  it('are tried by what the request carries', async () => {
    expect(await asking(both, { one: 'ann' })).toMatchObject({ id: 'ann', strategy: 'one' });
    expect(await asking(both, { two: 'bob' })).toMatchObject({ id: 'bob', strategy: 'two' });
  });

  it('R20: answer credentials of two kinds with 400, whether they are good or bad', async () => {
    for (const [one, two] of [
      ['ann', 'bob'],
      ['ann', 'bad'],
      ['bad', 'bad'],
    ] as const) {
      await expect(asking(both, { one, two })).rejects.toMatchObject({ code: 'malformed_request', status: 400 });
    }
  });

  it('name all their challenges in one 401', async () => {
    await expect(asking(both)).rejects.toMatchObject({
      code: 'unauthenticated',
      headers: { 'www-authenticate': 'one realm="test", two realm="test"' },
    });
  });

  it('leave bad credentials to the one whose they are, whatever its place', async () => {
    const asked: string[] = [];
    const eager = { ...open, authenticate: () => void asked.push('eager') };
    await expect(asking([open, ...both], { two: 'bad' })).rejects.toMatchObject({ code: 'invalid_token' });
    await expect(asking([eager, ...both], { two: 'bad' })).rejects.toMatchObject({ code: 'invalid_token' });
    expect(asked).toEqual([]);
    expect(await asking([open, ...both])).toMatchObject({ id: 'guest' });
  });

  it('open nothing to credentials that their own strategy makes nothing of', async () => {
    const shy = byHeader('one', { authenticate: () => undefined });
    await expect(asking([shy, open], { one: 'ann' })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('are asked in order where they do not tell what they carry', async () => {
    const { carries: _, ...older } = byHeader('older');
    expect(await asking([older, ...both], { older: 'cyd' })).toMatchObject({ id: 'cyd' });
    expect(await asking([...both, older, open], {})).toMatchObject({ id: 'guest' });
    expect(await asking([older, ...both], { older: 'cyd', one: 'ann' })).toMatchObject({ id: 'ann' });
  });
});

describe('no request becomes system', () => {
  const shapes: readonly (readonly [string, unknown])[] = [
    ['the constant', system],
    ['a look-alike', { kind: 'system' }],
    ['one with scopes', { kind: 'system', id: 'x', scopes: new Set(['all']), strategy: 'x', attributes: {} }],
    ['another kind', { kind: 'admin', id: 'x', scopes: new Set(['all']) }],
    ['no kind', { id: 'x', scopes: new Set(['all']) }],
    ['a list', []],
    ['a text', 'system'],
    ['a kind that is no text', { kind: { toString: () => 'client' } }],
    ['one that inherits', Object.create(system)],
    ['true', true],
  ];
  const started = overOneNote();

  it.each(shapes)('by a strategy that answers %s', async (_name, answer) => {
    const wicked = byHeader('x-wicked', { authenticate: async () => answer as CallerPrincipal });
    await expect(asking([wicked], { 'x-wicked': '1' })).rejects.toMatchObject({ code: 'internal', status: 500 });
    const logger = memoryLogger();
    const api = await started({ auth: [wicked], logger });
    const response = await call(api, 'GET', '/api/r/1', { headers: { 'x-wicked': '1' } });
    expect(response.status).toBe(500);
    expect(response.text).not.toContain('wicked');
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('by anything that it says of itself', async () => {
    const api = await started();
    for (const headers of [
      { authorization: 'Bearer system' },
      { authorization: 'System system' },
      { 'x-principal': '{"kind":"system"}' },
      { 'x-sallyport-system': 'true' },
      { cookie: 'principal=system; kind=system' },
    ] as Record<string, string>[]) {
      expect((await call(api, 'GET', '/api/r/1', { headers })).status).toBe(401);
    }
    expect((await call(api, 'GET', '/api/r/1?principal=system&kind=system')).status).toBe(401);
  });
});
