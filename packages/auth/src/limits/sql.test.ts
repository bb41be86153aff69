import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { databases } from '../../test-support/databases.ts';
import { fixedWindowSuite, slidingWindowSuite } from '../../test-support/rate-limiter-suite.ts';
import { AuthRateCount } from './entities.ts';
import { createSqlRateLimiter } from './sql.ts';

// The library takes the time of its rows from this process.
beforeAll(() => void vi.useFakeTimers({ now: start, toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());
const move = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

for (const [name, open] of databases) {
  const opening = (options: Parameters<typeof createSqlRateLimiter>[1]) => async () => {
    const { orm, close } = await open();
    return { limiter: createSqlRateLimiter(orm, options), other: createSqlRateLimiter(orm, options), close };
  };
  fixedWindowSuite(name, opening({ insurance: false }), move);
  slidingWindowSuite(name, opening({ insurance: false, window: 'sliding' }));

  describe(`${name}: rows of fixed windows`, () => {
    it('are one a key and window, and go when they have expired', async () => {
      const { orm, close } = await open();
      const limiter = createSqlRateLimiter(orm, { insurance: false });
      const minute = [{ limit: 2, windowSeconds: 60 }];
      const keys = async () => (await orm.em.fork().findAll(AuthRateCount)).map(({ key }) => key);
      for (let turn = 0; turn < 3; turn += 1) await limiter.take('old', minute, start);
      await limiter.peek('only asked', minute, start);
      await limiter.take('x'.repeat(10_000), minute, start);
      const stored = await keys();
      expect(stored).toHaveLength(2);
      expect(stored).toContain('60:old');
      expect(Math.max(...stored.map((key) => key.length))).toBeLessThan(64);
      move(700);
      await limiter.take('new', minute, start);
      expect(await keys()).toEqual(['60:new']);
      await close();
    });
  });
}
