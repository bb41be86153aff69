import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { extensionsIndex } from '@sallyport/plugins/extensions';
import { trigram } from '../../migrations/expressions.ts';
import { Consent } from './consent.ts';
import { Country } from './country.ts';
import { GroupMembership } from './group-membership.ts';
import { Identifier } from './identifier.ts';
import { PhoneNumber } from './phone-number.ts';
import { ProgramMembership } from './program-membership.ts';
import { createdAt, updatedAt } from './types/timestamp.ts';
import { VocabularyCode } from './vocabulary-code.ts';

export const registrantKinds = ['individual', 'group'] as const;
export const groupTypes = ['household', 'family', 'organization', 'other'] as const;
/** How a record came into the registry. */
export const collectionMethods = ['api', 'manual', 'import', 'mobile', 'migration', 'merge'] as const;

/** A person, or a group of people. */
export const Registrant = defineEntity({
  name: 'Registrant',
  tableName: 'registrant',
  properties: {
    id: p.integer().primary(),
    kind: p.enum(registrantKinds),
    /** What people call it; for a person the display name. */
    name: p.string().length(500),
    familyName: p.string().length(255).nullable(),
    givenName: p.string().length(255).nullable(),
    additionalName: p.string().length(255).nullable(),
    /** `YYYY-MM-DD` */
    birthDate: p.date().nullable(),
    birthDateEstimated: p.boolean().default(false),
    gender: () => p.manyToOne(VocabularyCode).nullable().deleteRule('restrict'),
    phone: p.string().length(100).nullable(),
    mobile: p.string().length(100).nullable(),
    email: p.string().length(320).nullable(),
    street: p.string().length(500).nullable(),
    city: p.string().length(255).nullable(),
    district: p.string().length(255).nullable(),
    state: p.string().length(255).nullable(),
    postalCode: p.string().length(50).nullable(),
    country: () => p.manyToOne(Country).nullable().deleteRule('restrict'),
    photo: p.uint8array().nullable().lazy(),
    groupType: p.enum(groupTypes).nullable(),
    /** By key of the extension, by name of the field. */
    extension: p.json<Readonly<Record<string, Readonly<Record<string, unknown>>>>>().nullable(),
    /** `YYYY-MM-DD` */
    registrationDate: p
      .date()
      .nullable()
      .onCreate(() => new Date().toISOString().slice(0, 10)),
    active: p.boolean().default(true),
    /** `urn:openspp:api-client:<client id>` of the client that made it; never changes. */
    sourceSystem: p.text().nullable(),
    collectionMethod: p.enum(collectionMethods).nullable(),
    lastUpdateSystem: p.text().nullable(),
    lastUpdateReference: p.text().nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: p.integer().version(),
    /** Newest first. */
    identifiers: () => p.oneToMany(Identifier).mappedBy('registrant').orphanRemoval().orderBy({ id: 'desc' }),
    phoneNumbers: () => p.oneToMany(PhoneNumber).mappedBy('registrant').orphanRemoval(),
    /** Of a group: the people that are or were in it. */
    members: () => p.oneToMany(GroupMembership).mappedBy('group').orphanRemoval(),
    /** Of a person: the groups that they are or were in. */
    groupMemberships: () => p.oneToMany(GroupMembership).mappedBy('individual').orphanRemoval(),
    programMemberships: () => p.oneToMany(ProgramMembership).mappedBy('registrant').orphanRemoval(),
    /** Consents that the person signed. */
    signedConsents: () => p.oneToMany(Consent).mappedBy('signatory'),
    /** Consents whose subject is the group. */
    groupConsents: () => p.oneToMany(Consent).mappedBy('group'),
  },
  indexes: [
    { name: 'registrant_name_trigram', expression: trigram('registrant_name_trigram', 'name') },
    { name: 'registrant_email_trigram', expression: trigram('registrant_email_trigram', 'email') },
    {
      name: 'registrant_address_trigram',
      expression: trigram('registrant_address_trigram', 'street', 'city', 'state'),
    },
    { name: 'registrant_extension', expression: extensionsIndex('registrant_extension', 'extension') },
    // With the name, so that people of an age are put in order without looking at their rows.
    { properties: ['kind', 'active', 'birthDate', 'name', 'id'] },
    { properties: ['updatedAt'] },
    { properties: ['kind', 'active', 'name', 'id'] },
  ],
});

export type Registrant = InferEntity<typeof Registrant>;
