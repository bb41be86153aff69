import { defaultRepresentation, type Representation } from '@sallyport/core';

/**
 * How Secure API writes what is not set (Secure API contract sections 1 and 2): text, dates and binaries as `""`, a
 * to-one as `[]`, numbers and booleans as `null`. An expanded to-one is the pair `[key, fields]`.
 *
 * @see docs/reference/envelopes.md
 */
export const secureApiRepresentation: Representation = {
  ...defaultRepresentation,
  unset: Object.freeze({ string: '', date: '', binary: '', other: null, toOne: Object.freeze([]) }),
  expanded: 'pair',
  nulls: 'print',
};
