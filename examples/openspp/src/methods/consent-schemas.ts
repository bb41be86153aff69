import type { JsonSchema } from '@sallyport/core';
import {
  consentActions,
  consentPurposes,
  consentResourceTypes,
  consentStatuses,
  fieldAccesses,
} from '../entities/index.ts';

const text = (description: string): JsonSchema => ({ type: 'string', description });
const optionalText = (description: string): JsonSchema => ({ type: ['string', 'null'], description });
const day = (description: string): JsonSchema => ({ type: ['string', 'null'], format: 'date', description });
const moment = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
const optionalMoment = (description: string): JsonSchema => ({
  type: ['string', 'null'],
  format: 'date-time',
  description,
});
const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });
const counts = (description: string): JsonSchema => ({
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
  description,
});
const oneOf = (values: readonly string[], description: string): JsonSchema => ({
  type: 'string',
  enum: values,
  description,
});

/** An object that has all of its members. */
const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  { title, description }: { readonly title?: string; readonly description?: string } = {},
): JsonSchema => ({
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const listOf = (items: JsonSchema, description: string): JsonSchema => ({ type: 'array', items, description });

const consent_id = text('The external id of the consent.');
const effective_date = day('The first day that it holds on.');
const expiry_date = day('The last day that it holds on; null: it has no end.');
const scope = {
  resource_type: oneOf(consentResourceTypes, 'The kind of data.'),
  field_access: oneOf(fieldAccesses, 'How much of it.'),
} as const;

/** The consent in the path of each method. */
export const consentInPath: JsonSchema = {
  type: 'string',
  description: 'The external id of a consent, a UUID. Only its recipients see it.',
  examples: ['5f0d0f86-1f0c-4f52-9d7e-2f8a4f0f6b11'],
};

export const consentSchema = object(
  {
    consent_id: optionalText('The external id of the consent; null when it is not found.'),
    status: oneOf(
      [...consentStatuses, 'not_found'],
      'The state of the consent; not_found when there is none, or the caller is none of its recipients.',
    ),
    grantee: optionalText('The organisation of the caller.'),
    effective_date,
    expiry_date,
    scopes: listOf(
      object({
        ...scope,
        purpose: oneOf(consentPurposes, 'What the data may be used for.'),
        include_extensions: { type: 'boolean', description: 'Whether extensions are shown, too.' },
      }),
      'What the consent opens; none when it is not found.',
    ),
    legal_basis: optionalText('On what ground the caller works.'),
  },
  { title: 'ConsentStatus' },
);

export const withdrawalSchema = object(
  {
    consent_id,
    status: { const: 'withdrawn', description: 'The state of the consent from now on.' },
    revoked_at: moment('When it was withdrawn.'),
    message: text('The same in words.'),
  },
  { title: 'ConsentWithdrawal' },
);

export const receiptSchema = object(
  {
    receipt_id: text('The id of this receipt; each call makes another.'),
    version: text('The version of the form of receipts.'),
    timestamp: moment('When the receipt was made.'),
    data_subject: object(
      { identifier: text('The external id of the consent, which stands for the person.') },
      { description: 'Whose data it is about.' },
    ),
    data_controller: object(
      { name: text('The name of the organisation.'), contact: text('How it is reached.') },
      { description: 'Who answers for the data.' },
    ),
    consent_id,
    consent_date: day('The day of the consent.'),
    collection_method: optionalText('How the consent was given.'),
    purposes: listOf(
      object({ id: text('The code of the purpose.'), description: text('The purpose in words.'), ...scope }),
      'What the data may be used for.',
    ),
    data_categories: listOf({ type: 'string' }, 'The kinds of data, in words.'),
    effective_date,
    expiry_date,
    withdrawal_uri: {
      type: 'string',
      format: 'uri-reference',
      description: 'Where the consent is withdrawn.',
    },
    data_subject_rights: listOf({ type: 'string' }, 'The rights of the person, in words.'),
  },
  { title: 'ConsentReceipt' },
);

export const historySchema = object(
  {
    consent_id,
    current_version: count('The number of the version that holds.'),
    history: listOf(
      object({
        version: count('The number of the version.'),
        action: oneOf(consentActions, 'What was done.'),
        changed_date: moment('When it was done.'),
        changed_by: optionalText('Who did it.'),
        changed_fields: {
          type: ['array', 'null'],
          items: { type: 'string' },
          description: 'What has changed; null for the first version.',
        },
        reason: optionalText('Why it was done.'),
      }),
      'The versions, the newest first.',
    ),
  },
  { title: 'ConsentHistory' },
);

export const accessSchema = object(
  {
    consent_id,
    total_accesses: count('How often data were seen by the consent.'),
    by_action: counts('The same by what was done.'),
    by_resource_type: counts('The same by the kind of data.'),
    by_client: counts('The same by the name of the client.'),
    date_range: object(
      { first: optionalMoment('The first time.'), last: optionalMoment('The last time.') },
      { description: 'When data were seen; null: never.' },
    ),
  },
  { title: 'ConsentAccessSummary' },
);
