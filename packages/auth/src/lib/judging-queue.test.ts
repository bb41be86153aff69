import { afterEach, describe, expect, it, vi } from 'vitest';
import { JudgingQueue } from './judging-queue.ts';

const newQueue = () =>
  new JudgingQueue({ crowded: () => new Error('no place to wait'), late: () => new Error('waited too long') });

/** Joins a queue as an attempt does that looks again whenever it has waited, and notes when it has begun. */
function joining(queue: JudgingQueue, room: () => Readonly<Record<string, number>>, look = async () => {}) {
  const begun: string[] = [];
  const join = async (name: string): Promise<void> => {
    let fresh = true;
    await queue.begin({
      stale: () => !fresh,
      async refresh() {
        fresh = true;
        await look();
      },
      rooms() {
        fresh = false;
        return new Map(Object.entries(room()));
      },
    });
    begun.push(name);
  };
  return { begun, join };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => void vi.useRealTimers());

describe('the queue of attempts to be judged', () => {
  it.each([
    [2, 2],
    [1, 1],
    // One at a time, whatever the room: whether it may be is for the limiter to say.
    [0, 1],
    [-5, 1],
  ])('has room for so many: of %s, %s', async (room, most) => {
    const { begun, join } = joining(newQueue(), () => ({ a: room }));
    for (const name of ['one', 'two', 'three']) void join(name);
    await settled();
    expect(begun).toHaveLength(most);
  });

  it('lets those who wait begin in their order, before any who come later', async () => {
    const queue = newQueue();
    const { begun, join } = joining(queue, () => ({ a: 2 }));
    for (const name of ['one', 'two', 'three', 'four', 'five']) void join(name);
    await settled();
    expect(begun).toEqual(['one', 'two']);
    queue.end(['a']);
    // Its place is for the next of the queue.
    void join('six');
    await settled();
    expect(begun).toEqual(['one', 'two', 'three']);
    for (const more of [['four'], ['five'], ['six'], [], []]) {
      queue.end(['a']);
      await settled();
      expect(begun.splice(3)).toEqual(more);
    }
    expect(queue.size).toBe(0);
  });

  it('lets several begin when there is more room than before', async () => {
    const queue = newQueue();
    let room = 1;
    const { begun, join } = joining(queue, () => ({ a: room }));
    for (const name of ['one', 'two', 'three', 'four', 'five']) void join(name);
    await settled();
    expect(begun).toEqual(['one']);
    room = 3;
    queue.end(['a']);
    await settled();
    expect(begun).toEqual(['one', 'two', 'three', 'four']);
  });

  it('waits under each key that is full, and holds up nobody under another meanwhile', async () => {
    const queue = newQueue();
    const both = joining(queue, () => ({ a: 1, b: 1 }));
    const other = joining(queue, () => ({ b: 1 }));
    const first = joining(queue, () => ({ a: 1 }));
    void first.join('a');
    await settled();
    void both.join('a and b');
    await settled();
    void other.join('b');
    await settled();
    expect([first.begun, both.begun, other.begun]).toEqual([['a'], [], ['b']]);
    queue.end(['a']);
    await settled();
    expect(both.begun).toEqual([]);
    queue.end(['b']);
    await settled();
    expect(both.begun).toEqual(['a and b']);
    queue.end(['a', 'b']);
    expect(queue.size).toBe(0);
  });

  it('lets the next look when one leaves without beginning', async () => {
    const queue = newQueue();
    const first = joining(queue, () => ({ a: 1 }));
    void first.join('first');
    const leaving = joining(
      queue,
      () => ({ a: 1 }),
      async () => {
        throw new Error('over a limit');
      },
    );
    const left = leaving.join('leaves').catch((error: Error) => error.message);
    const next = joining(queue, () => ({ a: 1 }));
    void next.join('next');
    await settled();
    queue.end(['a']);
    expect(await left).toBe('over a limit');
    await settled();
    expect(next.begun).toEqual(['next']);
    queue.end(['a']);
    expect(queue.size).toBe(0);
  });

  it('refuses when a thousand wait under a key, and under no other', async () => {
    const queue = newQueue();
    const { begun, join } = joining(queue, () => ({ a: 1 }));
    const waiting = Array.from({ length: 1001 }, (_, index) => join(String(index)));
    await settled();
    await expect(join('one too many')).rejects.toThrow('no place to wait');
    const other = joining(queue, () => ({ b: 1 }));
    await other.join('elsewhere');
    queue.end(['b']);
    for (let turn = 0; turn <= 1000; turn += 1) {
      queue.end(['a']);
      await settled();
    }
    await Promise.all(waiting);
    expect(begun).toHaveLength(1001);
    expect(queue.size).toBe(0);
  });

  it('lets nobody wait for ever behind one who is never judged', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const queue = newQueue();
    const { begun, join } = joining(queue, () => ({ a: 1 }));
    void join('never judged');
    await settled();
    const waiting = join('behind').catch((error: Error) => error.message);
    await settled();
    await vi.advanceTimersByTimeAsync(4999);
    void join('later');
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBe('waited too long');
    queue.end(['a']);
    await settled();
    expect(begun).toEqual(['never judged', 'later']);
    queue.end(['a']);
    expect(queue.size).toBe(0);
  });
});
