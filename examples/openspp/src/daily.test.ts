import { memoryLogger } from '@sallyport/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { daily } from './daily.ts';

const day = 86_400_000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('works at once, then once a day, never twice at a time, and not after its end', async () => {
  const log = memoryLogger();
  const pending: (() => void)[] = [];
  let begun = 0;
  const job = daily(
    'job',
    () => {
      begun += 1;
      return new Promise<void>((resolve) => void pending.push(resolve));
    },
    log,
  );
  expect(begun).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * day);
  expect(begun).toBe(1);
  pending.pop()?.();
  await vi.advanceTimersByTimeAsync(day);
  expect(begun).toBe(2);
  const stopped = job.stop();
  pending.pop()?.();
  await stopped;
  await vi.advanceTimersByTimeAsync(2 * day);
  expect(begun).toBe(2);
  expect(log.lines.map(({ message }) => message)).toEqual(['a daily job is done', 'a daily job is done']);
});

it('goes on after a failure', async () => {
  const log = memoryLogger();
  let begun = 0;
  const work = async () => {
    begun += 1;
    if (begun === 1) throw new Error('no database');
    return 3;
  };
  const job = daily('job', work, log);
  await vi.advanceTimersByTimeAsync(day);
  await job.stop();
  expect(log.lines.map(({ level, fields }) => [level, fields.result])).toEqual([
    ['error', undefined],
    ['info', 3],
  ]);
});

it('works as often as it is told to', async () => {
  let begun = 0;
  const job = daily(
    'job',
    async () => {
      begun += 1;
    },
    memoryLogger(),
    day / 24,
  );
  await vi.advanceTimersByTimeAsync(day / 2);
  await job.stop();
  expect(begun).toBe(13);
});
