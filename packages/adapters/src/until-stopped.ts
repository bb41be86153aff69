/** What {@link untilStopped} listens to. */
export interface StopOptions {
  /** Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * Also stops when the process that started this one is gone. Default: when that is npm, which ends on a signal without
   * passing it on to the programs of its scripts.
   */
  readonly withParent?: boolean;
}

/** Milliseconds between two looks at the parent. */
const lookEvery = 500;

/**
 * Waits for the signal to stop: the last line of a program, with what closes it behind. A second signal ends the process
 * at once, as it would without us.
 *
 * @example
 * ```ts
 * await untilStopped();
 * await running.close();
 * ```
 * @see docs/reference/adapters.md#graceful-close
 */
export function untilStopped(options: StopOptions = {}): Promise<NodeJS.Signals> {
  const { signals = ['SIGTERM', 'SIGINT'], withParent = process.env.npm_lifecycle_event !== undefined } = options;
  return new Promise((resolve) => {
    let watch: NodeJS.Timeout | undefined;
    const stop = (signal: NodeJS.Signals) => {
      clearInterval(watch);
      for (const each of signals) process.off(each, stop);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
    if (!withParent) return;
    const parent = process.ppid;
    watch = setInterval(() => {
      if (process.ppid !== parent) stop('SIGTERM');
    }, lookEvery).unref();
  });
}
