import { hash } from 'node:crypto';
import { ConfigurationError, limiterKey, type RateDecision, type RateLimiter, type RateRule } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { type ClientFailureLimit, guessRule, waitAfterGuesses } from './client-guesses.ts';
import { LandingFailures } from './landing-failures.ts';
import { TokenFault } from './token-fault.ts';

/** How often one network (an IPv4 address, the /64 of an IPv6 one) may ask an endpoint. */
export interface NetworkLimit {
  readonly perMinute?: number;
  readonly perDay?: number;
  /** `all`: every request that could be read, whatever came of it. `failures`: those with wrong credentials. */
  readonly counts: 'all' | 'failures';
}

/** One limit of an endpoint. */
export type TokenRateLimit = NetworkLimit | ClientFailureLimit;

/**
 * RFC 6749 section 2.3.1 demands protection against guessing (R17); these are SECURITY 4.6's figures. The first two hold
 * before the credentials are looked at, the third is about the client that they name.
 */
export const defaultTokenLimits: readonly TokenRateLimit[] = [
  { perMinute: 300, counts: 'all' },
  { perMinute: 30, counts: 'failures' },
  { counts: 'client-failures' },
];

/** Who tries: where from, and as which client, where the request names one. */
export interface Attempt {
  readonly address: string;
  readonly clientId: string | undefined;
  readonly now: Date;
}

/** An attempt that was let in. Each method throws TokenFault `too_many_requests` with its wait. */
export interface AdmittedAttempt {
  /** After wrong credentials. The one that goes over a limit learns no more than that. */
  failed(): Promise<void>;
  /** After right ones: refuses when simultaneous guesses have used a limit up meanwhile; else guesses are forgotten. */
  succeeded(): Promise<void>;
}

/** The limits of one endpoint at work. */
export interface TokenLimits {
  /**
   * Before the credentials are looked at. Counts the request.
   *
   * @throws TokenFault `too_many_requests`; SallyportError `unavailable` when the limiter does not answer
   */
  admit(attempt: Attempt): Promise<AdmittedAttempt>;
}

/** What one limit says of one attempt. */
interface Bound {
  readonly key: string;
  readonly rules: readonly RateRule[];
  /** Seconds to wait by what the limiter tells; `counted`: for an attempt that is among what was counted. */
  readonly wait: (decision: RateDecision, counted: boolean) => number;
  /** Whether a success makes its failures forgotten. */
  readonly forgets: boolean;
}

type Binding = (attempt: Attempt) => Bound | undefined;

/**
 * Makes limits ready. What was granted costs one count for each limit on all requests and one look for each on failures;
 * it is looked at again, and forgotten, only where failures stand against it.
 *
 * @throws ConfigurationError that names `place` for a limit without a number
 */
export function tokenLimits(
  name: string,
  limits: readonly TokenRateLimit[],
  limiter: RateLimiter,
  place: string,
): TokenLimits {
  const bindings = limits.map((limit, index) => binding(name, limit, index, `${place}[${index}]`));
  const all = bindings.filter((_, index) => limits[index]?.counts === 'all');
  const failures = bindings.filter((_, index) => limits[index]?.counts !== 'all');
  const landing = new LandingFailures();

  const take = ({ key, rules }: Bound, now: Date) => available(() => limiter.take(key, rules, now));
  const peek = ({ key, rules }: Bound, now: Date) => available(() => limiter.peek(key, rules, now));
  const of = (some: readonly Binding[], attempt: Attempt) => some.flatMap((bind) => bind(attempt) ?? []);

  return {
    async admit(attempt) {
      const { now } = attempt;
      const counted = of(all, attempt);
      const watched = of(failures, attempt);
      const marks = watched.map(({ key }) => landing.mark(key));
      const [taken, seen] = await Promise.all([
        Promise.all(counted.map((bound) => take(bound, now))),
        Promise.all(watched.map((bound) => peek(bound, now))),
      ]);
      refuse(
        Math.max(0, ...counted.map(({ wait }, index) => wait(at(taken, index), true))),
        Math.max(0, ...watched.map(({ wait }, index) => wait(at(seen, index), false))),
      );
      const clean = seen.every(({ states }) => states.every(({ limit, remaining }) => remaining === limit));

      return {
        async failed() {
          const landed = Promise.all(watched.map((bound) => take(bound, now)));
          for (const { key } of watched) landing.add(key, landed);
          const decisions = await landed;
          refuse(...watched.map(({ wait }, index) => wait(at(decisions, index), true)));
        },
        async succeeded() {
          const moved = await Promise.all(watched.map(({ key }, index) => landing.since(key, at(marks, index))));
          if (clean && !moved.includes(true)) return;
          const decisions = await Promise.all(watched.map((bound) => peek(bound, now)));
          refuse(...watched.map(({ wait }, index) => wait(at(decisions, index), false)));
          await Promise.all(
            watched.map(async ({ key, rules, forgets }) => {
              if (forgets) await available(() => limiter.clear(key, rules));
            }),
          );
        },
      };
    },
  };
}

/** Lists that belong together are as long as each other. */
function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

function refuse(...waits: readonly number[]): void {
  const wait = Math.max(0, ...waits);
  if (wait > 0) throw new TokenFault('too_many_requests', { retryAfterSeconds: wait });
}

function binding(name: string, limit: TokenRateLimit, index: number, place: string): Binding {
  if (limit.counts === 'client-failures') {
    const rule = guessRule(limit, place);
    return ({ clientId, address }) => {
      if (clientId === undefined) return undefined;
      // Whatever is sent for an id: a key of fixed length. All endpoints count the guesses of one client together.
      const client = hash('sha256', clientId, 'base64url').slice(0, 22);
      return {
        key: `oauth:client:${client}:${limiterKey(address)}`,
        rules: [rule],
        wait: (decision, counted) => waitAfterGuesses(limit, decision, counted),
        forgets: true,
      };
    };
  }
  const rules = rulesOf(limit, place);
  const wait = (decision: RateDecision) => decision.retryAfterSeconds;
  return ({ address }) => ({ key: `${name}:${index}:${limiterKey(address)}`, rules, wait, forgets: false });
}

function rulesOf(limit: NetworkLimit, path: string): readonly RateRule[] {
  const rules: RateRule[] = [];
  if (limit.perMinute !== undefined) rules.push({ limit: limit.perMinute, windowSeconds: 60 });
  if (limit.perDay !== undefined) rules.push({ limit: limit.perDay, windowSeconds: 86_400 });
  if (rules.length === 0 || rules.some((rule) => !Number.isSafeInteger(rule.limit) || rule.limit < 1)) {
    throw new ConfigurationError(path, 'perMinute or perDay must be a whole number of 1 or more');
  }
  return rules;
}
