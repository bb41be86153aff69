import { largestOffset, type SearchOptions } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';
import { addressable } from '../rules/conditions.ts';

/** Offsets go up to 2^63−1 (contract §9.7). */
export const largest = Number(largestOffset);

/** A filter that names one registrant may name several (contract §7.4). */
export const searchAnswers = { 409: { description: 'A filter names more than one registrant.' } } as const;

/** Archived registrants, and those that nobody can address, are not found by searching (contract §7.2, F51). */
export const registrantSearch: SearchOptions<Registrant> = {
  limit: { default: 20, max: 100 },
  maxOffset: largest,
  count: 'exact',
  stream: true,
  responses: searchAnswers,
  domain: (_call, where) => where.and(where.eq('active', true), addressable(where)),
};
