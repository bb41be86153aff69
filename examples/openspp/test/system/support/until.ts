import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something holds; fails after half a minute. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const start = Date.now(); !(await holds()); ) {
    if (Date.now() - start > 30_000) throw new Error(`did not happen within 30 s: ${what}`);
    await pause(20);
  }
}
