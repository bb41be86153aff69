import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, ChangeFeed } from '../src/index.ts';
import { until } from './until.ts';

export interface TestFeeds {
  readonly feed: ChangeFeed;
  /** As another process has it; the same one where there is but one process. */
  readonly other: ChangeFeed;
  /** Sends a text the way that changes go. */
  garbage?(payload: string): Promise<void>;
  close?(): Promise<void>;
}

const nasty = ['a', `it's "?" \\ $1 ?? %`, 'ünïcode ☃', '__proto__', 'x'.repeat(256), '[1,"everything"]'];

/** Whether a listener has heard this change: by its name or, over a connection that was slow just then, as anything. */
export const isOrCovers =
  (wanted: Change) =>
  (heard: Change): boolean =>
    heard.kind === 'everything' || JSON.stringify(heard) === JSON.stringify(wanted);

/** What every `ChangeFeed` does. `open` is called once; its feeds are not started. */
export function changeFeedSuite(name: string, open: () => Promise<TestFeeds>): void {
  describe(`a feed of changes: ${name}`, () => {
    let opened: TestFeeds;
    const heard: Change[] = [];
    const here: Change[] = [];
    beforeAll(async () => {
      opened = await open();
      opened.feed.subscribe((change) => here.push(change));
      opened.other.subscribe((change) => heard.push(change));
    });
    afterAll(() => opened?.close?.());

    it('can publish before it listens, and listens when it is started', async () => {
      const { feed, other } = opened;
      expect([feed.live, other.live]).toEqual([false, false]);
      await feed.publish({ kind: 'client', clientId: 'early' });
      expect(here.at(-1)).toEqual({ kind: 'client', clientId: 'early' });
      await Promise.all([feed.start(), other.start()]);
      await until(() => feed.live && other.live, 'both are live');
      expect(heard.at(-1)).toEqual({ kind: 'everything' });
    });

    it('tells this process at once, and the other', async () => {
      const { feed, other } = opened;
      const changes: Change[] = [
        ...nasty.map((clientId): Change => ({ kind: 'client', clientId })),
        { kind: 'token', digest: 'd'.repeat(43) },
        { kind: 'jti', jti: nasty[1] ?? '' },
        { kind: 'everything' },
      ];
      for (const change of changes) {
        heard.length = 0;
        const told = feed.publish(change);
        expect(here.at(-1)).toEqual(change);
        await told;
        await until(() => heard.some(isOrCovers(change)), `hears ${JSON.stringify(change)}`);
      }
      await other.publish({ kind: 'jti', jti: 'back' });
      await until(() => here.some(isOrCovers({ kind: 'jti', jti: 'back' })), 'hears the other');
    });

    it('takes no notice of garbage', async () => {
      const { feed, garbage } = opened;
      heard.length = 0;
      for (const payload of ['', '{', '[1,"what","x"]', 'x'.repeat(5000)]) await garbage?.(payload);
      const after: Change = { kind: 'client', clientId: 'after the garbage' };
      await feed.publish(after);
      await until(() => heard.some(isOrCovers(after)), 'hears what comes after');
      // What the last test has published may arrive only now.
      const others = heard.filter((change) => !isOrCovers(after)(change) && change.kind === 'client');
      expect(others).toEqual([]);
    });

    it('can be left by one listener, and closed', async () => {
      const { feed, other } = opened;
      const mine: Change[] = [];
      const leave = other.subscribe((change) => mine.push(change));
      leave();
      heard.length = 0;
      await feed.publish({ kind: 'client', clientId: 'last' });
      await until(() => heard.some(isOrCovers({ kind: 'client', clientId: 'last' })), 'the others still hear');
      expect(mine).toEqual([]);
      await other.close();
      expect([other.live, heard.at(-1)]).toEqual([false, { kind: 'everything' }]);
      await feed.close();
      expect(feed.live).toBe(false);
    });
  });
}
