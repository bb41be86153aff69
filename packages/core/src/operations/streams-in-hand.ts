import { SallyportError } from '../errors/index.ts';
import { limiterKey } from '../http/index.ts';
import type { CallContext } from '../road/call.ts';

/** Seconds after which a caller with too many streams may ask again: nobody knows when one of them ends. */
const RETRY_AFTER = 10;

/** The streams that each caller has from this process; of callers without an account, each network. */
export class StreamsInHand {
  readonly #counts = new Map<string, number>();

  /**
   * Counts one more, until the function that is answered is called, once or oftener.
   *
   * @throws SallyportError `too_many_requests` with `Retry-After` for a caller who has that many already
   */
  enter({ principal, head }: CallContext, most: number): () => void {
    const known = 'id' in principal && principal.shared !== true;
    const caller = known ? `${principal.kind} ${principal.id}` : `network ${limiterKey(head.clientAddress)}`;
    const count = this.#counts.get(caller) ?? 0;
    if (count >= most) {
      const detail = `At most ${most} streams may be open at once.`;
      const headers = { 'retry-after': String(RETRY_AFTER) };
      throw new SallyportError('too_many_requests', { detail, headers, facts: { seconds: RETRY_AFTER } });
    }
    this.#counts.set(caller, count + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const left = (this.#counts.get(caller) ?? 1) - 1;
      if (left === 0) this.#counts.delete(caller);
      else this.#counts.set(caller, left);
    };
  }
}
