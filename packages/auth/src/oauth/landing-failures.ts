import { BoundedCache } from '../lib/bounded-cache.ts';

interface Landing {
  readonly number: number;
  /** When what this process has counted so far stands in the store. */
  readonly landed: Promise<unknown>;
}

/**
 * The failures that this process is counting or has counted: an attempt with right credentials asks whether there were
 * any while it was judged, so that those without need not ask the store a second time.
 */
export class LandingFailures {
  readonly #keys = new BoundedCache<Landing>(10_000);
  #number = 0;

  /** What {@link since} is asked with later. */
  mark(key: string): number {
    return this.#keys.get(key)?.number ?? 0;
  }

  add(key: string, landing: Promise<unknown>): void {
    this.#number += 1;
    const before = this.#keys.get(key)?.landed;
    this.#keys.set(key, { number: this.#number, landed: Promise.allSettled([before, landing]).then(() => {}) });
  }

  /** Whether there were failures under the key since the mark. Resolves when the store has counted them. */
  async since(key: string, mark: number): Promise<boolean> {
    const last = this.#keys.get(key);
    await last?.landed;
    return (last?.number ?? 0) !== mark;
  }
}
