import { ConfigurationError, type Logger, loggable, SallyportError } from '@sallyport/core';
import { BearerFault } from '../strategies/bearer-fault.ts';
import type { KeyRing } from './key-ring.ts';

/** Keys as they stand at a moment. */
export interface KeySet {
  /**
   * Answers at once while what was read is fresh.
   *
   * @throws BearerFault `key_unusable` when the keys were refused; SallyportError `unavailable` when nobody told them
   */
  at(now: Date): KeyRing | Promise<KeyRing>;
}

/** Where keys are read again and again: a file, a table. The signal ends what takes longer than two seconds. */
export type KeySource<Keys> = (signal: AbortSignal) => Keys | Promise<Keys>;

/** How often a source is asked, and how long its last answer outlives it. */
export interface RefreshRules {
  readonly refreshSeconds: number;
  readonly staleSeconds: number;
}

/** The keys never change. */
export function fixedKeySet(ring: KeyRing): KeySet {
  return { at: () => ring };
}

/** The keys were refused at the start, and calls are to fail instead of it. */
export function unusableKeySet(cause: ConfigurationError): KeySet {
  return {
    at() {
      throw new BearerFault('key_unusable', cause);
    },
  };
}

const sourceTimeoutMs = 2000;
const mostRetryMs = 5000;

interface Known {
  readonly ring: KeyRing;
  /** Within these times nothing is asked. */
  readonly from: number;
  readonly until: number;
  readonly bearableUntil: number;
}

/**
 * Keys from a source, so that operators rotate them without a restart (SECURITY 4.5). The source is asked at most every
 * `refreshSeconds`, by one call for all that wait. While it fails, or tells keys that are refused, the last good ones
 * stay for `staleSeconds`; it is asked again after the refresh time, five seconds at the most.
 *
 * @param bind makes a ring of what the source told; throws a ConfigurationError for keys that are refused
 */
export function sourcedKeySet<Keys>(
  source: KeySource<Keys>,
  bind: (keys: Keys, previous: KeyRing | undefined) => KeyRing,
  rules: RefreshRules,
  log: Pick<Logger, 'error'> | undefined,
): KeySet {
  const refreshMs = rules.refreshSeconds * 1000;
  const retryMs = Math.min(refreshMs, mostRetryMs);
  let known: Known | undefined;
  let failed: { readonly error: Error; readonly from: number; readonly until: number } | undefined;
  let flight: Promise<KeyRing> | undefined;

  const accept = (keys: Keys, time: number): KeyRing => {
    const ring = bind(keys, known?.ring);
    known = { ring, from: time, until: time + refreshMs, bearableUntil: time + rules.staleSeconds * 1000 };
    failed = undefined;
    return ring;
  };

  const refuse = (cause: unknown, time: number): KeyRing => {
    log?.error({ err: loggable(cause) }, 'The signing keys could not be read again.');
    if (known !== undefined && time < known.bearableUntil) {
      known = { ...known, from: time, until: Math.min(time + retryMs, known.bearableUntil) };
      return known.ring;
    }
    failed = { error: faultOf(cause), from: time, until: time + retryMs };
    throw failed.error;
  };

  return {
    at(now) {
      const time = now.getTime();
      if (known !== undefined && known.from <= time && time < known.until) return known.ring;
      if (flight !== undefined) return flight;
      if (failed !== undefined && failed.from <= time && time < failed.until) throw failed.error;
      const signal = AbortSignal.timeout(sourceTimeoutMs);
      let answer: Keys | Promise<Keys>;
      try {
        answer = source(signal);
        if (!(answer instanceof Promise)) return accept(answer, time);
      } catch (cause) {
        return refuse(cause, time);
      }
      flight = within(answer, signal)
        .then((keys) => accept(keys, time))
        .catch((cause: unknown) => refuse(cause, time))
        .finally(() => {
          flight = undefined;
        });
      return flight;
    },
  };
}

/** A source that told bad keys is a fault of this server; one that told none may be back in a moment. */
function faultOf(cause: unknown): Error {
  if (cause instanceof ConfigurationError) return new BearerFault('key_unusable', cause);
  if (cause instanceof SallyportError) return cause;
  return new SallyportError('unavailable', { cause, headers: { 'Retry-After': '5' } });
}

function within<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    answer.then(resolve, reject);
  });
}
