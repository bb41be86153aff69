import { randomUUID } from 'node:crypto';
import type { MethodRun } from '@sallyport/core';
import { fault } from '../errors.ts';
import { RegistryService } from '../registry.ts';
import { visibleConsent } from './consent-look-up.ts';

/** What purposes are called (contract §23.6). */
const purposes: Readonly<Record<string, string>> = {
  service_delivery: 'Service Delivery',
  eligibility_verification: 'Eligibility Verification',
  analytics: 'Anonymized Analytics',
  research: 'Research',
  audit: 'Audit/Compliance',
};

/** What kinds of data hold, in a few words (contract §16.4). */
const categories: Readonly<Record<string, readonly string[]>> = {
  individual: ['Demographics', 'Personal identity'],
  group: ['Household composition'],
  program_membership: ['Eligibility for benefits', 'Enrolment in programs'],
};

const rights = [
  'See the data held about you',
  'Have wrong data corrected',
  'Have your data erased',
  'Take your data elsewhere',
  'Take back this consent whenever you like',
] as const;

const categoriesOf = (kind: string): readonly string[] =>
  kind === 'all' ? Object.values(categories).flat() : (categories[kind] ?? []);

/** A receipt of a consent, made anew by each call. The subject is called by the consent's own id: no other is needed (F34). */
export async function receipt(call: MethodRun): Promise<unknown> {
  const fields = ['consent_id', 'effective_date', 'expiry_date', 'collection_method', 'scopes'];
  const found = await visibleConsent(call, fields);
  if (found === undefined) throw fault('consent_not_found');
  const { consent_id: id, effective_date = null, expiry_date = null, collection_method = null, scopes = [] } = found;
  const { controller, addressOf } = call.services.resolve(RegistryService);
  return {
    receipt_id: randomUUID(),
    version: '1.0',
    timestamp: call.now.toISOString().replace('Z', '000Z'),
    data_subject: { identifier: id },
    data_controller: controller,
    consent_id: id,
    consent_date: effective_date,
    collection_method,
    purposes: scopes.map(({ purpose, resource_type, field_access }) => ({
      id: purpose,
      description: purposes[purpose] ?? purpose,
      resource_type,
      field_access,
    })),
    data_categories: [...new Set(scopes.flatMap(({ resource_type }) => categoriesOf(resource_type)))].sort(),
    effective_date,
    expiry_date,
    withdrawal_uri: addressOf(`/Consent/${id}/$revoke`, call.head),
    data_subject_rights: rights,
  };
}
