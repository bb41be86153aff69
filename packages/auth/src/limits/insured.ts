import { createLogger, type Logger, type RateDecision, type RateLimiter, type RateRule } from '@sallyport/core';
import type { RateWindow } from './decision.ts';
import { createMemoryRateLimiter } from './memory.ts';

/** What counts while the store of a limiter is away: this process alone, and more strictly. */
export interface Insurance {
  /** The part of each limit that is left, at least 1 point: each process counts for itself. A third when not said. */
  readonly share?: number;
  /** How long to leave the store alone before it is asked again, in milliseconds. 1000. */
  readonly retryMs?: number;
  /** Told once that the store is away, and once that it is back. A logger of its own when not said. */
  readonly log?: Logger;
}

/**
 * A limiter that goes on in memory while another cannot answer. The call that meets the outage is counted in memory, as
 * are those behind it; none waits for the store again: it is asked in the background until it answers.
 *
 * Neither is "not limited" (SECURITY 1.10): what the store knew is not known here, so limits are stricter.
 */
export function insuredRateLimiter(
  limiter: RateLimiter,
  options: Insurance & { readonly window?: RateWindow } = {},
): RateLimiter {
  const { share = 1 / 3, retryMs = 1000 } = options;
  const memory = createMemoryRateLimiter(options.window === undefined ? {} : { window: options.window });
  const log = (): Logger => options.log ?? createLogger({ name: 'sallyport.limits' });
  const strict = (rules: readonly RateRule[]): readonly RateRule[] =>
    rules.map((rule) => ({ ...rule, limit: Math.max(1, Math.floor(rule.limit * share)) }));

  let away = false;
  let askedAt = 0;

  const lost = (error: unknown): void => {
    askedAt = performance.now();
    if (away) return;
    away = true;
    log().error(
      namesOf(error),
      'The store of the rate limiter is away: this process counts for itself, with stricter limits.',
    );
  };
  const ask = async (): Promise<void> => {
    askedAt = performance.now();
    try {
      // Whatever it answers, it answers.
      await limiter.peek('sallyport.probe', [{ limit: 1, windowSeconds: 1 }], new Date(0));
    } catch {
      return;
    }
    if (!away) return;
    away = false;
    log().info({}, 'The store of the rate limiter is back.');
  };

  async function insured<T>(there: () => Promise<T>, here: () => Promise<T>): Promise<T> {
    if (away) {
      if (performance.now() - askedAt >= retryMs) void ask();
      return here();
    }
    try {
      return await there();
    } catch (error) {
      lost(error);
      return here();
    }
  }

  return {
    ready: async () => limiter.ready?.(),
    take: (key, rules, now, cost) =>
      insured<RateDecision>(
        () => limiter.take(key, rules, now, cost),
        () => memory.take(key, strict(rules), now, cost),
      ),
    peek: (key, rules, now) =>
      insured<RateDecision>(
        () => limiter.peek(key, rules, now),
        () => memory.peek(key, strict(rules), now),
      ),
    clear: (key, rules) =>
      insured<void>(
        () => limiter.clear(key, rules),
        () => memory.clear(key, rules),
      ),
  };
}

/** What a fault is, in names alone: messages of databases repeat values. */
function namesOf(error: unknown): object {
  if (!(error instanceof Error)) return {};
  return 'code' in error ? { error: error.name, code: error.code } : { error: error.name };
}
