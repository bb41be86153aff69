import { SallyportError } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditQueue } from './queue.ts';
import type { AuditRecord } from './record.ts';

const record = (request: string): AuditRecord => ({
  kind: 'call',
  at: new Date(0),
  api: 'a',
  request,
  operation: 'read',
  resource: 'r',
  parameters: [],
  fields: [],
  status: 'success',
});

/** A sink that takes what it is told to, and a queue before it. */
function open(numbers: Partial<{ most: number; batch: number; wait: number }> = {}) {
  const state = {
    away: false,
    refuses: new Set<string>(),
    slow: undefined as Promise<void> | undefined,
    faults: [] as Error[],
  };
  const written: string[][] = [];
  const log = memoryLogger();
  const queue = new AuditQueue({
    most: 10,
    batch: 3,
    wait: 100,
    ...numbers,
    log,
    async write(records) {
      await state.slow;
      const fault = state.faults.shift();
      if (fault !== undefined) throw fault;
      if (state.away) throw new SallyportError('unavailable');
      if (records.some(({ request }) => state.refuses.has(request))) throw new Error('not this one');
      written.push(records.map(({ request }) => request));
    },
  });
  const push = (...names: string[]) => queue.push(names.map(record));
  const messages = () => log.lines.map(({ level, message }) => `${level}: ${message}`);
  return { queue, state, written, push, messages };
}

describe('the queue of the audit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('writes what has come together after a while, and a full batch at once', async () => {
    const { written, push, queue } = open();
    push('a');
    push('b');
    await vi.advanceTimersByTimeAsync(99);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(written).toEqual([['a', 'b']]);
    push('c', 'd', 'e', 'f');
    await vi.advanceTimersByTimeAsync(0);
    expect(written.slice(1)).toEqual([['c', 'd', 'e'], ['f']]);
    expect(queue.waiting).toBe(0);
  });

  it('is empty once it is flushed, whatever came while it was being written', async () => {
    const { written, push, queue, state } = open();
    let go = () => {};
    state.slow = new Promise((resolve) => {
      go = resolve;
    });
    push('a');
    const first = queue.flush();
    push('b');
    const second = queue.flush();
    go();
    await Promise.all([first, second]);
    expect(written.flat()).toEqual(['a', 'b']);
  });

  it('keeps records while the sink is away, and writes them in order when it is back', async () => {
    const { written, push, queue, state, messages } = open();
    state.away = true;
    push('a', 'b');
    await queue.flush();
    await vi.advanceTimersByTimeAsync(10_000);
    push('c');
    state.away = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(written.flat()).toEqual(['a', 'b', 'c']);
    expect([queue.lost, queue.waiting]).toEqual([0, 0]);
    expect(messages()).toEqual(['warn: the audit waits for its sink']);
    push('d');
    await vi.advanceTimersByTimeAsync(100);
    expect(written.at(-1)).toEqual(['d']);
  });

  it('loses what there is no room for, counts it, and says so once until it is over', async () => {
    const { written, push, queue, state, messages } = open({ most: 2 });
    state.away = true;
    push('a', 'b', 'c');
    push('d');
    expect([queue.waiting, queue.lost]).toEqual([2, 2]);
    state.away = false;
    await queue.flush();
    expect(written.flat()).toEqual(['a', 'b']);
    expect(messages()).toEqual([
      'error: audit records are being lost',
      'warn: audit records are kept again; this many were lost',
    ]);
  });

  it('gives up the record that the sink will not have, and no other', async () => {
    const { written, push, queue, state } = open();
    state.refuses.add('b');
    push('a', 'b', 'c');
    await queue.flush();
    push('b');
    await queue.flush();
    expect(written).toEqual([['a'], ['c']]);
    expect([queue.lost, queue.waiting]).toEqual([2, 0]);
  });

  it('keeps the rest of a batch when the sink goes away in the midst of it', async () => {
    const { written, push, queue, state } = open();
    state.faults.push(
      new Error('not all of this'),
      new SallyportError('unavailable'),
      new SallyportError('unavailable'),
    );
    push('a', 'b');
    await queue.flush();
    expect([queue.waiting, queue.lost]).toEqual([2, 0]);
    await queue.flush();
    expect(written).toEqual([['a', 'b']]);
  });

  it('writes what waits at its end; what the sink does not take is lost, and what comes later', async () => {
    const { written, push, queue, state } = open();
    push('a');
    await queue.close();
    expect(written).toEqual([['a']]);
    push('b');
    expect(queue.lost).toBe(1);
    const other = open();
    other.state.away = true;
    other.push('a', 'b');
    await other.queue.close();
    expect([other.queue.lost, other.queue.waiting]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.written).toEqual([]);
    expect(state.away).toBe(false);
  });
});
