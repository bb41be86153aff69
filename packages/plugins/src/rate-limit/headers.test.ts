import type { RateDecision } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setLimitHeaders } from './headers.ts';

function headersOf(decision: RateDecision): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    status: 200,
    setHeader(name: string, value: string) {
      headers[name] = value;
    },
    appendHeader: () => {},
  };
  setLimitHeaders(response, decision, ['RateLimit', 'X-RateLimit']);
  return headers;
}

/** A list of strings with integer parameters, by the grammar of structured fields (RFC 9651 sections 3.1, 3.3). */
function parseList(text: string): { readonly name: string; readonly parameters: Record<string, number> }[] {
  return text.split(', ').map((member) => {
    const match = /^"([\x20\x21\x23-\x5b\x5d-\x7e]*)"((?:;[a-z*][a-z0-9_.*-]*=-?\d{1,15})*)$/.exec(member);
    if (match === null) throw new Error(`no member of a list: ${member}`);
    const pairs = (match[2] ?? '').split(';').slice(1);
    return {
      name: match[1] ?? '',
      parameters: Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', Number(pair.split('=')[1])])),
    };
  });
}

const state = (windowSeconds: number) =>
  fc
    .record({ limit: fc.integer({ min: 1, max: 1e9 }), left: fc.nat(), reset: fc.nat() })
    .map(({ limit, left, reset }) => ({
      limit,
      windowSeconds,
      remaining: left % (limit + 1),
      resetSeconds: reset % (windowSeconds + 1),
    }));
const states = fc.oneof(
  state(60).map((one) => [one]),
  fc.tuple(state(60), state(86_400)),
  fc.tuple(state(86_400), state(3600)),
);

describe('R69: limit headers', () => {
  it('are structured fields that tell what the limiter has told', () => {
    fc.assert(
      fc.property(states, (given) => {
        const headers = headersOf({ allowed: true, retryAfterSeconds: 0, states: given });
        const policies = parseList(headers['ratelimit-policy'] ?? '');
        const left = parseList(headers.ratelimit ?? '');
        expect(policies.map(({ parameters }) => parameters)).toEqual(
          given.map(({ limit, windowSeconds }) => ({ q: limit, w: windowSeconds })),
        );
        expect(left.map(({ parameters }) => parameters)).toEqual(
          given.map(({ remaining, resetSeconds }) => ({ r: remaining, t: resetSeconds })),
        );
        expect(left.map(({ name }) => name)).toEqual(policies.map(({ name }) => name));
        expect(new Set(policies.map(({ name }) => name)).size).toBe(given.length);
        for (const name of ['limit', 'remaining', 'reset']) expect(headers[`x-ratelimit-${name}`]).toMatch(/^\d+$/);
        expect(Number(headers['x-ratelimit-remaining'])).toBe(Math.min(...given.map(({ remaining }) => remaining)));
      }),
    );
  });

  it('tell one time with Retry-After when a call is refused', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 86_400 }), (given, retryAfterSeconds) => {
        const headers = headersOf({ allowed: false, retryAfterSeconds, states: given });
        expect(parseList(headers.ratelimit ?? '').map(({ parameters }) => parameters.t)).toEqual([retryAfterSeconds]);
        expect(headers['x-ratelimit-reset']).toBe(String(retryAfterSeconds));
        expect(parseList(headers['ratelimit-policy'] ?? '')).toHaveLength(given.length);
      }),
    );
  });
});
