import { serviceToken } from './services.ts';
import type { Readiness } from './start-checks.ts';

/** At most `limit` points within `windowSeconds`: whole numbers of 1 or more. A call costs one point unless it is said. */
export interface RateRule {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What a key has left of one rule. */
export interface RateState extends RateRule {
  readonly remaining: number;
  /** Whole seconds until more is left than now: the end of a fixed window, the oldest point's of a sliding one. */
  readonly resetSeconds: number;
}

/** What a limiter answers: whether a call may be made, and how its key stands after it. */
export interface RateDecision {
  readonly allowed: boolean;
  /** Whole seconds until the same may be asked again, at least 1; 0 when it is allowed. */
  readonly retryAfterSeconds: number;
  /** One for each rule, in their order. */
  readonly states: readonly RateState[];
}

/**
 * Counts what happens under a key. Whoever implements one counts atomically: simultaneous calls never get more than the
 * limit between them. One that cannot answer rejects: not reachable is not "not limited" (SECURITY 1.10).
 */
export interface RateLimiter extends Readiness {
  /**
   * Counts `cost` points (1 when not said) if all rules allow them; a cost above a limit counts as that limit.
   * `now` is the time of the call; limiters whose engine has a clock of its own go by that.
   */
  take(key: string, rules: readonly RateRule[], now: Date, cost?: number): Promise<RateDecision>;
  /** Whether one point more would be allowed. Counts nothing. */
  peek(key: string, rules: readonly RateRule[], now: Date): Promise<RateDecision>;
  /** Forgets what was counted under the key for these rules. */
  clear(key: string, rules: readonly RateRule[]): Promise<void>;
}

/** The service under which token endpoints and the plugin `rate-limit` find the limiter. */
export const RateLimiterService = serviceToken<RateLimiter>('sallyport.RateLimiter', {
  broughtBy: 'a token endpoint of @sallyport/auth (`tokenEndpoint()`)',
});
