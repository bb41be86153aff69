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
  description: 'A page, as a Bundle of the type searchset,',
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
      resourceType: { type: 'string', const: 'Bundle', description: 'What this is.' },
      type: { type: 'string', const: 'searchset', description: 'Which kind of bundle.' },
      total: {
        type: 'integer',
        minimum: 0,
        description: 'Records that match; those of the page where none are counted.',
      },
      link: {
        type: 'array',
        description: 'Addresses of this page and those around; each is asked with the same body.',
        items: {
          type: 'object',
          properties: {
            relation: { type: 'string', enum: ['self', 'next', 'previous'], description: 'Which page it is.' },
            url: { ...text, description: 'Its address.' },
          },
          required: ['relation', 'url'],
        },
      },
      entry: {
        type: 'array',
        description: 'The records of the page.',
        items: {
          type: 'object',
          properties: {
            resource: item,
            search: {
              type: 'object',
              description: 'Why it is here.',
              properties: {
                mode: { type: 'string', const: 'match', description: 'It fits the conditions.' },
                score: { type: 'number', description: 'Always 1.' },
              },
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
