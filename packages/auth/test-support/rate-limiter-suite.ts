import type { RateDecision, RateLimiter } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { later, start } from './calls.ts';

export interface TestLimiter {
  readonly limiter: RateLimiter;
  /** Another over the same counts, as another process has it. */
  readonly other?: RateLimiter;
  close?(): Promise<void>;
}

export type OpenTestLimiter = () => TestLimiter | Promise<TestLimiter>;

const one = [{ limit: 1, windowSeconds: 60 }];
const free = { allowed: true, retryAfterSeconds: 0 };
const remaining = ({ states }: RateDecision): number[] => states.map((state) => state.remaining);

/** Opens a limiter for the tests of a block; what it gives has counted nothing yet. */
function opened(open: OpenTestLimiter): () => Required<Omit<TestLimiter, 'close'>> {
  let made: TestLimiter | undefined;
  beforeAll(async () => {
    made = await open();
  });
  afterAll(() => made?.close?.());
  return () => {
    if (made === undefined) throw new Error('the limiter is not open yet');
    return { limiter: made.limiter, other: made.other ?? made.limiter };
  };
}

/** What every `RateLimiter` does, whatever its windows are. */
function common(use: () => Required<Omit<TestLimiter, 'close'>>): void {
  it('tells what each rule has left', async () => {
    const rules = [
      { limit: 3, windowSeconds: 60 },
      { limit: 5, windowSeconds: 86_400 },
    ];
    const { limiter, other } = use();
    expect(await limiter.peek('tells', rules, start)).toEqual({
      ...free,
      states: rules.map((rule) => ({ ...rule, remaining: rule.limit, resetSeconds: 0 })),
    });
    expect(await limiter.take('tells', rules, start)).toMatchObject({
      ...free,
      states: [
        { limit: 3, windowSeconds: 60, remaining: 2, resetSeconds: 60 },
        { limit: 5, windowSeconds: 86_400, remaining: 4, resetSeconds: 86_400 },
      ],
    });
    expect(remaining(await other.take('tells', rules, start))).toEqual([1, 3]);
    expect(remaining(await limiter.peek('tells', rules, start))).toEqual([1, 3]);
  });

  it('does not count what only asks', async () => {
    const { limiter } = use();
    for (let turn = 0; turn < 5; turn += 1) expect((await limiter.peek('asks', one, start)).allowed).toBe(true);
    expect((await limiter.take('asks', one, start)).allowed).toBe(true);
    expect((await limiter.peek('asks', one, start)).allowed).toBe(false);
  });

  it('lets no more than the limit through, however many come at once', async () => {
    const rules = [
      { limit: 5, windowSeconds: 60 },
      { limit: 8, windowSeconds: 86_400 },
    ];
    const { limiter, other } = use();
    const calls = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? limiter : other));
    const decisions = await Promise.all(calls.map((each) => each.take('burst', rules, start)));
    expect(decisions.filter((decision) => decision.allowed)).toHaveLength(5);
    for (const { retryAfterSeconds } of decisions.filter((decision) => !decision.allowed)) {
      expect(retryAfterSeconds).toBeGreaterThan(55);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
    // What the minute has refused is not counted for the day.
    expect((await other.peek('burst', rules, start)).states[1]?.remaining).toBe(3);
  });

  it('takes what a call costs, or nothing', async () => {
    const rules = [{ limit: 10, windowSeconds: 60 }];
    const { limiter } = use();
    expect(remaining(await limiter.take('costs', rules, start, 7))).toEqual([3]);
    expect(await limiter.take('costs', rules, start, 4)).toMatchObject({ allowed: false, states: [{ remaining: 3 }] });
    expect(remaining(await limiter.take('costs', rules, start, 3))).toEqual([0]);
    expect((await limiter.take('costs', rules, start)).allowed).toBe(false);
    expect(await limiter.take('dear', rules, start, 1000)).toMatchObject({ allowed: true, states: [{ remaining: 0 }] });
    const calls = Array.from({ length: 10 }, () => limiter.take('costs at once', rules, start, 3));
    expect((await Promise.all(calls)).filter((decision) => decision.allowed).length).toBeLessThanOrEqual(3);
  });

  it('forgets', async () => {
    const { limiter, other } = use();
    await limiter.take('forgets', one, start);
    await limiter.take('kept', one, start);
    await other.clear('forgets', one);
    expect((await limiter.take('forgets', one, start)).allowed).toBe(true);
    expect((await limiter.peek('kept', one, start)).allowed).toBe(false);
    await limiter.clear('never seen', one);
  });

  it('counts each key by itself, whatever its name', async () => {
    const { limiter } = use();
    const long = 'k'.repeat(1000);
    const keys = ['a', 'a:', 'a b', 'ä', '{a}', "a'", '', long, `${long}2`, 'sha256:a', '__proto__', '2001:db8::/64'];
    for (const key of [...keys, 'a\u0000']) expect((await limiter.take(key, one, start)).allowed).toBe(true);
    for (const key of [...keys, 'a\u0000']) expect((await limiter.take(key, one, start)).allowed).toBe(false);
  });
}

