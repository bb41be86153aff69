import { inspect } from 'node:util';
import { isFieldValue, type RequestPrincipal } from '@sallyport/core';
import { expect } from 'vitest';
import { hostileValues } from './hostile-values.ts';
import { askStrategy, type Credentials, headOf, type OpenedStrategy, secretsOf, type Told } from './strategy-bench.ts';

/** One thing that every strategy does alike. */
export interface StrategyCase {
  readonly name: string;
  /** Whether everything that the strategy asks has stopped. */
  readonly down: boolean;
  /** @throws an assertion error when it does not hold */
  run(bench: OpenedStrategy): Promise<void>;
}

const working = (name: string, run: StrategyCase['run']): StrategyCase => ({ name, down: false, run });
const stopped = (name: string, run: StrategyCase['run']): StrategyCase => ({ name, down: true, run });

const nothing: Credentials = { headers: {} };
const nobody = { principal: undefined };

/** Every case that `strategyConformance` runs. */
export const strategyCases: readonly StrategyCase[] = [
  working('says what it is', async ({ strategy }) => {
    expect(strategy.name).toMatch(/^[\x21-\x7e]{1,100}$/);
    const { challenge = 'none', scheme } = strategy;
    expect(isFieldValue(challenge) && challenge.trim() === challenge && challenge !== '').toBe(true);
    if (scheme !== undefined) expect(scheme.definition).toHaveProperty('type');
  }),

  working('knows nobody who shows nothing', async (bench) => {
    const { none = nothing, strategy } = bench;
    expect(await askStrategy(bench, none)).toEqual(nobody);
    expect(strategy.carries?.(headOf(none.headers)) ?? false).toBe(false);
  }),

  working('lets in who shows what is good, as a frozen caller', async (bench) => {
    const principal = callerIn(await askStrategy(bench, bench.good));
    expect(principal.strategy).toBe(bench.strategy.name);
    expect(Object.isFrozen(principal)).toBe(true);
    expect(principal.id).toMatch(/^[\x20-\x7e]{1,255}$/);
    expect(principal.scopes).toBeInstanceOf(Set);
    expect([...principal.scopes].filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))).toEqual([]);
    expect(principal.attributes).toBeTypeOf('object');
    // A getter could answer something else the next time.
    const members = Object.entries(Object.getOwnPropertyDescriptors(principal));
    expect(members.filter(([, { get }]) => get !== undefined).map(([name]) => name)).toEqual([]);
  }),

  working('sees the credentials that it judges', async ({ strategy, good, bad }) => {
    const { carries } = strategy;
    if (carries === undefined) return;
    const all = [good, ...Object.values(bad)].filter(({ headers }) => Object.keys(headers).length > 0);
    expect(all.map(({ headers }) => carries(headOf(headers)))).toEqual(all.map(() => true));
  }),

  working('refuses what is bad with 401 and a challenge, and shows nothing of it', async (bench) => {
    for (const [what, credentials] of Object.entries(bench.bad)) {
      const told = await askStrategy(bench, credentials);
      expect(headersOfRefusal(told, 401, what), what).toContain('www-authenticate');
      showsNothing(told, credentials, what);
    }
  }),

  working('takes no credentials out of the address', async (bench) => {
    const { good, none = nothing } = bench;
    const values = [...Object.values(good.headers), ...secretsOf(good)];
    const names = ['access_token', 'token', 'api_key', 'apikey', 'key', 'authorization', ...Object.keys(good.headers)];
    const query = values.flatMap((value) => names.map((name) => [name, value] as const));
    const rawQuery = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    expect(await askStrategy(bench, none, { query, rawQuery })).toEqual(nobody);
  }),

  working('keeps callers apart who come at once', async (bench) => {
    const kinds = [bench.good, ...Object.values(bench.bad)];
    const calls = Array.from({ length: 60 }, (_, turn) => kinds[turn % kinds.length] ?? bench.good);
    const first = callerIn(await askStrategy(bench, bench.good));
    const told = await Promise.all(calls.map((credentials) => askStrategy(bench, credentials)));
    for (const [turn, one] of told.entries()) {
      if (calls[turn] === bench.good) expect(callerIn(one)).toEqual(first);
      else headersOfRefusal(one, 401, `call ${turn}`);
    }
  }),

  working('answers hostile headers with 400 or 401, or not at all', async (bench) => {
    const { good } = bench;
    const first = await askStrategy(bench, good);
    for (const [name, value] of Object.entries(good.headers)) {
      for (const sent of hostileFormsOf(value)) {
        const told = await askStrategy(bench, { ...good, headers: { ...good.headers, [name]: sent } });
        const what = `${name}: ${sent.slice(0, 60)}`;
        expect('thrown' in told, what).toBe(false);
        if ('error' in told) expect([400, 401], what).toContain(told.error.status);
        if (!('principal' in told) || told.principal === undefined) continue;
        // Spaces around a value mean nothing (RFC 9110 section 5.5); with anything else it is another.
        expect(sent.trim() === value, what).toBe(true);
        expect(told, what).toEqual(first);
      }
    }
  }),

  working('never answers system, whatever a call says of itself', async (bench) => {
    const { good } = bench;
    const claims = { 'x-user': 'system', 'x-principal': '{"kind":"system"}', 'x-kind': 'system', 'x-internal': '1' };
    const calls = [
      { headers: claims },
      { ...good, headers: { ...claims, ...good.headers } },
      ...['system', 'Bearer system', 'Basic c3lzdGVtOg==', 'System system'].map((authorization) => ({
        headers: { ...claims, authorization },
      })),
    ];
    for (const one of calls) {
      const told = await askStrategy(bench, one);
      const kind = 'principal' in told ? told.principal?.kind : undefined;
      expect([undefined, 'client', 'user']).toContain(kind);
    }
  }),

  stopped('answers 503 with Retry-After, and shows nothing of the credentials', async (bench) => {
    const calls = Array.from({ length: 5 }, () => askStrategy(bench, bench.good));
    for (const told of await Promise.all(calls)) {
      expect(headersOfRefusal(told, 503, 'good credentials')).toContain('retry-after');
      showsNothing(told, bench.good, 'good credentials');
    }
  }),

  stopped('knows nobody who shows nothing, without asking', async (bench) => {
    expect(await askStrategy(bench, bench.none ?? nothing)).toEqual(nobody);
  }),
];

