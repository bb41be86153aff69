import { SallyportError } from '@sallyport/core';

/** Lets work begin a little at a time. */
export interface Turnstile {
  /** @throws SallyportError `unavailable` when too many wait already */
  pass(): Promise<void> | undefined;
}

/**
 * Lets at most `perTurn` begin in each turn of the event loop, the others in the order in which they came: however many
 * come at once, everything else gets its turn between them. At most `queue` wait; what comes after is refused with 503.
 */
export function createTurnstile(perTurn: number, queue: number): Turnstile {
  const waiting: (() => void)[] = [];
  let begun = 0;
  let turning = false;

  const turn = (): void => {
    begun = 0;
    for (const next of waiting.splice(0, perTurn)) {
      begun += 1;
      next();
    }
    turning = begun > 0;
    if (turning) setImmediate(turn);
  };

  return {
    pass() {
      if (!turning) {
        turning = true;
        setImmediate(turn);
      }
      if (begun < perTurn && waiting.length === 0) {
        begun += 1;
        return undefined;
      }
      if (waiting.length >= queue) throw new SallyportError('unavailable', { headers: { 'Retry-After': '1' } });
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
