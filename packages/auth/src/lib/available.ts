import { SallyportError } from '@sallyport/core';

/**
 * Asks a store. Whatever goes wrong there is `unavailable` (503): a store that cannot be reached has not said "not
 * revoked" and not "not limited" (SECURITY 1.10).
 */
export async function available<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw new SallyportError('unavailable', { cause, headers: { 'Retry-After': '5' } });
  }
}
