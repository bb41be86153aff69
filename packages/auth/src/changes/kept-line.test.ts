import { memoryLogger } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from './change.ts';
import { createListeners } from './change-feed.ts';
import { keepLine, type LineEnds } from './kept-line.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const rules = { restMs: 300, patienceMs: 700 };
const never = new Promise<void>(() => {});

/** Lines whose other end the test plays. */
function arrange() {
  const heard: Change[] = [];
  const log = memoryLogger();
  const listeners = createListeners();
  listeners.subscribe((change) => heard.push(change));
  const other = { ready: async () => {}, probe: async () => {} };
  const lines: { readonly ends: LineEnds; dropped: number }[] = [];
  const kept = keepLine(
    (ends) => {
      const line = { ends, dropped: 0 };
      lines.push(line);
      return {
        ready: other.ready(),
        probe: () => other.probe(),
        drop() {
          line.dropped += 1;
        },
      };
    },
    listeners,
    rules,
  );
  const last = () => lines.at(-1) as (typeof lines)[number];
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
  return { kept, heard, log, listeners, other, lines, last, pass };
}

const everything = { kind: 'everything' };

describe('a line that is kept', () => {
  it('is live from its first proof, and tells so', async () => {
    const { kept, heard, last, pass } = arrange();
    expect(kept.live).toBe(false);
    await kept.start();
    expect([kept.live, heard]).toEqual([true, [everything]]);
    await pass(60_000);
    expect(kept.live).toBe(true);
    last().ends.heard('[1,"client","a"]');
    last().ends.heard('garbage');
    expect(heard).toEqual([everything, { kind: 'client', clientId: 'a' }]);
    await kept.close();
    expect([kept.live, heard.at(-1), last().dropped]).toEqual([false, everything, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is over at once when it is lost, and another one is opened', async () => {
    const { kept, heard, log, lines, last, pass } = arrange();
    await kept.start(log);
    last().ends.lost(new Error('gone'));
    expect([kept.live, heard.length, lines[0]?.dropped]).toEqual([false, 2, 1]);
    last().ends.lost(new Error('gone twice'));
    last().ends.heard('[1,"client","a"]');
    expect(heard).toHaveLength(2);
    await pass(100);
    expect([kept.live, heard.length, lines.length]).toEqual([true, 3, 2]);
    expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    await kept.close();
  });

  it('R28: is not live any more a second after the last proof, when the other end says nothing', async () => {
    const { kept, heard, other, lines, pass } = arrange();
    await kept.start();
    await pass(299);
    other.probe = () => never;
    await pass(702);
    expect(kept.live).toBe(false);
    await pass(10);
    expect([heard.length, lines[0]?.dropped]).toEqual([2, 1]);
    other.probe = async () => {};
    await pass(2000);
    expect(kept.live).toBe(true);
    await kept.close();
  });

  it('lets its lease run out in a process that is held up, whose timers do not come', async () => {
    const { kept, heard } = arrange();
    await kept.start();
    // Time passes, and no timer.
    const real = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(real + 1001);
    expect(kept.live).toBe(false);
    vi.mocked(performance.now).mockRestore();
    expect([kept.live, heard.length]).toEqual([true, 1]);
    await kept.close();
  });

  it('does not wait for another end that is away, and goes on trying', async () => {
    const { kept, heard, log, other, lines, pass } = arrange();
    other.ready = () => Promise.reject(new Error('refused'));
    await kept.start(log);
    expect([kept.live, heard.length]).toEqual([false, 0]);
    await pass(10_000);
    const tries = lines.length;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(30);
    expect(lines.slice(0, -1).every(({ dropped }) => dropped === 1)).toBe(true);
    // Told once, and not at each try.
    expect(log.lines).toHaveLength(1);
    other.ready = async () => {};
    await pass(1001);
    expect(kept.live).toBe(true);
    await kept.close();
  });

  it('gives up another end that does not get ready', async () => {
    const { kept, other, lines, pass } = arrange();
    other.ready = () => never;
    const begun = kept.start();
    await pass(701);
    await begun;
    expect([kept.live, lines[0]?.dropped]).toEqual([false, 1]);
    await kept.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be closed before it began, while it waits and twice', async () => {
    const first = arrange();
    await first.kept.close();
    await first.kept.start();
    expect([first.kept.live, first.lines.length]).toEqual([false, 0]);
    const second = arrange();
    second.other.ready = () => Promise.reject(new Error('refused'));
    await second.kept.start();
    await second.kept.close();
    await second.kept.close();
    await second.pass(5000);
    expect(second.lines).toHaveLength(1);
  });

  it('goes on when a listener fails, and every other one hears it', async () => {
    const { kept, listeners, last, log } = arrange();
    const stop = listeners.subscribe(() => {
      throw new Error('a listener');
    });
    const after: Change[] = [];
    listeners.subscribe((change) => after.push(change));
    await kept.start(log);
    last().ends.heard('[1,"jti","j"]');
    expect(after).toEqual([everything, { kind: 'jti', jti: 'j' }]);
    expect(log.lines).toHaveLength(2);
    stop();
    last().ends.heard('[1,"jti","j"]');
    expect([log.lines.length, after.length, kept.live]).toEqual([2, 3, true]);
    await kept.close();
  });
});
