import { SallyportError } from '@sallyport/core';

/**
 * Waits for a judgement of credentials, and not for ever: the place that it has would be taken until the process ends. One
 * that comes later is heard by nobody.
 *
 * @throws SallyportError `unavailable` when it is late; whatever `work` rejects with
 */
export async function inTime<T>(work: Promise<T>, milliseconds = longestJudgement): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate()), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What those are told for whom there was no time. */
export function tooLate(): SallyportError {
  return new SallyportError('unavailable', {
    headers: { 'Retry-After': '5' },
    cause: new Error('Credentials were not judged in time.'),
  });
}

/** Milliseconds that a look-up and its hashes may take: more than any store of ours waits for its database. */
const longestJudgement = 15_000;
