import { defineEntity, p } from '@mikro-orm/core';
import { Consent } from './consent.ts';
import { Organization } from './organization.ts';
import { OrganizationType } from './organization-type.ts';

/** Organisations that a consent names one by one. Found from both ends: who asks begins with the organisation. */
export const ConsentRecipient = defineEntity({
  name: 'ConsentRecipient',
  tableName: 'consent_recipient',
  properties: {
    consent: () => p.manyToOne(Consent).primary().updateRule('cascade').deleteRule('cascade'),
    organization: () => p.manyToOne(Organization).primary().updateRule('cascade').deleteRule('cascade'),
  },
  indexes: [{ properties: ['organization', 'consent'] }],
});

/** Types of organisations that a consent is meant for. */
export const ConsentRecipientType = defineEntity({
  name: 'ConsentRecipientType',
  tableName: 'consent_recipient_type',
  properties: {
    consent: () => p.manyToOne(Consent).primary().updateRule('cascade').deleteRule('cascade'),
    organizationType: () => p.manyToOne(OrganizationType).primary().updateRule('cascade').deleteRule('cascade'),
  },
  indexes: [{ properties: ['organizationType', 'consent'] }],
});
