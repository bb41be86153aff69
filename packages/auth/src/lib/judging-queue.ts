/** Most that wait under one key; those beyond it are refused. */
const mostWaiting = 1000;
/** Milliseconds that anybody waits in all. */
const longestWait = 5000;

/** Who is judged under a key at this moment, and who waits for one of them to finish. */
interface Place {
  judged: number;
  readonly waiting: (() => void)[];
}

/** What an attempt knows of the room that there is for it. */
export interface RoomView {
  /** Whether what it knows is out of date. */
  stale(): boolean;
  /** Asks anew. Rejects when it is not to be judged any more. */
  refresh(): Promise<void>;
  /** By key, how many may be judged at once. */
  rooms(): ReadonlyMap<string, number>;
}

/** What those are refused with who cannot be judged. */
export interface Refusals {
  /** There is no place to wait. */
  readonly crowded: () => Error;
  /** Those in front have not been judged in time. */
  readonly late: () => Error;
}

/**
 * Bounds how many attempts are judged at the same time in this process under each of some keys, so that guesses which
 * come at once do not all cost a hash before the first of them is counted. How many depends on the attempt, so that it
 * looks for itself whether there is room. Whoever has waited and leaves without beginning lets the next look.
 *
 * Knows a key as long as somebody is judged or waits under it.
 */
export class JudgingQueue {
  readonly #places = new Map<string, Place>();
  readonly #refusals: Refusals;

  constructor(refusals: Refusals) {
    this.#refusals = refusals;
  }

  /** How many keys it knows. */
  get size(): number {
    return this.#places.size;
  }

  /** Begins when there is room for one more under all keys; to be ended by {@link end}. Rejects as `refresh` does, or with a refusal. */
  async begin(view: RoomView): Promise<void> {
    // Where it has waited and was woken: when it does not begin, the next has to look there.
    let woken: string | undefined;
    const until = performance.now() + longestWait;
    try {
      for (;;) {
        while (view.stale()) await view.refresh();
        const rooms = view.rooms();
        const full = this.#fullAmong(rooms, woken === undefined);
        if (full === undefined) {
          for (const key of rooms.keys()) this.#placeOf(key).judged += 1;
          // There may be room for more.
          this.#wake(rooms.keys());
          return;
        }
        const again = full === woken;
        if (woken !== undefined && !again) this.#wake([woken]);
        woken = undefined;
        await this.#wait(full, again, until - performance.now());
        woken = full;
      }
    } catch (error) {
      if (woken !== undefined) this.#wake([woken]);
      throw error;
    }
  }

  end(keys: readonly string[]): void {
    for (const key of keys) this.#placeOf(key).judged -= 1;
    this.#wake(keys);
    for (const key of keys) this.#forget(key);
  }

  /** The first key under which there is no room for one more; `newcomer`s stand behind those who wait. */
  #fullAmong(rooms: ReadonlyMap<string, number>, newcomer: boolean): string | undefined {
    for (const [key, room] of rooms) {
      const place = this.#places.get(key);
      if (place === undefined) continue;
      // One at a time is judged whatever the room: whether it may be is for the limiter to say.
      if (place.judged >= Math.max(1, room) || (newcomer && place.waiting.length > 0)) return key;
    }
    return undefined;
  }

  /** Resolves when there may be room under the key. `again`: by whoever has waited there and found none, in front. */
  #wait(key: string, again: boolean, milliseconds: number): Promise<void> {
    const { waiting } = this.#placeOf(key);
    if (!again && waiting.length >= mostWaiting) throw this.#refusals.crowded();
    return new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(wake), 1);
          this.#forget(key);
          reject(this.#refusals.late());
        },
        Math.max(0, milliseconds),
      );
      if (again) waiting.unshift(wake);
      else waiting.push(wake);
    });
  }

  /** Lets the first who waits under each key look again. */
  #wake(keys: Iterable<string>): void {
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
