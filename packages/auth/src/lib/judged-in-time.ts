import { SallyportError } from '@sallyport/core';
import { within } from './within.ts';

/**
 * Waits for a judgement of credentials, and not for ever: the place that it has would be taken until the process ends.
 *
 * @throws SallyportError `unavailable` when it is late; whatever `work` rejects with
 */
export function judgedInTime<T>(work: Promise<T>): Promise<T> {
  return within(longestJudgement, work, tooLate);
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
