import type { RateDecision, RateLimiter, RateRule } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { judgedInTime, tooLate } from '../lib/judged-in-time.ts';
import { JudgingQueue } from '../lib/judging-queue.ts';
import { LandingFailures } from './landing-failures.ts';
import { TokenFault } from './token-fault.ts';

/** What one limit says of one attempt. */
export interface Bound {
  readonly key: string;
  readonly rules: readonly RateRule[];
  /** Seconds to wait by what the limiter tells; `counted`: for an attempt that is among what was counted. */
  readonly wait: (decision: RateDecision, counted: boolean) => number;
  /** How many more failures may be counted before anybody has to wait; none or fewer where somebody has waited. */
  readonly room: (decision: RateDecision) => number;
  /** Whether a success makes its failures forgotten. */
  readonly forgets: boolean;
}

/** What limits on failures said to an attempt, and when: marks of {@link LandingFailures}. */
export interface Look {
  readonly marks: readonly number[];
  readonly decisions: readonly RateDecision[];
}

/** Judges attempts under limits on failures. Its methods throw SallyportError `unavailable` from the limiter, too. */
export interface AttemptJudging {
  /** What the limits say now. */
  look(bounds: readonly Bound[], now: Date): Promise<Look>;
  /**
   * Judges an attempt that has looked: `work` answers `undefined` for wrong credentials, which are counted. Of all that
   * come at once no more are judged than there are guesses left, in this process; the others wait for one to finish.
   *
   * @throws TokenFault `too_many_requests`; what `work` throws
   */
  judge<T>(bounds: readonly Bound[], seen: Look, now: Date, work: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** What is going on in this process under the keys of a limiter. */
interface Going {
  readonly landing: LandingFailures;
  readonly queue: JudgingQueue;
}

// By the limiter, as the endpoints of an API count the guesses of one client together.
const going = new WeakMap<RateLimiter, Going>();

/** What is going on under the keys of a limiter, for all endpoints that have it. */
export function goingOn(limiter: RateLimiter): Going {
  const known = going.get(limiter) ?? {
    landing: new LandingFailures(),
    queue: new JudgingQueue({
      crowded: () => new TokenFault('too_many_requests', { retryAfterSeconds: 1 }),
      late: tooLate,
    }),
  };
  going.set(limiter, known);
  return known;
}

/** Makes the judging over a limiter. */
export function attemptJudging(limiter: RateLimiter): AttemptJudging {
  const { landing, queue } = goingOn(limiter);
  const peek = ({ key, rules }: Bound, now: Date) => available(() => limiter.peek(key, rules, now));

  const look: AttemptJudging['look'] = async (bounds, now) => {
    const marks = bounds.map(({ key }) => landing.mark(key));
    return { marks, decisions: await Promise.all(bounds.map((bound) => peek(bound, now))) };
  };
  const isOld = (bounds: readonly Bound[], { marks }: Look): boolean =>
    bounds.some(({ key }, index) => landing.mark(key) !== marks[index]);

  /** Begins when there is room for one more; answers the last look. */
  const turn = async (bounds: readonly Bound[], seen: Look, now: Date): Promise<Look> => {
    let last = seen;
    await queue.begin({
      stale: () => isOld(bounds, last),
      async refresh() {
        last = await look(bounds, now);
        refuse(waitOf(bounds, last.decisions, false));
      },
      rooms: () => roomsOf(bounds, last.decisions),
    });
    return last;
  };

  const failed = async (bounds: readonly Bound[], now: Date): Promise<void> => {
    const landed = Promise.all(bounds.map(({ key, rules }) => available(() => limiter.take(key, rules, now))));
    for (const { key } of bounds) landing.add(key, landed);
    const decisions = await landed;
    for (const { key } of bounds) landing.changed(key);
    refuse(waitOf(bounds, decisions, true));
  };

  const succeeded = async (bounds: readonly Bound[], { marks, decisions }: Look, now: Date): Promise<void> => {
    const moved = await Promise.all(bounds.map(({ key }, index) => landing.since(key, at(marks, index))));
    if (decisions.every(isClean) && !moved.includes(true)) return;
    const present = await Promise.all(bounds.map((bound) => peek(bound, now)));
    refuse(waitOf(bounds, present, false));
    await Promise.all(
      bounds.map(async ({ key, rules, forgets }, index) => {
        if (!forgets || isClean(at(present, index))) return;
        await available(() => limiter.clear(key, rules));
        landing.changed(key);
      }),
    );
  };

  return {
    look,
    async judge(bounds, seen, now, work) {
      const last = await turn(bounds, seen, now);
      try {
        const done = await judgedInTime(work());
        if (done === undefined) await failed(bounds, now);
        else await succeeded(bounds, last, now);
        return done;
      } finally {
        queue.end([...new Set(bounds.map(({ key }) => key))]);
      }
    },
  };
}

/** Lists that belong together are as long as each other. */
function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

/** Whether nothing is counted. */
function isClean({ states }: RateDecision): boolean {
  return states.every(({ limit, remaining }) => remaining === limit);
}

/** How many may be judged at once, by the key. */
function roomsOf(bounds: readonly Bound[], decisions: readonly RateDecision[]): ReadonlyMap<string, number> {
  const rooms = new Map<string, number>();
  for (const [index, { key, room }] of bounds.entries()) {
    rooms.set(key, Math.min(room(at(decisions, index)), rooms.get(key) ?? Number.POSITIVE_INFINITY));
  }
  return rooms;
}

/** The longest wait, in seconds. */
export function waitOf(bounds: readonly Bound[], decisions: readonly RateDecision[], counted: boolean): number {
  return Math.max(0, ...bounds.map(({ wait }, index) => wait(at(decisions, index), counted)));
}

/** @throws TokenFault `too_many_requests` when there is something to wait for */
export function refuse(wait: number): void {
  if (wait > 0) throw new TokenFault('too_many_requests', { retryAfterSeconds: wait });
}
