import { defineResource, key } from '@sallyport/core';
import { Tag } from '../entities/index.ts';

export const tags = defineResource(Tag, {
  name: 'tag',
  path: '/tag/rest',
  key: key.masked(),
  tags: ['crm'],
  category: 'Contacts',
  fields: (f) => ({
    name: f.field('name', { filter: true, sort: true }),
    active: f.field('active', { read: false, default: true }),
  }),
  domain: (_call, where) => where.eq('active', true),
  order: ['name'],
  operations: { search: { count: 'exact' }, read: true, create: true, update: true },
});
