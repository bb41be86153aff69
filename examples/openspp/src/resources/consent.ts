import { defineResource, key, type ResourceDescriptor } from '@sallyport/core';
import { Consent } from '../entities/index.ts';
import { said } from '../errors.ts';
import { consentMethods } from '../methods/consent.ts';
import { callerOf } from '../rules/caller.ts';
import { namesRecipient } from '../rules/consents.ts';

/**
 * A consent, for those whom it names, whatever has become of it; to everybody else it is not there (contract §16). Names are
 * those of the consent endpoints. It has no operations: nobody lists, makes or changes consents here, but withdraws them.
 */
export const consent: ResourceDescriptor = defineResource(Consent, {
  name: 'consent',
  type: 'Consent',
  path: '/Consent',
  description: 'What a person, or a household, lets others see.',
  tags: ['Consent'],
  key: key.uuid('externalId'),
  keyName: null,
  domain(call, where) {
    const caller = callerOf(call);
    return caller === undefined ? where.never : namesRecipient(where, caller);
  },
  fields: (f) => ({
    consent_id: f.field('externalId', { write: false }),
    status: f.field('status', { write: false }),
    effective_date: f.field('effectiveDate', { write: false }),
    expiry_date: f.field('expiryDate', { write: false }),
    collection_method: f.field('collectionMethod', { write: false }),
    scopes: f.list(
      'scopes',
      (each) => ({
        resource_type: each.field('resourceType'),
        field_access: each.field('fieldAccess'),
        purpose: each.field('purpose'),
        include_extensions: each.field('includeExtensions'),
      }),
      { write: false, order: ['resourceType'] },
    ),
    history: f.list(
      'history',
      (each) => ({
        version: each.field('version'),
        action: each.field('action'),
        changed_date: each.field('changedAt'),
        changed_by: each.field('changedBy'),
        changed_fields: each.field('changedFields', { schema: { type: 'array', items: { type: 'string' } } }),
        reason: each.field('reason'),
      }),
      { write: false, order: ['-version'] },
    ),
  }),
  operations: {},
  methods: consentMethods,
  errors: { not_found: said('consent_not_found') },
});
