import { type FieldBuilder, type FieldDefinition, type JsonSchema, microsecondsOf } from '@sallyport/core';

/** Contract §6: ResourceMeta. */
const metaSchema: JsonSchema = {
  title: 'ResourceMeta',
  type: 'object',
  properties: {
    versionId: { type: 'string' },
    lastUpdated: { type: 'string', format: 'date-time' },
    source: { type: ['string', 'null'] },
  },
};

/** Version, time of the last change and source of a record (contract §18). */
export function meta<E extends { updatedAt: unknown; sourceSystem?: unknown }>(f: FieldBuilder<E>): FieldDefinition {
  // The entity has both properties; the compiler cannot see that of a type parameter.
  const builder = f as unknown as FieldBuilder<{ updatedAt: string; sourceSystem: string | null }>;
  return builder.computed({
    reads: { updatedAt: 'updatedAt', source: 'sourceSystem' },
    output: metaSchema,
    nullable: false,
    encode({ updatedAt, source }, { nulls }) {
      const lastUpdated = String(updatedAt);
      const known = { versionId: microsecondsOf(lastUpdated), lastUpdated };
      return source === null && nulls === 'omit' ? known : { ...known, source };
    },
  });
}
