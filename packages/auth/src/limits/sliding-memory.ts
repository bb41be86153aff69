import type { RateLimiter, RateRule } from '@sallyport/core';
import { type CountedRule, decisionOf, pointsOf } from './decision.ts';

/** Keeps the times of what was counted, as many as the rules look back at, for at most so many keys. */
export function slidingMemory(most: number): RateLimiter {
  /** Times in order, oldest first. */
  const counted = new Map<string, number[]>();

  const waitFor = (hits: readonly number[], rules: readonly RateRule[], now: number, points: number): number => {
    let wait = 0;
    for (const { limit, windowSeconds } of rules) {
      // The one that has to leave the window before the next may come.
      const nth = hits[hits.length - (limit - points + 1)];
      if (nth !== undefined) wait = Math.max(wait, nth + windowSeconds * 1000 - now);
    }
    return wait;
  };
  const states = (hits: readonly number[], rules: readonly RateRule[], now: number): CountedRule[] =>
    rules.map((rule) => {
      const first = hits.findIndex((hit) => hit + rule.windowSeconds * 1000 > now);
      if (first < 0) return { rule, used: 0, resetMs: 0 };
      return { rule, used: hits.length - first, resetMs: (hits[first] ?? now) + rule.windowSeconds * 1000 - now };
    });

  return {
    async take(key, rules, now, cost = 1) {
      const time = now.getTime();
      const points = pointsOf(cost, rules);
      let hits = counted.get(key) ?? [];
      const wait = waitFor(hits, rules, time, points);
      counted.delete(key);
      if (wait <= 0) {
        const late = hits.findIndex((hit) => hit > time);
        hits.splice(late < 0 ? hits.length : late, 0, ...new Array<number>(points).fill(time));
        hits = hits.slice(-Math.max(...rules.map((rule) => rule.limit)));
      }
      if (counted.size >= most) {
        for (const oldest of counted.keys()) {
          counted.delete(oldest);
          break;
        }
      }
      counted.set(key, hits);
      return decisionOf(wait, states(hits, rules, time));
    },
    async peek(key, rules, now) {
      const hits = counted.get(key) ?? [];
      return decisionOf(waitFor(hits, rules, now.getTime(), 1), states(hits, rules, now.getTime()));
    },
    async clear(key) {
      counted.delete(key);
    },
  };
}
