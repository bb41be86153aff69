import { describe, expect, it } from 'vitest';
import { JudgingQueue } from './judging-queue.ts';

const rooms = (entries: Readonly<Record<string, number>>) => new Map(Object.entries(entries));

/** Joins the queue under a key as an attempt does, and notes when it has begun. */
function joining(queue: JudgingQueue, room: () => number) {
  const begun: string[] = [];
  const join = async (name: string): Promise<void> => {
    let waited = false;
    while (queue.fullAmong(rooms({ a: room() }), !waited) !== undefined) {
      await queue.wait('a', waited);
      waited = true;
    }
    begun.push(name);
    queue.begin(['a']);
  };
  return { begun, join };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue of attempts to be judged', () => {
  it('has room for so many under a key, and for one whatever the room', () => {
    const queue = new JudgingQueue();
    expect(queue.fullAmong(rooms({ a: 2 }), true)).toBeUndefined();
    queue.begin(['a']);
    expect(queue.fullAmong(rooms({ a: 2 }), true)).toBeUndefined();
    queue.begin(['a']);
    expect(queue.fullAmong(rooms({ a: 2 }), true)).toBe('a');
    expect(queue.fullAmong(rooms({ a: 3 }), true)).toBeUndefined();
    for (const none of [0, -5]) {
      expect(queue.fullAmong(rooms({ b: none }), true)).toBeUndefined();
      expect(queue.fullAmong(rooms({ b: 1, a: none }), true)).toBe('a');
    }
  });

  it('lets those who wait begin in their order, before any who come later', async () => {
    const queue = new JudgingQueue();
    const { begun, join } = joining(queue, () => 2);
    for (const name of ['one', 'two', 'three', 'four', 'five']) void join(name);
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
    const queue = new JudgingQueue();
    let room = 1;
    const { begun, join } = joining(queue, () => room);
    for (const name of ['one', 'two', 'three', 'four', 'five']) void join(name);
    expect(begun).toEqual(['one']);
    room = 3;
    queue.end(['a']);
    await settled();
    expect(begun).toEqual(['one', 'two', 'three', 'four']);
  });

  it('keeps the place in front of whoever was woken and found no room', async () => {
    const queue = new JudgingQueue();
    const { begun, join } = joining(queue, () => 1);
    for (const name of ['one', 'two', 'three']) void join(name);
    queue.wake(['a']);
    await settled();
    queue.end(['a']);
    await settled();
    expect(begun).toEqual(['one', 'two']);
  });

  it('lets the next look when one leaves without beginning', async () => {
    const queue = new JudgingQueue();
    queue.begin(['a']);
    const leaving = queue.wait('a', false).then(() => queue.wake(['a']));
    const { begun, join } = joining(queue, () => 1);
    void join('next');
    queue.end(['a']);
    await leaving;
    await settled();
    expect(begun).toEqual(['next']);
  });

  it('refuses when a thousand wait under a key, and under no other', async () => {
    const queue = new JudgingQueue();
    queue.begin(['a', 'b']);
    const waiting = Array.from({ length: 1000 }, () => queue.wait('a', false));
    expect(() => queue.wait('a', false)).toThrow(
      expect.objectContaining({ code: 'too_many_requests', retryAfterSeconds: 1 }),
    );
    const other = queue.wait('b', false);
    // Whoever was in already is not turned away.
    const again = queue.wait('a', true);
    for (let turn = 0; turn <= 1000; turn += 1) queue.wake(['a']);
    queue.wake(['b']);
    await Promise.all([...waiting, other, again]);
    queue.end(['a', 'b']);
    expect(queue.size).toBe(0);
  });

  it('knows no keys that nobody is under', async () => {
    const queue = new JudgingQueue();
    queue.begin(['a', 'b']);
    expect(queue.size).toBe(2);
    queue.end(['a']);
    const waiting = queue.wait('b', false);
    queue.end(['b']);
    await waiting;
    expect(queue.size).toBe(0);
    queue.wake(['a', 'c']);
    expect(queue.size).toBe(0);
  });
});
