import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api, ApiOptions } from '../api/create-api.ts';
import type { StreamOptions } from '../descriptor/operations.ts';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import type { RawResponse } from '../http/index.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import type { AccessLogEntry } from '../road/route.ts';
import { memoryLogger, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import type { TestCaller } from '../testing/token-strategy.ts';
import { writeCrowd } from './fixtures/crowd.ts';
import { countries, entities, people, startWorld, tags } from './fixtures/world.ts';

const scopes = ['person:search', 'person:read'];
const [{ open: openDatabase, name: database }] = testDatabases() as [ReturnType<typeof testDatabases>[number]];

describe(`the ends of streams on ${database}`, () => {
  let open: OpenTestDatabase;
  let api: Api;
  /** The callers that there are; tests change them in the middle of streams. */
  let callers: Record<string, TestCaller>;
  let told: AccessLogEntry[];
  let log: ReturnType<typeof memoryLogger>;
  let judged: number;
  /** Milliseconds that have passed beside those of the clock. */
  let ahead: number;

  beforeAll(async () => {
    open = await openDatabase(entities);
    await startWorld(open);
    await writeCrowd(open, 30);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await open?.close();
  });
  beforeEach(async () => {
    callers = { ann: { scopes, attributes: { organisation: 'A' } }, bob: { scopes } };
    told = [];
    judged = ahead = 0;
    log = memoryLogger();
    api = await start();
  });
  afterEach(() => api.close());

  function start(stream: StreamOptions = {}, options: Partial<ApiOptions> = {}): Promise<Api> {
    const { authenticate, ...strategy } = tokenStrategy(callers);
    const auth: AuthenticationStrategy = {
      ...strategy,
      authenticate(request) {
        judged += 1;
        return authenticate(request);
      },
    };
    const search = { stream: { page: 4, ...stream } };
    const streaming = { ...people, operations: { ...people.operations, search } } as typeof people;
    const plugins = [{ name: 'watch', hooks: { observe: (entry: AccessLogEntry) => void told.push(entry) } }];
    return startWorld(open, { auth: [auth], plugins, logger: log, ...options }, [streaming, countries, tags]);
  }

  const ask = async (name = 'ann', on = api, method = 'GET', accept = 'application/x-ndjson') =>
    (await on.handle({
      method,
      target: '/api/person',
      rawHeaders: ['host', 'test', 'accept', accept, 'authorization', `Bearer ${name}`],
      remoteAddress: '127.0.0.1',
      encrypted: false,
      body: { kind: 'none' },
    })) as RawResponse;
  const partsOf = ({ status, body }: RawResponse) => {
    expect(status).toBe(200);
    return (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  };
  const rest = async (parts: AsyncIterator<Uint8Array>) => {
    let text = '';
    for (let step = await parts.next(); step.done !== true; step = await parts.next()) text += Buffer.from(step.value);
    return text.split('\n').length - 1;
  };

  it('asks who calls no oftener than each second', async () => {
    const parts = partsOf(await ask());
    await parts.next();
    await parts.next();
    expect(judged).toBe(1);
    ahead = 1100;
    await parts.next();
    await parts.next();
    expect(judged).toBe(2);
    expect(await rest(parts)).toBeGreaterThan(0);
    expect(told).toMatchObject([{ status: 200, error: undefined }]);
  });

  it.each<[string, string, (ann: TestCaller) => TestCaller | undefined]>([
    ['is disabled', 'invalid_token', () => undefined],
    ['loses the scope', 'insufficient_scope', (ann) => ({ ...ann, scopes: ['tag:read'] })],
    ['loses another scope, that opened fields', 'forbidden', (ann) => ({ ...ann, scopes: ['person:search'] })],
    ['has fewer fields', 'forbidden', (ann) => ({ ...ann, fieldLists: { 'person:search': ['name'] } })],
    ['belongs to others', 'forbidden', (ann) => ({ ...ann, attributes: { organisation: 'B' } })],
  ])('ends when its caller %s', async (_, code, change) => {
    const parts = partsOf(await ask());
    await parts.next();
    const changed = change(callers.ann as TestCaller);
    if (changed === undefined) delete callers.ann;
    else callers.ann = changed;
    expect((await parts.next()).done).toBe(false);
    ahead = 1100;
    await expect(parts.next()).rejects.toMatchObject({ code });
    expect((await parts.next()).done).toBe(true);
    expect(told).toMatchObject([{ status: 200, error: code }]);
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { route: 'person.search' }, message: code },
    ]);
  });

  it('ends when nobody can say who calls', async () => {
    const parts = partsOf(await ask());
    Object.defineProperty(callers, 'ann', {
      get: () => {
        throw new SallyportError('unavailable');
      },
    });
    ahead = 1100;
    await expect(parts.next()).rejects.toMatchObject({ code: 'unavailable' });
    expect(told).toMatchObject([{ error: 'unavailable' }]);
  });

  it('ends after its longest time, whether or not anybody reads', async () => {
    const on = await start({ longestMs: 80 });
    const stalled = await ask('ann', on);
    const read = partsOf(await ask('bob', on));
    await read.next();
    expect(stalled.cut?.aborted).toBe(false);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(stalled.cut?.aborted).toBe(true);
    expect(told).toMatchObject([{ error: 'timeout' }, { error: 'timeout' }]);
    await expect(read.next()).rejects.toMatchObject({ code: 'timeout' });
    await expect(partsOf(stalled).next()).rejects.toMatchObject({ code: 'timeout' });
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatchObject({ fields: { err: { message: 'the answer was not taken within 80 ms' } } });
    // One that was read to its end is left alone.
    const whole = await ask('ann', on);
    await rest(partsOf(whole));
    await pause(100);
    expect(whole.cut?.aborted).toBe(false);
    expect(told.at(-1)).toMatchObject({ error: undefined });
    await on.close();
  });

  it('is refused to a caller who has too many, until one of them is over', async () => {
    const on = await start({ atOnce: 2 });
    const first = partsOf(await ask('ann', on));
    const second = await ask('ann', on);
    const refused = await ask('ann', on);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '10' } });
    expect(String(refused.body)).toContain('At most 2 streams');
    // Others, pages and heads are not concerned.
    const other = partsOf(await ask('bob', on));
    expect((await ask('ann', on, 'GET', 'application/json')).status).toBe(200);
    expect((await ask('ann', on, 'HEAD')).status).toBe(200);
    expect((await ask('ann', on)).status).toBe(429);
    await rest(first);
    const third = partsOf(await ask('ann', on));
    expect((await ask('ann', on)).status).toBe(429);
    await third.return?.();
    const fourth = partsOf(await ask('ann', on));
    // One that nobody has begun to read is let go of too.
    await partsOf(second).return?.();
    const fifth = partsOf(await ask('ann', on));
    expect((await ask('ann', on)).status).toBe(429);
    for (const each of [fourth, fifth, other]) await each.return?.();
    await on.close();
  });

  it('counts no stream that did not begin, that broke off, or that could not be dressed', async () => {
    let fault: string | undefined;
    const fail = (place: string) => {
      if (fault === place) throw new Error(place);
    };
    const hooks = {
      partShown: async () => fail('part'),
      onResponse: () => {
        if (fault !== 'dress') return;
        fault = undefined;
        throw new Error('dress');
      },
    };
    const on = await start({ atOnce: 1 }, { plugins: [{ name: 'faulty', hooks }] });
    for (fault of ['part', 'dress']) expect((await ask('ann', on)).status).toBe(500);
    fault = undefined;
    const broken = partsOf(await ask('ann', on));
    await broken.next();
    fault = 'part';
    await expect(broken.next()).rejects.toThrow('part');
    fault = undefined;
    expect(await rest(partsOf(await ask('ann', on)))).toBeGreaterThan(0);
    await on.close();
  });

  it('does not start with times and numbers that there are none of', async () => {
    for (const wrong of [{ longestMs: 0 }, { longestMs: 2 ** 31 }, { atOnce: 0 }, { atOnce: 1.5 }]) {
      const [name] = Object.keys(wrong);
      const refused = await start(wrong).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConfigurationError);
      expect(refused).toMatchObject({ path: `resources.person.operations.search.stream.${name}` });
    }
  });
});
