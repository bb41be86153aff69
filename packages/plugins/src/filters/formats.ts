import type { JsonSchema, Page, Plan } from '@sallyport/core';
import type { FiltersOptions, SearchFormat } from './declaration.ts';

/** The shape of pages that was asked for. */
export function formatOf(format: FiltersOptions['format'] = 'page', { envelope }: Plan): SearchFormat {
  if (format === 'searchset') return searchset;
  if (format !== 'page') return format;
  return { page: (page, call) => envelope.page(page, call), schema: (item) => envelope.schemas.page(item) };
}

const text: JsonSchema = { type: 'string' };

/** A Bundle of the type searchset, as FHIR has it: every record found, and links to the pages around. */
const searchset: SearchFormat = {
  nulls: 'omit',
  page: ({ items, total, links }: Page) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    total: total ?? items.length,
    link: [
      { relation: 'self', url: links.self },
      ...(links.next === undefined ? [] : [{ relation: 'next', url: links.next }]),
      ...(links.prev === undefined ? [] : [{ relation: 'previous', url: links.prev }]),
    ],
    entry: items.map((resource) => ({ resource, search: { mode: 'match', score: 1 } })),
  }),
  schema: (item) => ({
    type: 'object',
    properties: {
      resourceType: { type: 'string', const: 'Bundle' },
      type: { type: 'string', const: 'searchset' },
      total: {
        type: 'integer',
        minimum: 0,
        description: 'Records that match; those of the page where none are counted.',
      },
      link: {
        type: 'array',
        items: {
          type: 'object',
          properties: { relation: { type: 'string', enum: ['self', 'next', 'previous'] }, url: text },
          required: ['relation', 'url'],
        },
      },
      entry: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            resource: item,
            search: {
              type: 'object',
              properties: { mode: { type: 'string', const: 'match' }, score: { type: 'number' } },
              required: ['mode', 'score'],
            },
          },
          required: ['resource', 'search'],
        },
      },
    },
    required: ['resourceType', 'type', 'total', 'link', 'entry'],
  }),
};
