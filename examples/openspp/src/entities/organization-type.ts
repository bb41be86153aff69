import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A type of organisation: `ngo`. Its key is its code. */
export const OrganizationType = defineEntity({
  name: 'OrganizationType',
  tableName: 'organization_type',
  properties: {
    code: p.string().length(50).primary(),
    display: p.string().length(200),
    sequence: p.integer().default(0),
  },
});

export type OrganizationType = InferEntity<typeof OrganizationType>;
