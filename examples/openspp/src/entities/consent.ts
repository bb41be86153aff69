import { randomUUID } from 'node:crypto';
import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { ConsentHistory } from './consent-history.ts';
import {
  collectionMethodsOfConsent,
  consentStatuses,
  indicatedBy,
  recipientModes,
  withdrawalChannels,
} from './consent-lists.ts';
import { ConsentRecipient, ConsentRecipientType } from './consent-recipients.ts';
import { keepConsent, keepTerms } from './consent-rules.ts';
import { ConsentScope } from './consent-scope.ts';
import { Organization } from './organization.ts';
import { OrganizationType } from './organization-type.ts';
import { Registrant } from './registrant.ts';
import { createdAt, timestamp, updatedAt } from './types/timestamp.ts';

/** A person's word that their data, or their household's, may be shown to organisations. */
export const Consent = defineEntity({
  name: 'Consent',
  tableName: 'consent',
  properties: {
    id: p.integer().primary(),
    /** The only id that is used on the wire. */
    externalId: p
      .uuid()
      .unique()
      .onCreate(() => randomUUID()),
    name: p.text(),
    signatory: () => p.manyToOne(Registrant).nullable().deleteRule('restrict').index(),
    group: () => p.manyToOne(Registrant).nullable().deleteRule('restrict').index(),
    controller: () => p.manyToOne(Organization).nullable().deleteRule('restrict'),
    /** Whether organisations are named one by one or by their type. */
    recipientMode: p.enum(recipientModes).default('specific'),
    recipients: () =>
      p
        .manyToMany(Organization)
        .pivotEntity(() => ConsentRecipient)
        .owner(),
    allowedRecipientTypes: () =>
      p
        .manyToMany(OrganizationType)
        .pivotEntity(() => ConsentRecipientType)
        .owner(),
    indicatedBy: p.enum(indicatedBy).default('self'),
    legalBasis: p.string().length(50).default('consent'),
    legalBasisReference: p.text().nullable(),
    status: p.enum(consentStatuses).default('requested'),
    effectiveDate: p.date().nullable(),
    expiryDate: p.date().nullable(),
    collectionMethod: p.enum(collectionMethodsOfConsent).nullable(),
    refusalReason: p.text().nullable(),
    withdrawnBy: p.text().nullable(),
    withdrawnAt: timestamp().nullable(),
    withdrawalReason: p.text().nullable(),
    withdrawalChannel: p.enum(withdrawalChannels).nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: p.integer().version(),
    scopes: () =>
      p.oneToMany(ConsentScope).mappedBy('consent').orphanRemoval().orderBy({ resourceType: 'asc', id: 'asc' }),
    history: () => p.oneToMany(ConsentHistory).mappedBy('consent').orderBy({ version: 'desc' }),
  },
  hooks: { beforeUpdate: [keepTerms], beforeDelete: [keepConsent] },
});

export type Consent = InferEntity<typeof Consent>;
