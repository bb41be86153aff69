import { TokenFault } from './token-fault.ts';

/** Most that wait under one key; those beyond it are refused. */
const mostWaiting = 1000;

/** Who is judged under a key at this moment, and who waits for one of them to finish. */
interface Place {
  judged: number;
  readonly waiting: (() => void)[];
}

/**
 * Bounds how many attempts are judged at the same time in this process under each of some keys, so that guesses which
 * come at once do not all cost a hash before the first of them is counted. How many depends on the attempt, so that it
 * looks for itself whether there is room: {@link fullAmong}, and at once {@link begin} or {@link wait}. Whoever has waited
 * and leaves without beginning lets the next look: {@link wake}.
 *
 * Knows a key as long as somebody is judged or waits under it.
 */
export class JudgingQueue {
  readonly #places = new Map<string, Place>();

  /** How many keys it knows. */
  get size(): number {
    return this.#places.size;
  }

  /** The first key under which there is no room for one more; `newcomer`s stand behind those who wait. */
  fullAmong(rooms: ReadonlyMap<string, number>, newcomer: boolean): string | undefined {
    for (const [key, room] of rooms) {
      const place = this.#places.get(key);
      if (place === undefined) continue;
      // One at a time is judged whatever the room: whether it may be is for the limiter to say.
      if (place.judged >= Math.max(1, room) || (newcomer && place.waiting.length > 0)) return key;
    }
    return undefined;
  }

  begin(keys: readonly string[]): void {
    for (const key of keys) this.#placeOf(key).judged += 1;
    // There may be room for more.
    this.wake(keys);
  }

  end(keys: readonly string[]): void {
    for (const key of keys) this.#placeOf(key).judged -= 1;
    this.wake(keys);
    for (const key of keys) this.#forget(key);
  }

  /**
   * Resolves when there may be room under the key. `again`: by whoever has waited there and found none, in front.
   *
   * @throws TokenFault `too_many_requests` when too many wait already
   */
  wait(key: string, again: boolean): Promise<void> {
    const { waiting } = this.#placeOf(key);
    if (!again && waiting.length >= mostWaiting) throw new TokenFault('too_many_requests', { retryAfterSeconds: 1 });
    return new Promise((resolve) => {
      if (again) waiting.unshift(resolve);
      else waiting.push(resolve);
    });
  }

  /** Lets the first who waits under each key look again. */
  wake(keys: readonly string[]): void {
    for (const key of keys) {
      this.#places.get(key)?.waiting.shift()?.();
      this.#forget(key);
    }
  }

  #placeOf(key: string): Place {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { judged: 0, waiting: [] };
      this.#places.set(key, place);
    }
    return place;
  }

  #forget(key: string): void {
    const place = this.#places.get(key);
    if (place !== undefined && place.judged === 0 && place.waiting.length === 0) this.#places.delete(key);
  }
}
