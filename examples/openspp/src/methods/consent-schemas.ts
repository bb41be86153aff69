import type { JsonSchema } from '@sallyport/core';
import {
  consentActions,
  consentPurposes,
  consentResourceTypes,
  consentStatuses,
  fieldAccesses,
} from '../entities/index.ts';

const text: JsonSchema = { type: 'string' };
const optionalText: JsonSchema = { type: ['string', 'null'] };
const day: JsonSchema = { type: ['string', 'null'], format: 'date' };
const moment: JsonSchema = { type: 'string', format: 'date-time' };
const optionalMoment: JsonSchema = { type: ['string', 'null'], format: 'date-time' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const counts: JsonSchema = { type: 'object', additionalProperties: count };

/** An object that has all of its members. */
const object = (properties: Readonly<Record<string, JsonSchema>>, title?: string): JsonSchema => ({
  ...(title === undefined ? {} : { title }),
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const scope = {
  resource_type: { type: 'string', enum: consentResourceTypes },
  field_access: { type: 'string', enum: fieldAccesses },
} as const;

export const consentSchema = object(
  {
    consent_id: optionalText,
    status: { type: 'string', enum: [...consentStatuses, 'not_found'] },
    grantee: optionalText,
    effective_date: day,
    expiry_date: day,
    scopes: listOf(
      object({ ...scope, purpose: { type: 'string', enum: consentPurposes }, include_extensions: { type: 'boolean' } }),
    ),
    legal_basis: optionalText,
  },
  'ConsentStatus',
);

export const withdrawalSchema = object(
  { consent_id: text, status: { const: 'withdrawn' }, revoked_at: moment, message: text },
  'ConsentWithdrawal',
);

export const receiptSchema = object(
  {
    receipt_id: text,
    version: text,
    timestamp: moment,
    data_subject: object({ identifier: text }),
    data_controller: object({ name: text, contact: text }),
    consent_id: text,
    consent_date: day,
    collection_method: optionalText,
    purposes: listOf(object({ id: text, description: text, ...scope })),
    data_categories: listOf(text),
    effective_date: day,
    expiry_date: day,
    withdrawal_uri: { type: 'string', format: 'uri-reference' },
    data_subject_rights: listOf(text),
  },
  'ConsentReceipt',
);

export const historySchema = object(
  {
    consent_id: text,
    current_version: count,
    history: listOf(
      object({
        version: count,
        action: { type: 'string', enum: consentActions },
        changed_date: moment,
        changed_by: optionalText,
        changed_fields: { type: ['array', 'null'], items: text },
        reason: optionalText,
      }),
    ),
  },
  'ConsentHistory',
);

export const accessSchema = object(
  {
    consent_id: text,
    total_accesses: count,
    by_action: counts,
    by_resource_type: counts,
    by_client: counts,
    date_range: object({ first: optionalMoment, last: optionalMoment }),
  },
  'ConsentAccessSummary',
);
