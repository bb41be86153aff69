import { hash } from 'node:crypto';
import { ConfigurationError, limiterKey, type RateDecision, type RateLimiter, type RateRule } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { attemptJudging, type Bound, refuse, waitOf } from './attempt-judging.ts';
import { type ClientFailureLimit, guessesLeft, guessRule, waitAfterGuesses } from './client-guesses.ts';

/** How often one network (an IPv4 address, the /64 of an IPv6 one) may ask an endpoint. */
export interface NetworkLimit {
  readonly perMinute?: number;
  readonly perDay?: number;
  /**
   * `all`: every request, those that cannot be read among them. `readable`: every request that could be read, whatever came
   * of it. `failures`: those with wrong credentials.
   */
  readonly counts: 'all' | 'readable' | 'failures';
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

/** Who asks: where from, and as which client, where the request names one: by several ids where it can be read so. */
export interface Attempt {
  readonly address: string;
  readonly clientIds: readonly string[];
  readonly now: Date;
}

/** An attempt that was let in. */
export interface AdmittedAttempt {
  /**
   * Judges the credentials: `work` answers `undefined` for wrong ones, which are counted; the one that goes over a limit
   * learns no more than that. Right ones are refused when simultaneous guesses have used a limit up meanwhile, else guesses
   * are forgotten. No more attempts are judged at once than there are guesses left; the others wait, and then look at the
   * limits again.
   *
   * @throws TokenFault `too_many_requests`; SallyportError `unavailable` when the limiter does not answer; what `work` throws
   */
  judge<T>(work: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** The limits of one endpoint at work. */
export interface TokenLimits {
  /**
   * Before the credentials are looked at. Counts the request.
   *
   * @throws TokenFault `too_many_requests`; SallyportError `unavailable` when the limiter does not answer
   */
  admit(attempt: Attempt): Promise<AdmittedAttempt>;
  /** Counts a request that cannot be read. @throws as {@link admit} */
  countUnread(from: Pick<Attempt, 'address' | 'now'>): Promise<void>;
}

type Binding = (attempt: Attempt) => readonly Bound[];

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
  const counting = (...kinds: readonly TokenRateLimit['counts'][]) =>
    bindings.filter((_, index) => kinds.some((kind) => kind === limits[index]?.counts));
  const ofAll = counting('all');
  const ofReadable = counting('all', 'readable');
  const ofFailures = counting('failures', 'client-failures');
  const judging = attemptJudging(limiter);

  const of = (some: readonly Binding[], attempt: Attempt) => some.flatMap((bind) => bind(attempt));
  const take = (bounds: readonly Bound[], now: Date) =>
    Promise.all(bounds.map(({ key, rules }) => available(() => limiter.take(key, rules, now))));

  return {
    async admit(attempt) {
      const { now } = attempt;
      const counted = of(ofReadable, attempt);
      const watched = of(ofFailures, attempt);
      const [taken, seen] = await Promise.all([take(counted, now), judging.look(watched, now)]);
      refuse(Math.max(waitOf(counted, taken, true), waitOf(watched, seen.decisions, false)));
      return { judge: (work) => judging.judge(watched, seen, now, work) };
    },
    async countUnread({ address, now }) {
      const counted = of(ofAll, { address, clientIds: [], now });
      refuse(waitOf(counted, await take(counted, now), true));
    },
  };
}

function binding(name: string, limit: TokenRateLimit, index: number, place: string): Binding {
  if (limit.counts === 'client-failures') {
    const rule = guessRule(limit, place);
    return ({ clientIds, address }) =>
      clientIds.map((clientId) => {
        // Whatever is sent for an id: a key of fixed length. All endpoints count the guesses of one client together.
        const client = hash('sha256', clientId, 'base64url').slice(0, 22);
        return {
          key: `oauth:client:${client}:${limiterKey(address)}`,
          rules: [rule],
          wait: (decision, counted) => waitAfterGuesses(limit, decision, counted),
          room: (decision) => guessesLeft(limit, decision),
          forgets: true,
        };
      });
  }
  const rules = rulesOf(limit, place);
  const wait = (decision: RateDecision) => decision.retryAfterSeconds;
  const room = ({ states }: RateDecision) => Math.min(...states.map(({ remaining }) => remaining));
  return ({ address }) => [{ key: `${name}:${index}:${limiterKey(address)}`, rules, wait, room, forgets: false }];
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
