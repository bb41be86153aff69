import { defineEntity, type InferEntity, type Opt, p } from '@mikro-orm/core';
import { hidesName } from '../../migrations/expressions.ts';
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
    /** Whether it hides the name of whom it is about: asked before each list that is sorted by names, and hardly ever so. */
    hidesName: p.boolean().$type<Opt<boolean>>().generated(hidesName),
    purpose: p.enum(consentPurposes),
    includeExtensions: p.boolean().default(false),
    /** Extension keys; unset or empty is all of them, when extensions are included. */
    allowedExtensions: p.json<string[]>().nullable(),
    description: p.text().nullable(),
  },
  indexes: [{ properties: ['hidesName', 'consent'] }],
  hooks: { beforeCreate: [keepScopes], beforeUpdate: [keepScopes], beforeDelete: [keepScopes] },
});

export type ConsentScope = InferEntity<typeof ConsentScope>;