function callerIn(told: Told): Exclude<RequestPrincipal, { kind: 'anonymous' }> {
  if ('principal' in told) {
    const { principal } = told;
    if (principal?.kind === 'client' || principal?.kind === 'user') return principal;
  }
  throw new Error(`no caller, but ${inspect(told)}`);
}

/** Lower-case names of the headers of a refusal that has this status. */
function headersOfRefusal(told: Told, status: number, what: string): readonly string[] {
  if (!('error' in told)) throw new Error(`${what}: no refusal, but ${inspect(told)}`);
  expect(told.error.status, what).toBe(status);
  return Object.keys(told.error.headers).map((name) => name.toLowerCase());
}

/** Neither in a field of the error nor in any of its causes, which the log is shown. */
function showsNothing(told: Told, credentials: Credentials, what: string): void {
  const shown = inspect(told, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  for (const secret of secretsOf(credentials)) expect(shown.includes(secret), what).toBe(false);
}

/** Hostile values alone, behind the scheme or the name of a pair, and behind all that is good. */
function hostileFormsOf(value: string): readonly string[] {
  const scheme = /^[A-Za-z-]+ (?=\S)/.exec(value)?.[0] ?? '';
  const pair = /^[^=\s]+=(?=\S)/.exec(value)?.[0] ?? '';
  const forms = hostileValues.flatMap((hostile) => [hostile, scheme + hostile, pair + hostile, value + hostile]);
  return [...new Set(forms)].filter((form) => form !== value);
}
