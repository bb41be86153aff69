import { inspect } from 'node:util';
import { ConfigurationError, SallyportError, system } from '@sallyport/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { head, start, testSetup } from '../../../test-support/calls.ts';
import { type CallerAnswer, type CustomRequest, type CustomStrategyOptions, customStrategy } from '../../index.ts';

const good: CallerAnswer = { kind: 'user', id: 'ada', scopes: ['tag:search'], attributes: { team: 'north' } };

function arrange(change: Partial<CustomStrategyOptions> = {}) {
  const strategy = customStrategy({ name: 'gateway', credentials: 'X-User', authenticate: () => good, ...change });
  const { services } = testSetup();
  const ask = async (headers: Record<string, string> = { 'x-user': 'hush-hush-secret' }) =>
    strategy.authenticate({ head: head(headers), now: start, services });
  const refused = async (headers?: Record<string, string>): Promise<SallyportError> => {
    const thrown = await ask(headers).then(
      (principal) => new Error(`no refusal but ${inspect(principal)}`),
      (error: unknown) => error,
    );
    if (thrown instanceof SallyportError) return thrown;
    throw thrown;
  };
  return { strategy, ask, refused };
}

afterEach(() => {
  vi.useRealTimers();
});

it('makes a frozen caller of what the function answers', async () => {
  const answer = { ...good, scopes: new Set(['tag:search']), attributes: { team: 'north' } };
  const { ask } = arrange({ authenticate: () => answer });
  const principal = await ask();
  expect(principal).toEqual({ ...good, scopes: new Set(['tag:search']), strategy: 'gateway' });
  expect([
    Object.isFrozen(principal),
    principal && 'attributes' in principal && Object.isFrozen(principal.attributes),
  ]).toEqual([true, true]);
  // What the function does to its answer afterwards changes nothing.
  answer.scopes.add('admin');
  answer.attributes.team = 'south';
  expect(principal).toMatchObject({ scopes: new Set(['tag:search']), attributes: { team: 'north' } });
  expect(await arrange({ authenticate: async () => ({ kind: 'client', id: 'c' }) }).ask()).toEqual({
    kind: 'client',
    id: 'c',
    scopes: new Set(),
    strategy: 'gateway',
    attributes: {},
  });
});

it('copies lists of fields and limits, and refuses those that are none', async () => {
  const lists = { 'tag:search': ['name'] };
  const { ask } = arrange({ authenticate: () => ({ ...good, fieldLists: lists, limits: { perMinute: 3 } }) });
  expect(await ask()).toMatchObject({ fieldLists: { 'tag:search': ['name'] }, limits: { perMinute: 3 } });
  for (const wrong of [
    { fieldLists: 'name' },
    { fieldLists: { 'tag:search': 'name' } },
    { fieldLists: { 'not a scope': [] } },
    { fieldLists: { a: [1] } },
    { limits: 3 },
    { limits: { perDay: Number.NaN } },
  ]) {
    const answer = { ...good, ...wrong } as unknown as CallerAnswer;
    expect((await arrange({ authenticate: () => answer }).refused()).status).toBeGreaterThanOrEqual(500);
  }
});

it('hands the function the call, and only one that carries its credentials', async () => {
  const seen: CustomRequest[] = [];
  const authenticate = (request: CustomRequest) => {
    seen.push(request);
    return good;
  };
  const { ask, strategy } = arrange({ authenticate });
  for (const headers of [{}, { 'x-user': '' }, { authorization: 'Bearer x' }] as Record<string, string>[]) {
    expect(await ask(headers)).toBeUndefined();
    expect(strategy.carries?.(head(headers))).toBe(false);
  }
  expect(seen).toEqual([]);
  await ask();
  expect(seen).toMatchObject([{ head: { headers: { 'x-user': 'hush-hush-secret' } }, now: start }]);
  expect(seen[0]?.signal.aborted).toBe(false);

  const hmac = arrange({ credentials: ({ headers }) => /^hmac /i.test(headers.authorization ?? '') });
  expect(await hmac.ask({ authorization: 'HMAC abc' })).toMatchObject({ id: 'ada' });
  expect(await hmac.ask({ authorization: 'Bearer abc' })).toBeUndefined();
  const several = arrange({ credentials: ['x-user', 'X-Sign'] });
  expect(await several.ask({ 'x-sign': '1' })).toMatchObject({ id: 'ada' });
});

it('documents itself, and is no open door when it does not', () => {
  const scheme = { name: 'gateway', definition: { type: 'apiKey', in: 'header', name: 'X-User' } };
  expect(arrange({ scheme }).strategy.scheme).toBe(scheme);
  expect(arrange().strategy.opens?.('tag')).toBe(false);
});

