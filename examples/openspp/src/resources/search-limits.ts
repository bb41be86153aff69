import { largestOffset } from '@sallyport/core';

/** Offsets go up to 2^63−1 (contract §9.7). */
export const largest = Number(largestOffset);

/** A filter that names one registrant may name several (contract §7.4). */
export const searchAnswers = { 409: { description: 'A filter names more than one registrant.' } } as const;
