import type { RateDecision, RateLimiter, RateRule } from '@sallyport/core';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { type CountedRule, decisionOf, pointsOf, storedKey } from './decision.ts';

/** What is used of a limiter of rate-limiter-flexible. */
export interface FlexibleEngine {
  consume(key: string, points: number, options: { readonly customDuration: number }): Promise<RateLimiterRes>;
  reward(key: string, points: number, options: { readonly customDuration: number }): Promise<RateLimiterRes>;
  get(key: string): Promise<RateLimiterRes | null>;
  delete(key: string): Promise<boolean>;
}

/** What engines are made with. They only count: limits differ from caller to caller, and are judged here. */
export const countingOnly = { points: Number.MAX_SAFE_INTEGER, duration: 60 } as const;

/**
 * A limiter over one of rate-limiter-flexible: fixed windows that begin with the first point. A rule that refuses gives
 * back what a costly call has taken beyond the limit, so that cheaper ones still fit; refused calls of one point stay
 * counted, which changes nothing before the window ends. Shorter windows are asked first: what they refuse does not
 * count for the longer ones. The engine's own clock decides.
 */
export function flexibleRateLimiter(engine: FlexibleEngine): RateLimiter {
  const look = async (key: string, rule: RateRule): Promise<CountedRule> =>
    countedBy(rule, await engine.get(windowKey(key, rule)));

  const take = async (key: string, rule: RateRule, points: number): Promise<CountedRule & { refused: boolean }> => {
    const options = { customDuration: rule.windowSeconds };
    const stored = windowKey(key, rule);
    const counted = countedBy(rule, await engine.consume(stored, points, options));
    const before = counted.used - points;
    if (counted.used <= rule.limit) return { ...counted, refused: false };
    // Not close to the end of the window: the points would be given to the next.
    if (points > 1 && before < rule.limit && counted.resetMs > 2000) {
      await engine.reward(stored, points, options);
      return { ...counted, used: before, refused: true };
    }
    return { ...counted, refused: true };
  };

  return {
    async take(key, rules, _now, cost = 1): Promise<RateDecision> {
      const points = pointsOf(cost, rules);
      const counted = new Map<RateRule, CountedRule>();
      let wait = 0;
      for (const rule of rules.toSorted((a, b) => a.windowSeconds - b.windowSeconds)) {
        if (wait > 0) {
          const seen = await look(key, rule);
          if (seen.used + points > rule.limit) wait = Math.max(wait, seen.resetMs);
          counted.set(rule, seen);
          continue;
        }
        const { refused, ...taken } = await take(key, rule, points);
        if (refused) wait = taken.resetMs;
        counted.set(rule, taken);
      }
      return decisionOf(wait, inOrder(rules, counted));
    },

    async peek(key, rules): Promise<RateDecision> {
      const counted = await Promise.all(rules.map((rule) => look(key, rule)));
      const full = counted.filter(({ rule, used }) => used >= rule.limit);
      return decisionOf(Math.max(0, ...full.map(({ resetMs }) => resetMs)), counted);
    },

    async clear(key, rules): Promise<void> {
      await Promise.all(rules.map((rule) => engine.delete(windowKey(key, rule))));
    },
  };
}

/** A rule's own counter: windows of one length are one counter, whatever the limit. */
const windowKey = (key: string, { windowSeconds }: RateRule): string => `${windowSeconds}:${storedKey(key)}`;

function countedBy(rule: RateRule, found: RateLimiterRes | null): CountedRule {
  if (found === null) return { rule, used: 0, resetMs: 0 };
  const used = Number(found.consumedPoints);
  const left = Number(found.msBeforeNext);
  if (!Number.isFinite(used) || !Number.isFinite(left)) throw new Error('the store of the limiter answered no number');
  // Memory still holds what has just ended, until its timer runs.
  return left <= 0 && found.isFirstInDuration === false
    ? { rule, used: 0, resetMs: 0 }
    : { rule, used, resetMs: Math.max(left, 1) };
}

function inOrder(rules: readonly RateRule[], counted: ReadonlyMap<RateRule, CountedRule>): readonly CountedRule[] {
  return rules.map((rule) => counted.get(rule) ?? { rule, used: 0, resetMs: 0 });
}
