import { serviceToken } from '@sallyport/core';

/** At most `limit` within any `windowSeconds`: a sliding window, not a clock's minute. */
export interface RateRule {
  readonly limit: number;
  readonly windowSeconds: number;
}

export interface RateDecision {
  readonly allowed: boolean;
  /** Whole seconds until the next may come, at least 1; 0 when it is allowed. */
  readonly retryAfterSeconds: number;
}

/**
 * Counts what happens under a key. One implementation is in memory, one in PostgreSQL for several processes; another
 * (Redis) only has to be atomic in the same way. One that cannot answer rejects: not reachable is not "not limited".
 */
export interface RateLimiter {
  /** Counts one more when all rules allow it, in one atomic step; what is refused is not counted. */
  take(key: string, rules: readonly RateRule[], now: Date): Promise<RateDecision>;
  /** Whether one more would be allowed. Counts nothing. */
  peek(key: string, rules: readonly RateRule[], now: Date): Promise<RateDecision>;
}

/** The service under which token endpoints find the limiter; they make one in memory when nobody registers it. */
export const RateLimiterService = serviceToken<RateLimiter>('sallyport.RateLimiter');

/** What a limiter answers for a wait of so many milliseconds; none or less means allowed. */
export function decisionAfter(milliseconds: number): RateDecision {
  if (milliseconds <= 0) return { allowed: true, retryAfterSeconds: 0 };
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)) };
}
