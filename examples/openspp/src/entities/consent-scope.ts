import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Consent } from './consent.ts';
import { keepScopes } from './consent-rules.ts';

export const consentResourceTypes = ['individual', 'group', 'program_membership', 'all'] as const;
export const fieldAccesses = ['all', 'basic', 'custom'] as const;
export const consentPurposes = [
  'service_delivery',
  'eligibility_verification',
  'analytics',
  'research',
  'audit',
] as const;

/** What a consent opens: a kind of data, how much of it, and for which purpose. */
export const ConsentScope = defineEntity({
  name: 'ConsentScope',
  tableName: 'consent_scope',
  properties: {
    id: p.integer().primary(),
    consent: () => p.manyToOne(Consent).deleteRule('cascade').index(),
    resourceType: p.enum(consentResourceTypes),
    fieldAccess: p.enum(fieldAccesses).default('basic'),
    /** JSON properties, for `custom` access. */
    customFields: p.json<string[]>().nullable(),
    purpose: p.enum(consentPurposes),
    includeExtensions: p.boolean().default(false),
    /** Extension keys; unset or empty is all of them, when extensions are included. */
    allowedExtensions: p.json<string[]>().nullable(),
    description: p.text().nullable(),
  },
  hooks: { beforeCreate: [keepScopes], beforeUpdate: [keepScopes], beforeDelete: [keepScopes] },
});

export type ConsentScope = InferEntity<typeof ConsentScope>;
