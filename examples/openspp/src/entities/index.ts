import type { EntitySchema } from '@mikro-orm/core';
import { AuthRate, AuthRateCount } from '@sallyport/auth';
import { AuditEntry } from '@sallyport/plugins/audit';
import { ApiClient } from './api-client.ts';
import { ApiScope } from './api-scope.ts';
import { Consent } from './consent.ts';
import { ConsentHistory } from './consent-history.ts';
import { ConsentRecipient, ConsentRecipientType } from './consent-recipients.ts';
import { ConsentScope } from './consent-scope.ts';
import { Country } from './country.ts';
import { GroupMembership } from './group-membership.ts';
import { Identifier } from './identifier.ts';
import { IdentifierLock } from './identifier-lock.ts';
import { Organization } from './organization.ts';
import { OrganizationType } from './organization-type.ts';
import { PhoneNumber } from './phone-number.ts';
import { Program } from './program.ts';
import { ProgramIdentifier } from './program-identifier.ts';
import { ProgramMembership } from './program-membership.ts';
import { Registrant } from './registrant.ts';
import { Setting } from './setting.ts';
import { Vocabulary } from './vocabulary.ts';
import { VocabularyCode } from './vocabulary-code.ts';

export * from './api-client.ts';
export * from './api-scope.ts';
export * from './consent.ts';
export * from './consent-history.ts';
export * from './consent-lists.ts';
export { keepRecipients } from './consent-rules.ts';
export * from './consent-scope.ts';
export * from './country.ts';
export * from './group-membership.ts';
export * from './identifier.ts';
export * from './identifier-lock.ts';
export * from './organization.ts';
export * from './organization-type.ts';
export * from './phone-number.ts';
export * from './program.ts';
export * from './program-identifier.ts';
export * from './program-membership.ts';
export * from './registrant.ts';
export * from './setting.ts';
export { microsecondsOf, now, timestampOf } from './types/timestamp.ts';
export * from './vocabulary.ts';
export * from './vocabulary-code.ts';

/** Every entity, for the ORM's options. */
export const entities: readonly EntitySchema[] = [
  ApiClient,
  ApiScope,
  AuditEntry,
  AuthRate,
  AuthRateCount,
  Consent,
  ConsentHistory,
  ConsentRecipient,
  ConsentRecipientType,
  ConsentScope,
  Country,
  GroupMembership,
  Identifier,
  IdentifierLock,
  Organization,
  OrganizationType,
  PhoneNumber,
  Program,
  ProgramIdentifier,
  ProgramMembership,
  Registrant,
  Setting,
  Vocabulary,
  VocabularyCode,
];
