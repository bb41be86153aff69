import { defineEntity, p } from '@mikro-orm/core';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: {
    id: p.integer().primary(),
    code: p.string().length(2).unique(),
    name: p.string().length(100),
  },
});

export class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);
