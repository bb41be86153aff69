/**
 * A map that never holds more than its limit. Entries live in two generations: when the young one is full it becomes
 * the old one, whose entries come back when they are asked for and are forgotten together otherwise. So what is in use
 * stays, and no call pays for a search for the oldest entry.
 */
export class BoundedCache<Key, Value> {
  readonly #half: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** A limit below two keeps nothing. */
  constructor(limit: number) {
    this.#half = Math.floor(limit / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#half === 0) return;
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
