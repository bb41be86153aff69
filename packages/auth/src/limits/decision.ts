import { hash } from 'node:crypto';
import type { RateDecision, RateRule, RateState } from '@sallyport/core';

/** How time is cut: windows that begin with the first point counted, or one that slides along with the clock. */
export type RateWindow = 'fixed' | 'sliding';

/** A rule's points as an engine counted them. */
export interface CountedRule {
  readonly rule: RateRule;
  /** Points counted in the window, those of this call among them if they count. */
  readonly used: number;
  /** Milliseconds until fewer are counted. */
  readonly resetMs: number;
}

/** What a limiter answers; a wait of no milliseconds means allowed. */
export function decisionOf(waitMs: number, counted: readonly CountedRule[]): RateDecision {
  return {
    allowed: waitMs <= 0,
    retryAfterSeconds: waitMs <= 0 ? 0 : secondsOf(waitMs),
    states: counted.map(
      ({ rule: { limit, windowSeconds }, used, resetMs }): RateState => ({
        limit,
        windowSeconds,
        remaining: Math.max(0, limit - used),
        resetSeconds: used > 0 ? secondsOf(resetMs) : 0,
      }),
    ),
  };
}

const secondsOf = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

/** What a call takes: never more than a rule has to give, else nobody could ever make it. */
export function pointsOf(cost: number, rules: readonly RateRule[]): number {
  if (!Number.isSafeInteger(cost) || cost < 1) throw new RangeError('a call costs a whole number of points, from 1 on');
  return Math.min(cost, ...rules.map((rule) => rule.limit));
}

const digestMark = 'sha256:';

/** A key as a store keeps it: as it is, or by its digest when it is long, odd, or looks like a digest itself. */
export function storedKey(key: string): string {
  if (/^[\x21-\x7e]{1,128}$/.test(key) && !key.startsWith(digestMark)) return key;
  return digestMark + hash('sha256', key, 'base64url');
}
