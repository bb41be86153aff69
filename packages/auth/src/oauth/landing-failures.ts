import { BoundedCache } from '../lib/bounded-cache.ts';

interface Landing {
  readonly number: number;
  /** When what this process has counted so far stands in the store. */
  readonly landed: Promise<unknown> | undefined;
}

/**
 * The failures that this process is counting or has counted: an attempt asks whether there were any since it looked, so
 * that those without need not ask the store a second time.
 */
export class LandingFailures {
  readonly #keys = new BoundedCache<Landing>(10_000);
  #number = 0;

  /** What {@link since} is asked with later. Another one means that what was seen under the key is out of date. */
  mark(key: string): number {
    return this.#keys.get(key)?.number ?? 0;
  }

  /** A failure that is being counted. {@link changed} is to be told when it stands. */
  add(key: string, landing: Promise<unknown>): void {
    const before = this.#keys.get(key)?.landed;
    this.#note(
      key,
      Promise.allSettled([before, landing]).then(() => {}),
    );
  }

  /** The store counts something else under the key from now on. */
  changed(key: string): void {
    this.#note(key, this.#keys.get(key)?.landed);
  }

  /** Whether there were failures under the key since the mark. Resolves when the store has counted them. */
  async since(key: string, mark: number): Promise<boolean> {
    const last = this.#keys.get(key);
    await last?.landed;
    return (last?.number ?? 0) !== mark;
  }

  #note(key: string, landed: Landing['landed']): void {
    this.#number += 1;
    this.#keys.set(key, { number: this.#number, landed });
  }
}
