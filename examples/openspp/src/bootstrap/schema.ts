import Type, { type Static } from 'typebox';
import {
  collectionMethodsOfConsent,
  consentPurposes,
  consentResourceTypes,
  consentStatuses,
  fieldAccesses,
  indicatedBy,
  legalBases,
  recipientModes,
  scopeActions,
  scopeResources,
  targetTypes,
} from '../entities/index.ts';
import { organizationTypes } from '../vocabulary/index.ts';

const organizationTypeCodes = organizationTypes.map((type) => type.code);
const closed = { additionalProperties: false } as const;
const text = (most: number) => Type.String({ minLength: 1, maxLength: most });
const day = Type.String({ format: 'date' });

/** A body that the API's own input schema checks. */
const Body = Type.Record(Type.String(), Type.Unknown());

const IdentifierType = Type.Object(
  {
    system: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^|\\s]+$' }),
    display: text(200),
    pattern: Type.Optional(Type.String({ format: 'regex' })),
    appliesTo: Type.Optional(Type.Enum([...targetTypes])),
  },
  closed,
);

const Code = Type.Object(
  { system: text(255), code: text(255), display: text(200), definition: Type.Optional(Type.String()) },
  closed,
);

const OrganizationEntry = Type.Object({ name: text(255), type: Type.Enum([...organizationTypeCodes]) }, closed);

const Scope = Type.String({ pattern: `^(${scopeResources.join('|')}):(${scopeActions.join('|')})$` });

const Client = Type.Object(
  {
    name: text(255),
    clientId: Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\x21-\\x7e]+$' }),
    clientSecret: Type.String({ minLength: 32, maxLength: 1024 }),
    description: Type.Optional(Type.String()),
    organization: text(255),
    organizationTypeVerified: Type.Optional(Type.Boolean()),
    legalBasis: Type.Optional(Type.Enum([...legalBases])),
    legalBasisReference: Type.Optional(Type.String()),
    active: Type.Optional(Type.Boolean()),
    rateLimitPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    rateLimitPerDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
    scopes: Type.Array(
      Type.Union([Scope, Type.Object({ scope: Scope, fields: Type.Optional(Type.Array(text(100))) }, closed)]),
    ),
  },
  closed,
);

const ConsentScopeEntry = Type.Object(
  {
    resourceType: Type.Enum([...consentResourceTypes]),
    fieldAccess: Type.Optional(Type.Enum([...fieldAccesses])),
    customFields: Type.Optional(Type.Array(text(100))),
    purpose: Type.Enum([...consentPurposes]),
    includeExtensions: Type.Optional(Type.Boolean()),
    allowedExtensions: Type.Optional(Type.Array(text(100))),
    description: Type.Optional(Type.String()),
  },
  closed,
);

const ConsentEntry = Type.Object(
  {
    id: Type.Optional(Type.String({ format: 'uuid' })),
    name: Type.Optional(text(255)),
    signatory: Type.Optional(Type.String({ pattern: '^Individual/[^|]+\\|.+$' })),
    group: Type.Optional(Type.String({ pattern: '^Group/[^|]+\\|.+$' })),
    controller: Type.Optional(text(255)),
    status: Type.Enum([...consentStatuses]),
    recipientMode: Type.Optional(Type.Enum([...recipientModes])),
    recipients: Type.Optional(Type.Array(text(255))),
    allowedRecipientTypes: Type.Optional(Type.Array(Type.Enum([...organizationTypeCodes]))),
    indicatedBy: Type.Optional(Type.Enum([...indicatedBy])),
    legalBasis: Type.Optional(text(50)),
    legalBasisReference: Type.Optional(Type.String()),
    effectiveDate: Type.Optional(day),
    expiryDate: Type.Optional(day),
    collectionMethod: Type.Optional(Type.Enum([...collectionMethodsOfConsent])),
    scopes: Type.Array(ConsentScopeEntry),
  },
  closed,
);

/** What a bootstrap file may hold. The bodies of records are checked by the API's own input schemas. */
export const BootstrapSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    idTypes: Type.Optional(Type.Array(IdentifierType)),
    codes: Type.Optional(Type.Array(Code)),
    organizations: Type.Optional(Type.Array(OrganizationEntry)),
    clients: Type.Optional(Type.Array(Client)),
    individuals: Type.Optional(Type.Array(Body)),
    groups: Type.Optional(Type.Array(Body)),
    programs: Type.Optional(Type.Array(Body)),
    memberships: Type.Optional(Type.Array(Body)),
    consents: Type.Optional(Type.Array(ConsentEntry)),
  },
  closed,
);

export type Bootstrap = Static<typeof BootstrapSchema>;
export type BootstrapList = Exclude<keyof Bootstrap, '$schema'>;
export type BootstrapClient = Static<typeof Client>;
export type BootstrapConsent = Static<typeof ConsentEntry>;
