import { BoundedCache } from '../lib/bounded-cache.ts';
import { inRange } from '../lib/range.ts';
import type { Change } from './change.ts';
import type { ChangeFeed } from './change-feed.ts';

/** Longest that anything is remembered, in seconds (SECURITY 4.4). */
const mostSeconds = 5;

export interface WatchedCacheOptions {
  readonly changes: ChangeFeed | undefined;
  /** 0 to 5, as an application has asked for; `undefined`: five with a feed, `usualSeconds` without. */
  readonly seconds: number | undefined;
  readonly usualSeconds: number;
  /** Most entries. */
  readonly limit: number;
  /** Which entry a change is about; `undefined`: none of this cache. Never asked about `everything`. */
  readonly keyOf: (change: Change) => string | undefined;
  /** Names the option in errors of configuration. */
  readonly path: string;
}

/** Tells what was read before a change from what was read after it. */
export type ReadMark = number;

/**
 * Remembers what a store has said, for a few seconds. With a feed of changes it remembers only while that is live, and
 * lets go of what changes; what was read before a change and arrives after it is not remembered.
 */
export class WatchedCache<Value> {
  readonly #changes: ChangeFeed | undefined;
  readonly #entries: BoundedCache<{ readonly value: Value; readonly at: number }>;
  readonly #milliseconds: number;
  #mark: ReadMark = 0;

  /** @throws ConfigurationError for seconds out of range */
  constructor({ changes, seconds, usualSeconds, limit, keyOf, path }: WatchedCacheOptions) {
    if (seconds !== undefined) inRange(path, seconds, 0, mostSeconds);
    this.#changes = changes;
    this.#milliseconds = 1000 * (seconds ?? (changes === undefined ? usualSeconds : mostSeconds));
    this.#entries = new BoundedCache(this.#milliseconds === 0 ? 0 : limit);
    if (this.#milliseconds === 0) return;
    changes?.subscribe((change) => {
      if (change.kind === 'everything') return this.clear();
      const key = keyOf(change);
      if (key !== undefined) this.drop(key);
    });
  }

  /** Whether it remembers nothing at all, ever. */
  get off(): boolean {
    return this.#milliseconds === 0;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now: Date): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#changes?.live === false) return undefined;
    const age = now.getTime() - entry.at;
    return age >= 0 && age < this.#milliseconds ? entry.value : undefined;
  }

  /** To be taken before the store is asked. */
  mark(): ReadMark {
    return this.#changes?.live === false ? Number.NaN : this.#mark;
  }

  /** Remembers what was read since `mark`, unless something has changed meanwhile. `now` is the time of the mark. */
  set(key: string, value: Value, now: Date, mark: ReadMark): void {
    if (mark === this.#mark) this.#entries.set(key, { value, at: now.getTime() });
  }

  /** Something has changed about one entry. */
  drop(key: string): void {
    this.#mark += 1;
    this.#entries.delete(key);
  }

  /** Anything may have changed. */
  clear(): void {
    this.#mark += 1;
    this.#entries.clear();
  }
}
