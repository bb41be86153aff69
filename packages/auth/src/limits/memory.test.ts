import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { fixedWindowSuite, slidingWindowSuite } from '../../test-support/rate-limiter-suite.ts';
import { createMemoryRateLimiter } from './memory.ts';

// The library reads the clock, and lets go of its keys by timers.
beforeAll(() => void vi.useFakeTimers({ now: start }));
afterAll(() => void vi.useRealTimers());

fixedWindowSuite(
  'memory',
  () => ({ limiter: createMemoryRateLimiter() }),
  (seconds) => void vi.advanceTimersByTime(seconds * 1000),
);
slidingWindowSuite('memory', () => ({ limiter: createMemoryRateLimiter({ window: 'sliding' }) }));

it.each(['fixed', 'sliding'] as const)('never keeps more keys than it may (%s)', async (window) => {
  const limiter = createMemoryRateLimiter({ keys: 2, window });
  const two = [{ limit: 2, windowSeconds: 60 }];
  for (const key of ['a', 'b', 'a', 'c']) await limiter.take(key, two, start);
  const left = async (key: string) => (await limiter.peek(key, two, start)).states[0]?.remaining;
  // `b` was longest unused.
  expect([await left('a'), await left('b'), await left('c')]).toEqual([0, 2, 1]);
});

it('counts nothing of a window that has ended before its timer has run', async () => {
  const limiter = createMemoryRateLimiter();
  await limiter.take('late', [{ limit: 1, windowSeconds: 60 }], start);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await limiter.peek('late', [{ limit: 1, windowSeconds: 60 }], start)).toMatchObject({ allowed: true });
});

it('refuses windows that its timers cannot keep', async () => {
  const month = [{ limit: 1, windowSeconds: 2_592_000 }];
  await expect(createMemoryRateLimiter().take('month', month, start)).rejects.toThrow(RangeError);
});
