import type { JsonSchema } from '@sallyport/core';

/** A reference in a body; its display is looked at by nobody. */
export const referenceSchema: JsonSchema = {
  title: 'PartyReference',
  type: 'object',
  properties: {
    reference: { type: 'string', description: 'Individual/system|value, or Group/system|value.' },
    display: { type: ['string', 'null'], description: 'What people call it; not looked at.' },
  },
  required: ['reference'],
};

/** A reference in a body, by what it refers to. */
export const referenceTo = (description: string): JsonSchema => ({ ...referenceSchema, description });

/** The key of a registrant in the path of a method that is about two. */
export const personInPath: JsonSchema = {
  type: 'string',
  description: 'Key of the person: system|value.',
  examples: ['urn:openspp:vocab:id-type#national_id|NX-008-1140'],
};
