import { SallyportError } from '@sallyport/core';

/** Runs work, a few at a time. */
export interface Semaphore {
  /** @throws SallyportError `unavailable` when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** At most `concurrency` at once and `queue` waiting; what comes after is refused with 503 (SECURITY 4.1). */
export function createSemaphore(concurrency: number, queue: number): Semaphore {
  const waiting: (() => void)[] = [];
  let running = 0;

  return {
    async run(work) {
      if (running >= concurrency) {
        if (waiting.length >= queue) {
          throw new SallyportError('unavailable', { headers: { 'Retry-After': '1' } });
        }
        // The one that ends hands its place over, so `running` stays as it is.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
