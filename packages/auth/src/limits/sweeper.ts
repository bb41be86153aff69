import type { NativeStatement } from '../lib/native-query.ts';

const everyMs = 600_000;

/** Removes rows that have expired, every ten minutes that something is counted; that it fails concerns no caller. */
export function sweeper(remove: NativeStatement): (now: number) => Promise<void> {
  let swept = 0;
  return async (now) => {
    if (Math.abs(now - swept) < everyMs) return;
    swept = now;
    await remove(now).catch(() => {});
  };
}
