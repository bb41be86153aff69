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
  const described = (name: string) =>
    [...kinds.values()].flatMap(({ read }) => read.parameters ?? []).find((each) => each.name === name)?.description;
  return {
    title: 'BulkExportRequest',
    type: 'object',
    properties: {
      [names.kind]: { type: 'string', enum: [...kinds.keys()] },
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
      successful: count,
      failed: count,
      items: {
        type: 'array',
        description: 'One for each key, in the order of the request.',
        items: {
          title: 'BulkExportItem',
          type: 'object',
          properties: {
            identifier: text,
            status: { type: 'string', enum: ['success', 'not_found', 'access_denied', 'error'] },
            resource: shown.length === 1 ? shown[0] : { anyOf: shown },
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
