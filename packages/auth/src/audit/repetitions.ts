import { BoundedCache } from '../lib/bounded-cache.ts';

interface Counted {
  since: number;
  told: number;
  leftOut: number;
}

const windowMs = 60_000;
/** Networks that are remembered at a time; an attacker can make many, so old ones are forgotten. */
const mostKeys = 10_000;

/**
 * Keeps a flood of refusals from becoming a flood of events: of those alike, some are told in each minute, and the first
 * of the next minute says how many were left out.
 */
export class Repetitions {
  readonly #most: number;
  readonly #counted = new BoundedCache<Counted>(mostKeys);

  constructor(most: number) {
    this.#most = most;
  }

  /** How many alike were left out before this one; `undefined`: this one is left out, too. */
  tell(key: string, now: Date): number | undefined {
    const known = this.#counted.get(key);
    const time = now.getTime();
    if (known !== undefined && time - known.since < windowMs) {
      if (known.told < this.#most) {
        known.told += 1;
        return 0;
      }
      known.leftOut += 1;
      return undefined;
    }
    this.#counted.set(key, { since: time, told: 1, leftOut: 0 });
    return known?.leftOut ?? 0;
  }
}