describe('a refusal', () => {
  it('is 401 with the challenge when the function knows nobody', async () => {
    expect(await arrange({ authenticate: () => undefined }).refused()).toMatchObject({
      code: 'invalid_token',
      status: 401,
      headers: { 'WWW-Authenticate': 'gateway' },
    });
    const challenge = 'HMAC realm="api"';
    expect(await arrange({ authenticate: async () => undefined, challenge }).refused()).toMatchObject({
      headers: { 'WWW-Authenticate': challenge },
    });
  });

  it('is the error of ours that the function throws, with the challenge where it is 401', async () => {
    const throwing = (error: Error) => arrange({ authenticate: () => Promise.reject(error) }).refused();
    expect(await throwing(new SallyportError('invalid_token', { detail: 'Too old.' }))).toMatchObject({
      detail: 'Too old.',
      headers: { 'WWW-Authenticate': 'gateway' },
    });
    expect((await throwing(new SallyportError('forbidden'))).headers).toEqual({});
  });

  it.each([
    ['an error', new RangeError('hush-hush-secret is wrong')],
    ['an error with a cause', new Error('hush-hush-secret', { cause: new Error('hush-hush-secret') })],
    ['an error with members', Object.assign(new Error('x'), { config: { headers: { 'x-user': 'hush-hush-secret' } } })],
    ['a text', 'hush-hush-secret'],
    ['nothing', undefined],
    ['null', null],
  ])('is 503 for %s that it throws, of which nothing is shown or logged', async (_name, thrown) => {
    for (const authenticate of [
      () => Promise.reject(thrown),
      () => {
        throw thrown;
      },
    ]) {
      const error = await arrange({ authenticate }).refused();
      expect(error).toMatchObject({ code: 'unavailable', status: 503, headers: { 'Retry-After': '5' } });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hush');
    }
  });

  it('tells the log what was thrown, and where', async () => {
    const error = await arrange({ authenticate: () => Promise.reject(new RangeError('hush')) }).refused();
    expect(String(error.cause)).toBe('Error: authenticate threw RangeError');
    expect((error.cause as Error).stack).toContain('custom-strategy.test.ts');
  });

  it('is 503 when the time is over, and the function is told', async () => {
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const { refused } = arrange({
      timeoutSeconds: 2,
      authenticate: (request) => {
        signal = request.signal;
        return new Promise(() => {});
      },
    });
    const answer = refused();
    await vi.advanceTimersByTimeAsync(1999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ code: 'unavailable' });
    expect(signal?.aborted).toBe(true);
  });
});

describe('an answer that is no caller', () => {
  const shifting = () => {
    let asked = 0;
    return {
      get kind() {
        asked += 1;
        return asked === 1 ? 'client' : 'system';
      },
      id: 'x',
    };
  };

  it.each([
    ['system', system],
    ['a look-alike', { kind: 'system', id: 'x', scopes: ['all'] }],
    ['anonymous', { kind: 'anonymous' }],
    ['another kind', { kind: 'admin', id: 'x' }],
    ['a kind in another case', { kind: 'Client', id: 'x' }],
    ['a kind that is no text', { kind: ['client'], id: 'x' }],
    ['no kind', { id: 'x' }],
    ['no id', { kind: 'user' }],
    ['an empty id', { kind: 'user', id: '' }],
    ['a blank id', { kind: 'user', id: ' ' }],
    ['an id of 256 characters', { kind: 'user', id: 'x'.repeat(256) }],
    ['an id with a line break', { kind: 'user', id: 'a\nb' }],
    ['an id beyond ASCII', { kind: 'user', id: 'ädä' }],
    ['an id that is no text', { kind: 'user', id: new String('ada') }],
    ['a scope that is no text', { ...good, scopes: [1] }],
    ['a scope with a space', { ...good, scopes: ['a b'] }],
    ['scopes in one text', { ...good, scopes: 'all' }],
    ['scopes that look like a list', { ...good, scopes: { 0: 'all', length: 1 } }],
    ['too many scopes', { ...good, scopes: Array.from({ length: 1001 }, (_, turn) => `s${turn}`) }],
    ['attributes in a list', { ...good, attributes: [] }],
    ['null', null],
    ['a text', 'ada'],
    ['a list', [good]],
    ['true', true],
  ])('is 500: %s', async (_name, answer) => {
    const error = await arrange({ authenticate: () => answer as CallerAnswer }).refused();
    expect(error).toMatchObject({ code: 'internal', status: 500 });
  });

  it('cannot turn into system behind our back', async () => {
    const { ask } = arrange({ authenticate: () => shifting() as CallerAnswer });
    const principal = await ask();
    expect([principal?.kind, principal?.kind, principal?.kind]).toEqual(['client', 'client', 'client']);
  });

  it('is never system, whatever its shape', async () => {
    const kinds = fc.oneof(fc.constantFrom('client', 'user', 'system', 'anonymous', 'SYSTEM'), fc.anything());
    const shapes = fc.oneof(
      fc.anything({ withNullPrototype: true, withSet: true, withMap: true }),
      fc.record(
        { kind: kinds, id: fc.oneof(fc.string(), fc.anything()), scopes: fc.anything(), attributes: fc.anything() },
        { requiredKeys: [] },
      ),
      fc.constantFrom(system, Object.create(system), new Proxy(system, {}), Object.freeze({ ...system, id: 'x' })),
    );
    await fc.assert(
      fc.asyncProperty(shapes, async (answer) => {
        const { ask } = arrange({ authenticate: () => answer as CallerAnswer });
        const principal = await ask().catch((error: unknown) => error);
        if (principal instanceof SallyportError) return;
        expect(['client', 'user']).toContain((principal as { kind: string }).kind);
        expect(principal).not.toBe(system);
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  { name: '' },
  { name: 'a b' },
  { credentials: [] },
  { credentials: 'a b' },
  { credentials: undefined },
  { challenge: 'a\r\nb' },
  { challenge: '' },
  { authenticate: undefined },
  { timeoutSeconds: 0 },
  { timeoutSeconds: 31 },
])('stops the start for %o', (change) => {
  expect(() => arrange(change as Partial<CustomStrategyOptions>)).toThrow(ConfigurationError);
});
