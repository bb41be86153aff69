import type { JsonSchema, Plan } from '@sallyport/core';
import type { ExportedKind, ReadyOptions } from './options.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };

/** What the road holds a request to. */
export function requestSchema(
  kinds: ReadonlyMap<string, ExportedKind>,
  { names, limit }: ReadyOptions,
  parameters: readonly string[],
  { strictness }: Plan,
): JsonSchema {
  // A parameter may mean something else for each kind: then each is told.
  const described = (name: string): string | undefined => {
    const told = new Map<string, string[]>();
    for (const [kind, { read }] of kinds) {
      const description = read.parameters?.find((each) => each.name === name)?.description;
      if (description !== undefined) told.set(description, [...(told.get(description) ?? []), kind]);
    }
    if (told.size <= 1) return [...told.keys()][0];
    return [...told].map(([description, of]) => `${of.join(', ')}: ${description}`).join(' ');
  };
  return {
    title: 'BulkExportRequest',
    type: 'object',
    properties: {
      [names.kind]: {
        type: 'string',
        enum: [...kinds.keys()],
        description: 'The kind of all records that are asked for.',
      },
      [names.keys]: {
        type: 'array',
        items: text,
        minItems: 1,
        maxItems: limit,
        description: 'Keys as they are, not percent-encoded.',
      },
      ...Object.fromEntries(
        parameters.map((name) => {
          const description = described(name);
          return [name, { type: ['string', 'null'], ...(description === undefined ? {} : { description }) }];
        }),
      ),
    },
    required: [names.kind, names.keys],
    ...(strictness.unknownProperties === 'refuse' ? { additionalProperties: false } : {}),
  };
}

/** What is answered. Where a record has a schema of its own, it is that of its read. */
export function responseSchema(kinds: ReadonlyMap<string, ExportedKind>): JsonSchema {
  const shown = [...kinds.values()].flatMap(({ read }) => {
    const { schema } = read.responses?.[200] ?? {};
    return schema === undefined ? [] : [schema];
  });
  return {
    title: 'BulkExportResult',
    type: 'object',
    properties: {
      total: { ...count, description: 'The keys that were sent.' },
      successful: { ...count, description: 'Keys whose records are here.' },
      failed: { ...count, description: 'Keys without a record.' },
      items: {
        type: 'array',
        description: 'One for each key, in the order of the request.',
        items: {
          title: 'BulkExportItem',
          type: 'object',
          properties: {
            identifier: { ...text, description: 'The key as it was sent.' },
            status: {
              type: 'string',
              enum: ['success', 'not_found', 'access_denied', 'error'],
              description: 'What became of the key.',
            },
            resource: {
              ...(shown.length === 1 ? shown[0] : { anyOf: shown }),
              description: 'The record, as its read answers it.',
            },
            error: { ...text, description: 'Why there is no record.' },
          },
          required: ['identifier', 'status'],
          additionalProperties: false,
        },
      },
    },
    required: ['total', 'successful', 'failed', 'items'],
    additionalProperties: false,
  };
}
