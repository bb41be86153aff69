import type { JsonSchema } from '@sallyport/core';

/** A reference in a body; its display is looked at by nobody. */
export const referenceSchema: JsonSchema = {
  type: 'object',
  properties: { reference: { type: 'string' }, display: { type: ['string', 'null'] } },
  required: ['reference'],
};

/** A group as it is answered. */
export const groupSchema: JsonSchema = { title: 'Group', type: 'object' };
