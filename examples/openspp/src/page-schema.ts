import type { JsonSchema } from '@sallyport/core';

const whole = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });
const link = (description: string): JsonSchema => ({ type: ['string', 'null'], description });

/** The schema of a page of records (contract §6). */
export function pageSchema(item: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: item, description: 'The records of the page.' },
      meta: {
        type: 'object',
        description: 'How many there are.',
        properties: {
          total: whole('Records that match.'),
          count: whole('Records of this page.'),
          offset: whole('Records before this page.'),
        },
        required: ['total', 'count', 'offset'],
      },
      links: {
        type: 'object',
        description: 'Addresses of this page and those around.',
        properties: {
          self: { type: 'string', description: 'This page.' },
          next: link('The next page, when there is one.'),
          prev: link('The page before, when there is one.'),
        },
        required: ['self'],
      },
    },
    required: ['data', 'meta', 'links'],
  };
}
