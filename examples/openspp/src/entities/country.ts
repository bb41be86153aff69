import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A country. Its key is its ISO 3166-1 alpha-2 code, so that a reference to it already is the code. */
export const Country = defineEntity({
  name: 'Country',
  tableName: 'country',
  properties: {
    code: p.string().length(2).primary(),
    name: p.string().length(100),
  },
});

export type Country = InferEntity<typeof Country>;
