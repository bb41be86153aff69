import { expect, it } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { rateLimiterSuite } from '../../test-support/rate-limiter-suite.ts';
import { createMemoryRateLimiter } from './memory.ts';

rateLimiterSuite('memory', () => ({ limiter: createMemoryRateLimiter() }));

it('never keeps more keys than it may', async () => {
  const limiter = createMemoryRateLimiter({ keys: 2 });
  const one = [{ limit: 1, windowSeconds: 60 }];
  for (const key of ['a', 'b', 'c']) await limiter.take(key, one, start);
  expect((await limiter.peek('a', one, start)).allowed).toBe(true);
  expect((await limiter.peek('c', one, start)).allowed).toBe(false);
});
