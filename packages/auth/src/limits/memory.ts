import type { RateLimiter } from '@sallyport/core';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateWindow } from './decision.ts';
import { countingOnly, type FlexibleEngine, flexibleRateLimiter } from './flexible.ts';
import { slidingMemory } from './sliding-memory.ts';

export interface MemoryRateLimiterOptions {
  /** Most keys that are remembered; the one that was longest unused is forgotten first. 100 000. */
  readonly keys?: number;
  /** `fixed` when not said. */
  readonly window?: RateWindow;
}

/** A limiter for one process. Its memory is bounded. */
export function createMemoryRateLimiter({
  keys = 100_000,
  window = 'fixed',
}: MemoryRateLimiterOptions = {}): RateLimiter {
  return window === 'sliding' ? slidingMemory(keys) : flexibleRateLimiter(boundedMemory(keys));
}

/** The longest that a timer of Node's runs; the library lets go of a key by one. */
const longestWindowSeconds = 2_147_483;

/** The library's memory, which by itself grows with its keys. */
function boundedMemory(most: number): FlexibleEngine {
  const engine = new RateLimiterMemory(countingOnly);
  /** Oldest first. */
  const known = new Set<string>();

  return {
    consume(key, points, options) {
      if (options.customDuration > longestWindowSeconds)
        throw new RangeError('the window is too long for a limiter in memory');
      known.delete(key);
      known.add(key);
      if (known.size > most) {
        for (const oldest of known) {
          known.delete(oldest);
          void engine.delete(oldest);
          break;
        }
      }
      return engine.consume(key, points, options);
    },
    reward: (key, points, options) => engine.reward(key, points, options),
    get: (key) => engine.get(key),
    delete(key) {
      known.delete(key);
      return engine.delete(key);
    },
  };
}
