/** What {@link untilStopped} listens to. */
export interface StopOptions {
  /** Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
}

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
export function untilStopped({ signals = ['SIGTERM', 'SIGINT'] }: StopOptions = {}): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, stop);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
