import { decisionAfter, type RateDecision, type RateLimiter, type RateRule } from './rate-limiter.ts';

/**
 * A limiter for one process. It keeps the times of what was counted, as many as the rules look back at, for at most
 * `keys` keys (100 000 when not said); the key that was longest unused is forgotten first.
 */
export function createMemoryRateLimiter({ keys: most = 100_000 }: { readonly keys?: number } = {}): RateLimiter {
  const counted = new Map<string, number[]>();

  const judge = (hits: readonly number[], rules: readonly RateRule[], now: number): RateDecision => {
    let wait = 0;
    for (const { limit, windowSeconds } of rules) {
      // The one that has to leave the window before the next may come.
      const nth = hits[hits.length - limit];
      if (nth !== undefined) wait = Math.max(wait, nth + windowSeconds * 1000 - now);
    }
    return decisionAfter(wait);
  };

  return {
    async take(key, rules, now) {
      const hits = counted.get(key) ?? [];
      const decision = judge(hits, rules, now.getTime());
      counted.delete(key);
      if (decision.allowed) {
        hits.push(now.getTime());
        const keep = Math.max(...rules.map((rule) => rule.limit));
        if (hits.length > keep) hits.splice(0, hits.length - keep);
      }
      if (counted.size >= most) {
        for (const oldest of counted.keys()) {
          counted.delete(oldest);
          break;
        }
      }
      counted.set(key, hits);
      return decision;
    },
    peek: async (key, rules, now) => judge(counted.get(key) ?? [], rules, now.getTime()),
  };
}
