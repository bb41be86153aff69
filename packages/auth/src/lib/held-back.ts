import { setTimeout as sleep } from 'node:timers/promises';

/** Holds answers back for a while, a bounded number of them at a time. */
export interface HeldBack {
  wait(): Promise<void>;
}

/**
 * Whoever sends the next request when the last is answered is slowed down by a late answer, at no cost to others. Those
 * beyond `most` are answered at once: a crowd must not fill the memory.
 */
export function holdBack(milliseconds: number, most: number): HeldBack {
  let held = 0;
  return {
    async wait() {
      if (held >= most) return;
      held += 1;
      try {
        await sleep(milliseconds);
      } finally {
        held -= 1;
      }
    },
  };
}
