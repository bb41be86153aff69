import { defineResource, key, record } from '@sallyport/core';
import { Partner } from '../entities/index.ts';
import { companyOf, ownCompany } from './company.ts';

const KIB = 1024;

export const partners = defineResource(Partner, {
  name: 'partner',
  path: '/partner/rest',
  key: key.masked(),
  version: 'version',
  tags: ['crm'],
  category: 'Contacts',
  fields: (f) => ({
    name: f.field('name', { filter: true, sort: true, schema: { minLength: 1 } }),
    email: f.field('email', { filter: true, sort: true, schema: { format: 'email' } }),
    phone: f.field('phone', { sort: true }),
    active: f.field('active', { filter: true, sort: true, default: true }),
    birthDate: f.field('birthDate', { filter: true, sort: true }),
    credit: f.field('credit', { filter: true, sort: true }),
    category: f.field('category', { filter: true, sort: true, default: 'customer' }),
    image: f.binary('image', { maxBytes: 256 * KIB }),
    note: f.field('note', {
      read: false,
      description: 'For the sales people: written by callers, never shown to them.',
    }),
    parent: f.toOne('parent', { resource: 'partner', expand: ['name'], filter: true }),
    country: f.toOne('country', {
      resource: 'country',
      expand: ['name', 'code'],
      filter: true,
      default: record({ code: 'BE' }),
    }),
    company: f.toOne('company', {
      resource: 'company',
      expand: ['name'],
      filter: true,
      default: (call) => record({ name: companyOf(call) ?? '' }),
    }),
    labels: f.toMany('tags', { resource: 'tag', expand: ['name'], filter: true }),
    orders: f.toMany('orders', { resource: 'order', filter: true, write: false }),
    created: f.field('createdAt', { write: false, filter: true, sort: true, default: (call) => call.now }),
    client: f.field('createdBy', {
      write: false,
      filter: true,
      sort: true,
      default: ({ principal }) => ('id' in principal ? principal.id : principal.kind),
    }),
  }),
  domain: (call, where) => where.related('company', (company) => ownCompany(call, company)),
  hierarchy: 'parent',
  order: ['name'],
  operations: {
    search: { count: 'exact', limit: { default: 20, max: 200 } },
    read: true,
    create: true,
    update: true,
    delete: true,
  },
});
