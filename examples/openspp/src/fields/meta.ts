import { type FieldBuilder, type FieldDefinition, type JsonSchema, microsecondsOf } from '@sallyport/core';

/** Contract §6: ResourceMeta. */
const metaSchema: JsonSchema = {
  title: 'ResourceMeta',
  type: 'object',
  properties: {
    versionId: { type: 'string', description: 'The version, as the entity tag names it.' },
    lastUpdated: { type: 'string', format: 'date-time', description: 'When the record was last changed, in UTC.' },
    source: { type: ['string', 'null'], description: 'The system that the record was made in.' },
  },
};

/** Version, time of the last change and source of a record (contract §18). */
export function meta<E extends { updatedAt: unknown; sourceSystem?: unknown }>(f: FieldBuilder<E>): FieldDefinition {
  // The entity has both properties; the compiler cannot see that of a type parameter.
  const builder = f as unknown as FieldBuilder<{ updatedAt: string; sourceSystem: string | null }>;
  return builder.computed({
    reads: { updatedAt: 'updatedAt', source: 'sourceSystem' },
    description: 'Version, time of the last change, and source.',
    output: metaSchema,
    nullable: false,
    encode({ updatedAt, source }, { nulls }) {
      const lastUpdated = String(updatedAt);
      const known = { versionId: microsecondsOf(lastUpdated), lastUpdated };
      return source === null && nulls === 'omit' ? known : { ...known, source };
    },
  });
}
