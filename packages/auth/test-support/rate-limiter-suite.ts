import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RateLimiter } from '../src/index.ts';
import { later, start } from './calls.ts';

export interface TestLimiter {
  readonly limiter: RateLimiter;
  /** Another over the same counts, as another process has it. */
  readonly other?: RateLimiter;
  close?(): Promise<void>;
}

const twoRules = [
  { limit: 3, windowSeconds: 60 },
  { limit: 5, windowSeconds: 86_400 },
];
const one = [{ limit: 1, windowSeconds: 60 }];

/** What every `RateLimiter` does. `open` is called once; what it gives has counted nothing yet. */
export function rateLimiterSuite(name: string, open: () => TestLimiter | Promise<TestLimiter>): void {
  describe(`a rate limiter: ${name}`, () => {
    let opened: TestLimiter | undefined;
    const limiter: RateLimiter = {
      take: (...call) => use().limiter.take(...call),
      peek: (...call) => use().limiter.peek(...call),
    };
    const use = (): TestLimiter => {
      if (opened === undefined) throw new Error('the limiter is not open yet');
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close?.());

    it('slides, and obeys every rule', async () => {
      for (const seconds of [0, 30, 59]) {
        expect(await limiter.take('slide', twoRules, later(seconds))).toEqual({ allowed: true, retryAfterSeconds: 0 });
      }
      expect(await limiter.take('slide', twoRules, later(59))).toEqual({ allowed: false, retryAfterSeconds: 1 });
      expect((await limiter.take('slide', twoRules, later(60))).allowed).toBe(true);
      expect(await limiter.take('slide', twoRules, later(60))).toEqual({ allowed: false, retryAfterSeconds: 30 });
      expect((await limiter.take('slide', twoRules, later(90))).allowed).toBe(true);
      // The day's rule: the first of five leaves its window after a day.
      expect(await limiter.take('slide', twoRules, later(3600))).toEqual({ allowed: false, retryAfterSeconds: 82_800 });
      expect((await limiter.take('slide', twoRules, later(86_399.999))).allowed).toBe(false);
      expect((await limiter.take('slide', twoRules, later(86_400))).allowed).toBe(true);
      expect((await limiter.take('slide', twoRules, later(86_400))).allowed).toBe(false);
    });

    it('tells the wait in whole seconds, at least one', async () => {
      await limiter.take('wait', one, start);
      expect(await limiter.peek('wait', one, later(0.001))).toEqual({ allowed: false, retryAfterSeconds: 60 });
      expect(await limiter.peek('wait', one, later(30))).toEqual({ allowed: false, retryAfterSeconds: 30 });
      expect(await limiter.peek('wait', one, later(59.999))).toEqual({ allowed: false, retryAfterSeconds: 1 });
      expect(await limiter.peek('wait', one, later(60))).toEqual({ allowed: true, retryAfterSeconds: 0 });
    });

    it('does not count what it refuses, nor what only asks', async () => {
      for (let turn = 0; turn < 5; turn += 1) expect((await limiter.peek('asks', one, start)).allowed).toBe(true);
      await limiter.take('asks', one, start);
      for (let turn = 0; turn < 5; turn += 1) expect((await limiter.take('asks', one, later(30))).allowed).toBe(false);
      expect((await limiter.take('asks', one, later(60))).allowed).toBe(true);
    });

    it('lets no more than the limit through, however many come at once', async () => {
      const rules = [
        { limit: 5, windowSeconds: 60 },
        { limit: 8, windowSeconds: 86_400 },
      ];
      const { limiter: mine, other = mine } = use();
      const calls = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? mine : other));
      const decisions = await Promise.all(calls.map((each) => each.take('burst', rules, start)));
      expect(decisions.filter((decision) => decision.allowed)).toHaveLength(5);
      expect(decisions.find((decision) => !decision.allowed)?.retryAfterSeconds).toBe(60);
      expect((await other.peek('burst', rules, later(60))).allowed).toBe(true);
      for (let turn = 0; turn < 3; turn += 1) expect((await mine.take('burst', rules, later(61))).allowed).toBe(true);
      expect(await other.take('burst', rules, later(61))).toEqual({ allowed: false, retryAfterSeconds: 86_339 });
    });

    it('bears a clock that is behind', async () => {
      const two = [{ limit: 2, windowSeconds: 60 }];
      expect((await limiter.take('behind', two, later(10))).allowed).toBe(true);
      expect((await limiter.take('behind', two, later(5))).allowed).toBe(true);
      expect((await limiter.take('behind', two, later(7))).allowed).toBe(false);
      expect((await limiter.take('behind', two, later(70))).allowed).toBe(true);
    });

    it('counts each key by itself, whatever its name', async () => {
      const long = 'k'.repeat(1000);
      const keys = ['a', 'a:', 'a b', 'ä', '{a}', "a'", '', long, `${long}2`, 'sha256:a', '__proto__', '2001:db8::/64'];
      for (const key of keys) expect((await limiter.take(key, one, start)).allowed).toBe(true);
      for (const key of keys) expect((await limiter.take(key, one, start)).allowed).toBe(false);
    });
  });
}
