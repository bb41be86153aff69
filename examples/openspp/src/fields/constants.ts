import type { FieldBuilder, FieldDefinition, JsonSchema } from '@sallyport/core';

/** The resource's `type`: always printed; another one in a body breaks the schema. */
export function typeField<E>(f: FieldBuilder<E>, type: string): FieldDefinition {
  return f.custom({
    always: true,
    reads: {},
    nullable: false,
    description: 'What this is.',
    output: { type: 'string', enum: [type] },
    input: { type: 'string', enum: [type] },
    encode: () => type,
    assign: () => {},
  });
}

/** A property that the contract names and nothing stores: `null` where nulls are printed, absent elsewhere. */
export function emptyField<E>(f: FieldBuilder<E>, output: JsonSchema, description: string): FieldDefinition {
  return f.computed({ reads: {}, output, description, encode: () => undefined });
}

const day = (description: string) => ({ type: ['string', 'null'], format: 'date', description }) as const;

/** Contract §6: `{start, end}`. */
export const periodSchema: JsonSchema = {
  title: 'Period',
  type: 'object',
  properties: { start: day('First day.'), end: day('Last day.') },
};

/** A period that is accepted and not stored. */
export function unstoredPeriod<E>(f: FieldBuilder<E>): FieldDefinition {
  return f.custom({
    description: 'Accepted, not stored, and never shown.',
    reads: {},
    output: periodSchema,
    input: periodSchema,
    encode: () => undefined,
    assign: () => {},
  });
}
