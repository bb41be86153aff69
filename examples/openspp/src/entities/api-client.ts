import { defineEntity, type EventArgs, type InferEntity, p } from '@mikro-orm/core';
import { fault } from '../errors.ts';
import { ApiScope } from './api-scope.ts';
import { Organization } from './organization.ts';
import { OrganizationType } from './organization-type.ts';
import { createdAt, timestamp, updatedAt } from './types/timestamp.ts';

/** Why a client may process personal data. Only `consent` makes its reads depend on consents. */
export const legalBases = [
  'consent',
  'contract',
  'legal_obligation',
  'vital_interest',
  'public_interest',
  'public_task',
  'legitimate_interest',
] as const;

/**
 * How often a client may call of which nobody says it. The original never applied the 60 a minute of its own columns
 * (contract §3.6): who was written for it must not run into them.
 */
export const usualCallLimits = { perMinute: 60_000, perDay: 10_000_000 } as const;

/** The type of a verified organisation stays: consents of a category depend on it. @throws SallyportError [O1] */
function keepVerifiedType({ changeSet }: EventArgs<object>): void {
  const before = changeSet?.originalEntity as Partial<ApiClient> | undefined;
  if (before?.organizationTypeVerified !== true || !Object.hasOwn(changeSet?.payload ?? {}, 'organizationType')) return;
  throw fault('organization_type_locked', { client: String(before.clientId) });
}

/** A program that may call the API. */
export const ApiClient = defineEntity({
  name: 'ApiClient',
  tableName: 'api_client',
  properties: {
    id: p.integer().primary(),
    clientId: p.string().length(100).unique(),
    /** PHC text of the secret's hash; the secret itself is kept nowhere. */
    secretHash: p.text().hidden(),
    name: p.string().length(255),
    description: p.text().nullable(),
    organization: () => p.manyToOne(Organization),
    organizationType: () => p.manyToOne(OrganizationType),
    /** Once verified, the type does not change. */
    organizationTypeVerified: p.boolean().default(false),
    organizationTypeVerifiedBy: p.text().nullable(),
    organizationTypeVerifiedAt: timestamp().nullable(),
    legalBasis: p.enum(legalBases).default('consent'),
    legalBasisReference: p.text().nullable(),
    active: p.boolean().default(true),
    rateLimitPerMinute: p
      .integer()
      .default(60)
      .onCreate(() => usualCallLimits.perMinute),
    rateLimitPerDay: p
      .integer()
      .default(10_000)
      .onCreate(() => usualCallLimits.perDay),
    lastUsedAt: timestamp().nullable(),
    requestCount: p.bigint('number').default(0),
    /** Counted up when the secret or the rights change: tokens of an older epoch are refused. */
    epoch: p.integer().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    scopes: () => p.oneToMany(ApiScope).mappedBy('client').orphanRemoval().orderBy({ resource: 'asc', action: 'asc' }),
  },
  hooks: { beforeUpdate: [keepVerifiedType] },
});

export type ApiClient = InferEntity<typeof ApiClient>;
