import { ConfigurationError } from '@sallyport/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import type { ChangeFeed } from './change-feed.ts';
import { createMemoryChangeFeed } from './memory-feed.ts';
import { WatchedCache } from './watched-cache.ts';

const client = (clientId: string) => ({ kind: 'client', clientId }) as const;

function arrange(changes: ChangeFeed | undefined, seconds?: number, usualSeconds = 0) {
  const cache = new WatchedCache<number>({
    changes,
    seconds,
    usualSeconds,
    limit: 3,
    keyOf: (change) => (change.kind === 'client' ? change.clientId : undefined),
    path: 'test.cacheSeconds',
  });
  const put = (key: string, value: number, at = start) => cache.set(key, value, at, cache.mark());
  return { cache, put };
}

async function started(): Promise<ChangeFeed> {
  const feed = createMemoryChangeFeed();
  await feed.start();
  return feed;
}

it('remembers for five seconds with a feed, and for the usual time without', async () => {
  for (const [changes, seconds] of [
    [await started(), 5],
    [undefined, 1],
  ] as const) {
    const { cache, put } = arrange(changes, undefined, 1);
    put('a', 1);
    expect(cache.get('a', later(seconds - 0.001))).toBe(1);
    expect(cache.get('a', later(seconds))).toBeUndefined();
    // A clock that was set back does not make it younger.
    expect(cache.get('a', later(-1))).toBeUndefined();
  }
});

it('obeys the seconds that it is told, also none', async () => {
  const { cache, put } = arrange(await started(), 2);
  put('a', 1);
  expect([cache.get('a', later(1.9)), cache.get('a', later(2))]).toEqual([1, undefined]);
  const { cache: none, put: putNone } = arrange(await started(), 0, 5);
  putNone('a', 1);
  expect([none.off, none.get('a', start), none.size]).toEqual([true, undefined, 0]);
  for (const bad of [-1, 5.1, Number.NaN]) expect(() => arrange(undefined, bad)).toThrow(ConfigurationError);
});

it('lets go of what changes, and of everything when the feed cannot tell', async () => {
  const feed = await started();
  const { cache, put } = arrange(feed);
  put('a', 1);
  put('b', 2);
  await feed.publish(client('a'));
  await feed.publish({ kind: 'jti', jti: 'b' });
  expect([cache.get('a', start), cache.get('b', start)]).toEqual([undefined, 2]);
  await feed.publish({ kind: 'everything' });
  expect(cache.size).toBe(0);
});

it('remembers nothing while the feed is not live, also where seconds are told', async () => {
  const feed = createMemoryChangeFeed();
  const { cache, put } = arrange(feed, 5);
  put('a', 1);
  expect(cache.size).toBe(0);
  await feed.start();
  put('a', 1);
  expect(cache.get('a', start)).toBe(1);
  await feed.close();
  expect([cache.get('a', start), cache.size]).toEqual([undefined, 0]);
});

it('does not use what it remembers while a lease has run out, and uses it again afterwards', () => {
  let live = true;
  const lease: ChangeFeed = {
    get live() {
      return live;
    },
    start: async () => {},
    publish: async () => {},
    subscribe: () => () => {},
    close: async () => {},
  };
  const { cache, put } = arrange(lease);
  put('a', 1);
  live = false;
  expect(cache.get('a', start)).toBeUndefined();
  live = true;
  expect(cache.get('a', start)).toBe(1);
});

it('does not remember what was read before the feed was live, or before a change', async () => {
  const feed = createMemoryChangeFeed();
  const { cache } = arrange(feed);
  const early = cache.mark();
  await feed.start();
  cache.set('a', 1, start, early);
  const overtaken = cache.mark();
  await feed.publish(client('a'));
  cache.set('a', 1, start, overtaken);
  expect(cache.size).toBe(0);
});

it('is bounded', async () => {
  const { cache, put } = arrange(await started());
  for (let index = 0; index < 10; index += 1) put(String(index), index);
  expect([cache.size, cache.get('0', start), cache.get('9', start)]).toEqual([3, undefined, 9]);
});

/** A step of a world in which one process changes a store and another one caches it. */
type Step = 'read' | 'answer' | 'change' | 'notify' | 'lose' | 'listen';

it('R28: no order of reads, answers, changes and losses leaves a record that has changed', async () => {
  const steps = fc.array(fc.constantFrom<Step>('read', 'answer', 'change', 'notify', 'lose', 'listen'), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat(7)), async (order, picks) => {
      const feed = connectable();
      const { cache } = arrange(feed);
      let stored = 0;
      /** Changes that were committed, and are on their way. */
      let underway = 0;
      const reads: { readonly value: number; readonly mark: number }[] = [];
      const check = () => {
        // What is on its way may still be remembered as it was: that is the second which a feed may take.
        if (underway === 0) expect([undefined, stored]).toContain(cache.get('a', start));
      };
      for (const step of order) {
        if (step === 'read') {
          const mark = cache.mark();
          reads.push({ value: stored, mark });
        } else if (step === 'answer') {
          const [read] = reads.splice(picks.next().value % Math.max(1, reads.length), 1);
          if (read !== undefined) cache.set('a', read.value, start, read.mark);
        } else if (step === 'change') {
          stored += 1;
          if (feed.live) underway += 1;
        } else if (step === 'notify' && underway > 0) {
          underway -= 1;
          await feed.publish(client('a'));
        } else if (step === 'lose') {
          // What was on its way is lost.
          underway = 0;
          feed.set(false);
        } else if (step === 'listen') {
          feed.set(true);
        }
        check();
      }
      for (; underway > 0; underway -= 1) await feed.publish(client('a'));
      for (const { value, mark } of reads) cache.set('a', value, start, mark);
      check();
    }),
    { numRuns: 500 },
  );
});

/** A feed that loses its connection and finds it again. */
function connectable(): ChangeFeed & { set(live: boolean): void } {
  const memory = createMemoryChangeFeed();
  let live = false;
  return {
    ...memory,
    get live() {
      return live;
    },
    set(next) {
      if (live === next) return;
      live = next;
      void memory.publish({ kind: 'everything' });
    },
  };
}
