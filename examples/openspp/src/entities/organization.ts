import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { OrganizationType } from './organization-type.ts';
import { createdAt, updatedAt } from './types/timestamp.ts';

/** An organisation that receives data: what a consent names, and what an API client belongs to. */
export const Organization = defineEntity({
  name: 'Organization',
  tableName: 'organization',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(255).unique(),
    type: () => p.manyToOne(OrganizationType),
    active: p.boolean().default(true),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export type Organization = InferEntity<typeof Organization>;
