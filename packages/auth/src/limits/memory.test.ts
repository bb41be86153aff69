import { expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { createMemoryRateLimiter } from './memory.ts';

const rules = [
  { limit: 3, windowSeconds: 60 },
  { limit: 5, windowSeconds: 86_400 },
];

it('slides', async () => {
  const limiter = createMemoryRateLimiter();
  for (const seconds of [0, 30, 59]) expect((await limiter.take('a', rules, later(seconds))).allowed).toBe(true);
  expect(await limiter.take('a', rules, later(59))).toEqual({ allowed: false, retryAfterSeconds: 1 });
  expect((await limiter.take('a', rules, later(60))).allowed).toBe(true);
  expect(await limiter.take('a', rules, later(60))).toEqual({ allowed: false, retryAfterSeconds: 30 });
  expect((await limiter.take('a', rules, later(90))).allowed).toBe(true);
  expect(await limiter.take('a', rules, later(3600))).toEqual({ allowed: false, retryAfterSeconds: 82_800 });
  expect((await limiter.take('b', rules, later(90))).allowed).toBe(true);
});

it('does not count what it refuses, nor what only asks', async () => {
  const limiter = createMemoryRateLimiter();
  const one = [{ limit: 1, windowSeconds: 60 }];
  for (let turn = 0; turn < 5; turn += 1) expect((await limiter.peek('a', one, start)).allowed).toBe(true);
  await limiter.take('a', one, start);
  for (let turn = 0; turn < 5; turn += 1) expect((await limiter.take('a', one, later(30))).allowed).toBe(false);
  expect((await limiter.take('a', one, later(60))).allowed).toBe(true);
});

it('never keeps more keys than it may', async () => {
  const limiter = createMemoryRateLimiter({ keys: 2 });
  const one = [{ limit: 1, windowSeconds: 60 }];
  for (const key of ['a', 'b', 'c']) await limiter.take(key, one, start);
  expect((await limiter.peek('a', one, start)).allowed).toBe(true);
  expect((await limiter.peek('c', one, start)).allowed).toBe(false);
});
