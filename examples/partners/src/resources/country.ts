import { defineResource, key } from '@sallyport/core';
import { Country } from '../entities/index.ts';

export const countries = defineResource(Country, {
  name: 'country',
  path: '/country/rest',
  key: key.masked(),
  tags: ['settings'],
  category: 'Settings',
  fields: (f) => ({
    code: f.field('code', { filter: true, sort: true, schema: { pattern: '^[A-Z]{2}$' } }),
    name: f.field('name', { filter: true, sort: true }),
  }),
  order: ['name'],
  operations: { search: { count: 'exact' }, read: true, create: true, update: true, delete: true },
});
