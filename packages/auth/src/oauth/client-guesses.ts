import { ConfigurationError, type RateDecision, type RateRule } from '@sallyport/core';

/**
 * Wrong credentials for one client from one network. The first few wait for nothing; behind them each has to wait twice
 * as long as the one before it, counted from the first. Elsewhere the client is not touched by it, so that nobody can
 * lock its owner out from outside.
 */
export interface ClientFailureLimit {
  readonly counts: 'client-failures';
  /** Failures without a wait. 5. */
  readonly free?: number;
  /** How long failures are remembered, from the first; also the longest wait. Seconds, 900. */
  readonly windowSeconds?: number;
}

const defaults = { free: 5, windowSeconds: 900 } as const;

/**
 * What counts the failures. Its limit is how many fit into the window at the most, so that a count at the limit waits
 * for the end of the window.
 *
 * @throws ConfigurationError for numbers that are none
 */
export function guessRule(limit: ClientFailureLimit, place: string): RateRule {
  const { free, windowSeconds } = { ...defaults, ...limit };
  for (const [name, value] of Object.entries({ free, windowSeconds })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ConfigurationError(`${place}.${name}`, 'must be a whole number of 1 or more');
    }
  }
  return { limit: free + Math.ceil(Math.log2(windowSeconds + 1)), windowSeconds };
}

/** How many more guesses wait for nothing; none or fewer where waits have begun. */
export function guessesLeft(limit: ClientFailureLimit, { states: [state] }: RateDecision): number {
  const { free } = { ...defaults, ...limit };
  return state === undefined ? free : free - (state.limit - state.remaining);
}

/**
 * Seconds until the next guess may be made; 0 for now. `counted`: the guess that is asked about is among those that the
 * decision counts. The limiter's answer is enough to tell: how many there were, and when the first was.
 */
export function waitAfterGuesses(limit: ClientFailureLimit, decision: RateDecision, counted: boolean): number {
  const { free } = { ...defaults, ...limit };
  const [state] = decision.states;
  if (state === undefined || state.remaining === state.limit) return 0;
  if (!decision.allowed) return decision.retryAfterSeconds;
  const guesses = state.limit - state.remaining - (counted ? 1 : 0);
  if (guesses < free) return 0;
  const elapsed = state.windowSeconds - state.resetSeconds;
  // 1 second behind the last free one, then 2, 4, 8 …: 1, 3, 7, 15 … since the first.
  const due = 2 ** (guesses - free + 1) - 1;
  return Math.max(0, Math.min(due - elapsed, state.resetSeconds));
}
