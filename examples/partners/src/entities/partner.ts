import { defineEntity, p } from '@mikro-orm/core';
import { Company } from './company.ts';
import { Country } from './country.ts';
import { Order } from './order.ts';
import { Tag } from './tag.ts';

export const categories = ['customer', 'supplier', 'prospect'] as const;

const PartnerSchema = defineEntity({
  name: 'Partner',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(200),
    email: p.string().length(320).nullable().unique(),
    phone: p.string().length(50).nullable(),
    active: p.boolean().default(true),
    birthDate: p.date().nullable(),
    credit: p.double().$type<number>().nullable(),
    image: p.blob().nullable().lazy(),
    category: p.enum(categories).default('customer'),
    note: p.text().nullable(),
    parent: () => p.manyToOne(Partner).nullable(),
    country: () => p.manyToOne(Country).nullable(),
    company: () => p.manyToOne(Company),
    tags: () => p.manyToMany(Tag).owner(),
    orders: () => p.oneToMany(Order).mappedBy('partner'),
    createdAt: p.datetime(3),
    createdBy: p.string().length(128),
    version: p.integer().version(),
  },
  indexes: [{ properties: ['company', 'name', 'id'] }, { properties: ['parent'] }],
});

/** A person or an organisation that a company deals with. */
export class Partner extends PartnerSchema.class {}
PartnerSchema.setClass(Partner);
