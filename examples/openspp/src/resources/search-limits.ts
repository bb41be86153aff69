import { largestOffset } from '@sallyport/core';

/** Offsets go up to 2^63−1 (contract §9.7). */
export const largest = Number(largestOffset);
