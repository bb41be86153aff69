import { type Logger, loggable } from '@sallyport/core';

/** Milliseconds. */
export const hour = 3_600_000;
const day = 24 * hour;

/** Work that is done over and over. */
export interface Repeated {
  /** Resolves when the work in hand is done; none begins after it. */
  stop(): Promise<void>;
}

/** Does some work now and once a day from then on, or so often. A failure is logged: it is tried again the next time. */
export function daily(name: string, work: () => Promise<unknown>, log: Logger, every: number = day): Repeated {
  let running: Promise<void> | undefined;
  const begin = () => {
    running ??= work()
      .then(
        (result) => log.info({ job: name, result }, 'a daily job is done'),
        (error: unknown) => log.error({ job: name, err: loggable(error) }, 'a daily job failed'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(begin, every).unref();
  begin();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
