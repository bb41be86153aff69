import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Consent } from './consent.ts';
import { consentStatuses, withdrawalChannels } from './consent-lists.ts';
import { now, timestamp } from './types/timestamp.ts';

export const consentActions = [
  'create',
  'request',
  'give',
  'renew',
  'refuse',
  'withdraw',
  'expire',
  'invalidate',
  'modify',
] as const;

/** What a consent was at a version of it. */
export interface ConsentSnapshot {
  readonly status: string;
  readonly effectiveDate: string | null;
  readonly expiryDate: string | null;
}

/** Rows are added and never changed. @throws Error */
function refuse(): never {
  throw new Error('the history of a consent is neither changed nor deleted');
}

/** One change of a consent: who made it, when, and why. Rows are only ever added (contract §22.9). */
export const ConsentHistory = defineEntity({
  name: 'ConsentHistory',
  tableName: 'consent_history',
  properties: {
    id: p.integer().primary(),
    consent: () => p.manyToOne(Consent).deleteRule('restrict'),
    /** Counts up within the consent. */
    version: p.integer(),
    action: p.enum(consentActions),
    /** Name of the API client, or what else has made the change (F34). */
    changedBy: p.text().nullable(),
    changedAt: timestamp().onCreate(now),
    /** Names of the wire; unset for the first version. */
    changedFields: p.json<readonly string[]>().nullable(),
    previousStatus: p.enum(consentStatuses).nullable(),
    newStatus: p.enum(consentStatuses),
    reason: p.text().nullable(),
    channel: p.enum(withdrawalChannels).nullable(),
    snapshot: p.json<ConsentSnapshot>(),
  },
  uniques: [{ properties: ['consent', 'version'] }],
  hooks: { beforeUpdate: [refuse], beforeDelete: [refuse] },
});

export type ConsentHistory = InferEntity<typeof ConsentHistory>;
