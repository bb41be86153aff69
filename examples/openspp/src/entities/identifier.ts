import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Registrant } from './registrant.ts';
import { createdAt, timestamp, updatedAt } from './types/timestamp.ts';
import { VocabularyCode } from './vocabulary-code.ts';

export const identifierStatuses = ['valid', 'invalid'] as const;

/** The rows that name their registrant: everything but those that were taken back. */
const live = { $or: [{ status: null }, { status: { $ne: 'invalid' } }] };

/**
 * A number or text that names a registrant: `urn:openspp:vocab:id-type#national_id|NX-004-7731`. The newest live one
 * is the registrant's primary identifier. Two registrants may hold the same one (imports); a create refuses that after
 * it has locked the identifier (`lockIdentifiers`).
 */
export const Identifier = defineEntity({
  name: 'Identifier',
  tableName: 'registrant_identifier',
  properties: {
    /** Counts up: newest first is `id` descending. */
    id: p.integer().primary(),
    registrant: () => p.manyToOne(Registrant).deleteRule('cascade'),
    type: () => p.manyToOne(VocabularyCode),
    value: p.string().length(100),
    /** Unset and `valid` are live. */
    status: p.enum(identifierStatuses).nullable(),
    expiryDate: p.date().nullable(),
    description: p.text().nullable(),
    verificationMethod: p.text().nullable(),
    verifiedAt: timestamp().nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  uniques: [{ name: 'registrant_identifier_live_type_unique', properties: ['registrant', 'type'], where: live }],
  indexes: [{ properties: ['type', 'value'] }, { properties: ['registrant', 'id'] }],
});

export type Identifier = InferEntity<typeof Identifier>;
