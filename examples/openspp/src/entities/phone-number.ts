import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Country } from './country.ts';
import { Registrant } from './registrant.ts';
import { createdAt } from './types/timestamp.ts';

/** A further telephone number. The API shows the two slots of the registrant only; kept for what an import brings. */
export const PhoneNumber = defineEntity({
  name: 'PhoneNumber',
  tableName: 'phone_number',
  properties: {
    id: p.integer().primary(),
    registrant: () => p.manyToOne(Registrant).deleteRule('cascade').index(),
    number: p.string().length(50),
    /** E.164 */
    sanitized: p.string().length(20).nullable(),
    country: () => p.manyToOne(Country).nullable().deleteRule('restrict'),
    collectedOn: p.date().nullable(),
    active: p.boolean().default(true),
    createdAt: createdAt(),
  },
});

export type PhoneNumber = InferEntity<typeof PhoneNumber>;
