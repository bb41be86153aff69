import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { LandingFailures } from './landing-failures.ts';

it('tells whether there were failures since a mark, once they stand', async () => {
  const landing = new LandingFailures();
  const mark = landing.mark('a');
  expect(await landing.since('a', mark)).toBe(false);
  let landed = false;
  landing.add(
    'a',
    new Promise<void>((resolve) =>
      setImmediate(() => {
        landed = true;
        resolve();
      }),
    ),
  );
  expect([await landing.since('a', mark), landed]).toEqual([true, true]);
  expect(await landing.since('b', landing.mark('b'))).toBe(false);
});

it('tells who looked while a failure was landing that the count has changed since', async () => {
  const landing = new LandingFailures();
  const { promise, resolve } = Promise.withResolvers<void>();
  landing.add('a', promise);
  const between = landing.mark('a');
  resolve();
  await promise;
  landing.changed('a');
  expect(landing.mark('a')).not.toBe(between);
  expect(await landing.since('a', between)).toBe(true);
  const after = landing.mark('a');
  landing.changed('b');
  expect([landing.mark('a'), await landing.since('a', after)]).toEqual([after, false]);
});

it('keeps nothing of what has landed, however many there were', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const landing = new LandingFailures();
  const kept: WeakRef<object>[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    const decision = { turn };
    kept.push(new WeakRef(decision));
    landing.add('a', Promise.resolve(decision));
    await landing.since('a', 0);
  }
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  expect(kept.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
});
