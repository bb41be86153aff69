import { ConfigurationError, limiterKey } from '@sallyport/core';
import { available } from '../lib/available.ts';
import type { RateDecision, RateLimiter, RateRule } from '../limits/rate-limiter.ts';
import { TokenFault } from './token-fault.ts';

/** How often one address (an IPv6 /64) may ask an endpoint, in sliding windows. */
export interface TokenRateLimit {
  readonly perMinute?: number;
  readonly perDay?: number;
  /** `all`: every request that could be read, whatever came of it. `failures`: those with wrong credentials. */
  readonly counts: 'all' | 'failures';
}

/** RFC 6749 section 2.3.1 demands protection against guessing (R17); these are SECURITY 4.6's figures. */
export const defaultTokenLimits: readonly TokenRateLimit[] = [
  { perMinute: 30, counts: 'failures' },
  { perMinute: 300, counts: 'all' },
];

/** The limits of one endpoint at work. Each method throws TokenFault `too_many_requests` with its wait. */
export interface TokenLimits {
  /** Before the credentials are looked at. Counts the request. */
  admit(address: string, now: Date): Promise<void>;
  /** After wrong credentials. The one that goes over the limit learns no more than that. */
  failed(address: string, now: Date): Promise<void>;
  /** After right ones: refuses when simultaneous guesses have used the limit up meanwhile. */
  succeeded(address: string, now: Date): Promise<void>;
}

/** @throws ConfigurationError that names `place` for a limit without a number */
export function tokenLimits(
  name: string,
  limits: readonly TokenRateLimit[],
  limiter: RateLimiter,
  place: string,
): TokenLimits {
  const groups = limits.map((limit, index) => ({
    rules: rulesOf(limit, `${place}[${index}]`),
    counts: limit.counts,
    key: (address: string) => `${name}:${index}:${limiterKey(address)}`,
  }));
  const all = groups.filter((group) => group.counts === 'all');
  const failures = groups.filter((group) => group.counts === 'failures');

  const ask = async (what: 'take' | 'peek', asked: typeof groups, address: string, now: Date): Promise<void> => {
    for (const { key, rules } of asked) {
      const decision: RateDecision = await available(() => limiter[what](key(address), rules, now));
      if (!decision.allowed) {
        throw new TokenFault('too_many_requests', { retryAfterSeconds: decision.retryAfterSeconds });
      }
    }
  };

  return {
    async admit(address, now) {
      await ask('peek', failures, address, now);
      await ask('take', all, address, now);
    },
    failed: (address, now) => ask('take', failures, address, now),
    succeeded: (address, now) => ask('peek', failures, address, now),
  };
}

function rulesOf(limit: TokenRateLimit, path: string): readonly RateRule[] {
  const rules: RateRule[] = [];
  if (limit.perMinute !== undefined) rules.push({ limit: limit.perMinute, windowSeconds: 60 });
  if (limit.perDay !== undefined) rules.push({ limit: limit.perDay, windowSeconds: 86_400 });
  if (rules.length === 0 || rules.some((rule) => !Number.isSafeInteger(rule.limit) || rule.limit < 1)) {
    throw new ConfigurationError(path, 'perMinute or perDay must be a whole number of 1 or more');
  }
  return rules;
}
