import type { PropertyFilter } from '@sallyport/plugins/filters';

/** When a record was changed and made (contract §15.2): times are told by `meta`. */
export const times = {
  write_date: {
    type: 'range',
    operators: ['gt', 'gte', 'lt', 'lte'],
    property: 'updatedAt',
    path: 'meta.lastUpdated',
    label: 'Last change',
    indexed: true,
    sort: true,
    reveals: ['meta'],
  },
  create_date: { type: 'range', property: 'createdAt', label: 'Creation', sort: true, reveals: ['meta'] },
} as const satisfies Record<string, PropertyFilter<'updatedAt' | 'createdAt'>>;