/** Windows that begin with the first point, by the engine's clock: `move` turns it on, where that can be done. */
export function fixedWindowSuite(name: string, open: OpenTestLimiter, move?: (seconds: number) => void): void {
  describe(`a rate limiter with fixed windows: ${name}`, () => {
    const use = opened(open);
    common(use);

    it('gives everything back when the window ends, and not before', async () => {
      const rules = [{ limit: 2, windowSeconds: move === undefined ? 3 : 60 }];
      const { limiter, other } = use();
      await limiter.take('window', rules, start);
      move?.(30);
      await other.take('window', rules, start);
      const refused = await limiter.take('window', rules, start);
      expect(refused.allowed).toBe(false);
      expect(refused.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(move === undefined ? 3 : 30);
      move?.(30);
      const restored = async () =>
        expect((await limiter.peek('window', rules, start)).states[0]).toMatchObject({ remaining: 2, resetSeconds: 0 });
      await (move === undefined ? vi.waitFor(restored, 10_000) : restored());
      expect((await limiter.take('window', rules, start)).states[0]?.remaining).toBe(1);
    });
  });
}

/** Windows that slide, exactly, by the time of the calls: what is refused is not counted. */
export function slidingWindowSuite(name: string, open: OpenTestLimiter): void {
  describe(`a rate limiter with sliding windows: ${name}`, () => {
    const use = opened(open);
    common(use);

    it('slides, and obeys every rule', async () => {
      const rules = [
        { limit: 3, windowSeconds: 60 },
        { limit: 5, windowSeconds: 86_400 },
      ];
      const { limiter } = use();
      const take = (seconds: number) => limiter.take('slide', rules, later(seconds));
      for (const seconds of [0, 30, 59]) expect(await take(seconds)).toMatchObject(free);
      expect(await take(59)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
      expect(await take(60)).toMatchObject({ allowed: true, states: [{ remaining: 0, resetSeconds: 30 }, {}] });
      expect(await take(60)).toMatchObject({ allowed: false, retryAfterSeconds: 30 });
      expect((await take(90)).allowed).toBe(true);
      // The day's rule: the first of five leaves its window after a day.
      expect(await take(3600)).toMatchObject({ allowed: false, retryAfterSeconds: 82_800 });
      expect((await take(86_399.999)).allowed).toBe(false);
      expect((await take(86_400)).allowed).toBe(true);
      expect((await take(86_400)).allowed).toBe(false);
    });

    it('tells the wait in whole seconds, at least one', async () => {
      const { limiter } = use();
      await limiter.take('wait', one, start);
      const peek = (seconds: number) => limiter.peek('wait', one, later(seconds));
      expect(await peek(0.001)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
      expect(await peek(30)).toMatchObject({ allowed: false, retryAfterSeconds: 30 });
      expect(await peek(59.999)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
      expect(await peek(60)).toMatchObject({ ...free, states: [{ remaining: 1, resetSeconds: 0 }] });
    });

    it('does not count what it refuses', async () => {
      const { limiter } = use();
      await limiter.take('refused', one, start);
      for (let turn = 0; turn < 5; turn += 1) {
        expect((await limiter.take('refused', one, later(30))).allowed).toBe(false);
      }
      expect((await limiter.take('refused', one, later(60))).allowed).toBe(true);
    });

    it('bears a clock that is behind', async () => {
      const two = [{ limit: 2, windowSeconds: 60 }];
      const take = async (seconds: number) => (await use().limiter.take('behind', two, later(seconds))).allowed;
      expect([await take(10), await take(5), await take(7), await take(70)]).toEqual([true, true, false, true]);
    });

    it('waits until a costly call fits', async () => {
      const rules = [{ limit: 4, windowSeconds: 60 }];
      const { limiter } = use();
      for (const seconds of [0, 10, 20]) await limiter.take('fits', rules, later(seconds));
      expect(await limiter.take('fits', rules, later(30), 3)).toMatchObject({ allowed: false, retryAfterSeconds: 40 });
      expect(await limiter.take('fits', rules, later(70), 3)).toMatchObject({ allowed: true });
    });
  });
}
