import { defineEntity, p } from '@mikro-orm/core';

const CompanySchema = defineEntity({
  name: 'Company',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(100).unique(),
  },
});

/** What client applications belong to: they see the partners and orders of their own company, and no others. */
export class Company extends CompanySchema.class {}
CompanySchema.setClass(Company);
