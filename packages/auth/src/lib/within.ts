/**
 * Waits for work, and not for ever. The work itself goes on; what it comes to later is heard by nobody.
 *
 * @throws what `late` answers when the time is over; whatever `work` rejects with
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), milliseconds);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with a store that does not answer. */
export function silentStore(): Error {
  return new Error('the store did not answer in time');
}
