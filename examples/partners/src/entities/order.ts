import { defineEntity, p } from '@mikro-orm/core';
import { Partner } from './partner.ts';

const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'sales_order',
  properties: {
    id: p.integer().primary(),
    reference: p.string().length(30).unique(),
    date: p.date(),
    partner: () => p.manyToOne(Partner),
    lines: () => p.oneToMany(OrderLine).mappedBy('order').orphanRemoval(),
    total: p.double().$type<number>().default(0),
    version: p.integer().version(),
  },
  indexes: [{ properties: ['partner'] }],
});

export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const OrderLineSchema = defineEntity({
  name: 'OrderLine',
  properties: {
    id: p.integer().primary(),
    order: () => p.manyToOne(Order).deleteRule('cascade'),
    product: p.string().length(200),
    quantity: p.integer(),
    price: p.double().$type<number>(),
  },
  indexes: [{ properties: ['order'] }],
});

/** A row of an order; it has no life of its own. */
export class OrderLine extends OrderLineSchema.class {}
OrderLineSchema.setClass(OrderLine);
