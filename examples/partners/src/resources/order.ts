import { defineResource, key, SallyportError } from '@sallyport/core';
import { Order } from '../entities/index.ts';
import { ownCompany } from './company.ts';

interface Line {
  readonly quantity: number;
  readonly price: number;
}

export const orders = defineResource(Order, {
  name: 'order',
  path: '/order/rest',
  key: key.masked(),
  version: 'version',
  tags: ['sales'],
  category: 'Sales',
  fields: (f) => ({
    reference: f.field('reference', { filter: true, sort: true, write: 'create' }),
    date: f.field('date', { filter: true, sort: true, default: (call) => call.now.toISOString().slice(0, 10) }),
    customer: f.toOne('partner', { resource: 'partner', expand: ['name', 'country', 'labels'], filter: true }),
    lines: f.list(
      'lines',
      (line) => ({
        product: line.field('product', { filter: true }),
        quantity: line.field('quantity', { filter: true, schema: { minimum: 1, maximum: 1_000_000 } }),
        price: line.field('price', { filter: true, schema: { minimum: 0, maximum: 1_000_000_000 } }),
      }),
      { items: { min: 1, max: 100 }, filter: true },
    ),
    total: f.field('total', { write: false, filter: true, sort: true }),
  }),
  domain: (call, where) =>
    where.related('partner', (partner) => partner.related('company', (company) => ownCompany(call, company))),
  order: ['-date', '-reference'],
  operations: {
    search: { count: 'exact', limit: { default: 20, max: 200 } },
    read: true,
    create: true,
    update: true,
    delete: true,
  },
  hooks: {
    beforeWrite(order, { body }) {
      const lines = body.lines as readonly Line[] | undefined; // as the schema of `lines` has checked
      if (lines !== undefined) order.total = totalOf(lines);
    },
    beforeDelete({ total }) {
      if (total >= 10_000) throw new SallyportError('rule_broken', { detail: 'An order of this size is kept.' });
    },
  },
});

/** In whole cents, so that binary fractions do not add up. */
function totalOf(lines: readonly Line[]): number {
  return lines.reduce((cents, { quantity, price }) => cents + quantity * Math.round(price * 100), 0) / 100;
}
