import { loggable } from '@sallyport/core';
import { type Change, decodeChange, everything } from './change.ts';
import type { ChangeFeed, FeedLog, Listeners } from './change-feed.ts';

/** One connection that changes arrive through. */
export interface Line {
  /** Resolves once whatever is published from now on will be heard. */
  readonly ready: Promise<void>;
  /** Resolves when the connection has shown that it works, and what was published before the call has been heard. */
  probe(): Promise<void>;
  /** Lets go of the connection at once, however far it has come. */
  drop(): void;
}

/** What a line does with what it hears, and with its end. */
export interface LineEnds {
  heard(payload: string): void;
  lost(cause: unknown): void;
}

/** Times in milliseconds. */
export interface LineRules {
  /** How long it rests between two probes. */
  readonly restMs: number;
  /** How long a probe may take, and the way to `ready` too. */
  readonly patienceMs: number;
}

/** A silent connection is found out within a second: that is how long another process's change may go unheard (R28). */
export const usualLineRules: LineRules = { restMs: 300, patienceMs: 700 };

type KeptLine = Pick<ChangeFeed, 'live' | 'start' | 'close'>;

/**
 * Keeps a connection to wherever changes come from: probes it, lets go of one that is silent, opens another, with ever
 * longer pauses up to a second. `live` is a lease that each probe renews. A process that was held up for longer than that
 * finds it run out, whatever its timers say.
 */
export function keepLine(open: (ends: LineEnds) => Line, listeners: Listeners, rules: LineRules): KeptLine {
  const leaseMs = rules.restMs + rules.patienceMs;
  /** When the probe that was answered last was sent; what happened before has been heard. */
  let provenAt: number | undefined;
  let closed = false;
  let log: FeedLog | undefined;
  let begun: Promise<void> | undefined;
  let running: Promise<void> | undefined;
  /** Ends what it is doing: the line that it has, or the pause before the next. */
  let interrupt = (): void => {};

  const tell = (change: Change): void => {
    try {
      listeners.tell(change);
    } catch (err) {
      log?.warn({ err }, 'A listener of changes has failed.');
    }
  };

  /** Serves one line; answers the cause of its end. */
  const serve = (onLive: () => void): Promise<unknown> =>
    new Promise((resolve) => {
      let over = false;
      let line: Line | undefined;
      let timer: NodeJS.Timeout | undefined;

      const lost = (cause: unknown): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        const was = provenAt !== undefined;
        provenAt = undefined;
        line?.drop();
        // Before anything else can happen: what is remembered may have changed unheard.
        if (was) tell(everything);
        resolve(cause);
      };
      /** Ends the line unless the work is done in time, and goes on with `next` when it is. */
      const within = (work: Promise<void>, next: () => void): void => {
        let done = false;
        const late = (): void => {
          if (!done) lost(new Error('there was no answer in time'));
        };
        // The answer of a process that was held up may wait to be read: that comes first.
        timer = setTimeout(() => setImmediate(late), rules.patienceMs);
        work.then(() => {
          done = true;
          clearTimeout(timer);
          if (!over) next();
        }, lost);
      };
      const ask = (): void => {
        if (over || line === undefined) return;
        const asked = performance.now();
        within(line.probe(), () => {
          const first = provenAt === undefined;
          provenAt = asked;
          // A read that began before this moment may have missed changes, and must not be remembered.
          if (first) tell(everything);
          if (first) onLive();
          timer = setTimeout(ask, rules.restMs).unref();
        });
      };

      interrupt = () => lost(undefined);
      const heard = (payload: string): void => {
        const change = over ? undefined : decodeChange(payload);
        if (change !== undefined) tell(change);
      };
      try {
        line = open({ heard, lost });
        within(line.ready, ask);
      } catch (cause) {
        lost(cause);
      }
    });

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (settled: () => void): Promise<void> => {
    let failures = 0;
    let quiet = false;
    while (!closed) {
      const cause = await serve(() => {
        if (quiet) log?.info({}, 'Changes of other processes are heard again.');
        failures = 0;
        quiet = false;
        settled();
      });
      settled();
      if (closed) break;
      if (!quiet)
        log?.warn(
          { err: loggable(cause) },
          'Changes of other processes are not heard: nothing is cached until they are.',
        );
      quiet = true;
      // Not all processes at once.
      await pause(Math.min(1000, 50 * 2 ** failures) * (0.5 + Math.random() / 2));
      failures = Math.min(failures + 1, 5);
    }
  };

  return {
    get live() {
      return provenAt !== undefined && performance.now() - provenAt <= leaseMs;
    },
    start(to) {
      if (closed) return Promise.resolve();
      log ??= to;
      begun ??= new Promise<void>((resolve) => {
        running = run(resolve);
      });
      return begun;
    },
    async close() {
      closed = true;
      interrupt();
      await running;
    },
  };
}
