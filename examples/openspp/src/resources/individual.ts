import { customParameter, defineResource, parseToken, type ResourceDescriptor } from '@sallyport/core';
import { Registrant } from '../entities/index.ts';
import { fault, parameterFault, said } from '../errors.ts';
import { addresses } from '../fields/address.ts';
import { typeField } from '../fields/constants.ts';
import { registrantIdentifiers } from '../fields/identifiers.ts';
import { groupsOfPerson } from '../fields/members.ts';
import { meta } from '../fields/meta.ts';
import { personName } from '../fields/name.ts';
import { photo } from '../fields/photo.ts';
import { telecom } from '../fields/telecom.ts';
import { groupsOfIndividual } from '../methods/groups-of-individual.ts';
import { consentPolicy, notFound, refusals } from '../policies/consent.ts';
import { photosOnRequest } from '../policies/photos.ts';
import { today } from '../rules/caller.ts';
import { active } from '../rules/conditions.ts';
import { onlyNamed, onRegistrants } from '../rules/look-up.ts';
import { checkIdentifierTypes, claimIdentifiers, reactivate } from '../rules/registrants.ts';
import { namespaces } from '../vocabulary/index.ts';
import {
  activeWords,
  consentAnswers,
  containsParameter,
  identifierParameter,
  lastUpdatedParameter,
  lastWins,
  nameParameter,
} from './parameters.ts';
import { registrantKey } from './registrant-key.ts';
import { registrantSearch } from './search-limits.ts';
import { failures } from './write-failures.ts';

/** The condition of a role on one membership; unknown roles match nobody. */
const hasRole = (of: Parameters<typeof active>[0], code: string) =>
  of.related('role', (role) => role.and(role.eq('system', namespaces.membershipRole), role.eq('code', code)));

/** A person (contract §9); {@link resourcesOf} adds the extensions. */
export const individual: ResourceDescriptor = defineResource(Registrant, {
  name: 'individual',
  type: 'Individual',
  path: '/Individual',
  description: 'A person in the registry.',
  tags: ['Individual'],
  key: registrantKey,
  keyName: null,
  version: 'updatedAt',
  versionShownIn: 'meta',
  domain: (_call, where) => where.eq('kind', 'individual'),
  defaults: { kind: 'individual' },
  fields: (f) => ({
    type: typeField(f, 'Individual'),
    identifier: registrantIdentifiers(f, 'national_id'),
    active: f.field('active', { default: true, description: activeWords }),
    name: personName(f),
    birthDate: f.field('birthDate', { sort: true, description: 'The date of birth; not in the future.' }),
    birthDateEstimated: f.custom({
      description: 'Whether the date of birth is an estimate.',
      reads: { date: 'birthDate', estimated: 'birthDateEstimated' },
      output: { type: 'boolean' },
      input: { type: 'boolean' },
      encode: ({ date, estimated }, { nulls }) => (date === null && nulls === 'omit' ? undefined : estimated),
      assign(person, estimated: boolean | null) {
        person.birthDateEstimated = estimated ?? false;
      },
    }),
    gender: f.coded('gender', {
      description:
        'The gender by ISO 5218: 0 Not Known, 1 Male, 2 Female, 9 Not Applicable. `{"coding": [{"system": "urn:iso:std:iso:5218", "code": "2"}]}`',
      system: 'system',
      code: 'code',
      display: 'display',
      systems: [namespaces.gender],
      error: (system, code) => fault('gender_unknown', { system, code }),
    }),
    telecom: telecom(f),
    address: addresses(f),
    photo: photo(f),
    groupMembership: groupsOfPerson(f),
    meta: meta(f),
  }),
  order: ['name'],
  sorts: {
    name: { by: ['name'], shownIn: 'name' },
    birthdate: { by: ['birthDate'], shownIn: 'birthDate' },
    lastUpdated: { by: ['updatedAt'], shownIn: 'meta' },
  },
  parameters: {
    identifier: identifierParameter,
    name: nameParameter,
    birthdate: {
      kind: 'date',
      field: 'birthDate',
      description: 'The birth date: [eq|ne|gt|ge|lt|le]YYYY-MM-DD; two make a range.',
      error: parameterFault('filter_date_malformed', { parameter: 'birthdate' }),
    },
    gender: customParameter({
      ...lastWins,
      description: 'The gender, system|code.',
      reveals: ['gender'],
      error: parameterFault('filter_gender_malformed'),
      parse: parseToken,
      matches: ({ system, value }, call) =>
        onRegistrants(call).related('gender', (gender) =>
          gender.and(gender.eq('system', system), gender.eq('code', value)),
        ),
    }),
    address: containsParameter<Registrant>(
      'individual',
      'Part of street, city or state.',
      ['street', 'city', 'state'],
      ['address'],
    ),
    group: customParameter({
      ...lastWins,
      description: 'A group, system|value: its active members. none: who is in no group.',
      reveals: ['groupMembership'],
      error: parameterFault('filter_group_malformed'),
      parse: (text) => (text.toLowerCase() === 'none' ? 'none' : parseToken(text)),
      matches(group, call) {
        const on = onRegistrants(call);
        if (group === 'none') return on.not(on.related('groupMemberships', (of) => active(of, call.now)));
        // The role, when there is one, must be held in this group (contract §9.7).
        const role = call.parameters['membership-role'];
        return onlyNamed(call, 'group', `${group.system}|${group.value}`, (groupKey) =>
          on.related('groupMemberships', (of) =>
            of.and(
              of.eq('group', groupKey),
              active(of, call.now),
              ...(typeof role === 'string' && role !== '' ? [hasRole(of, role)] : []),
            ),
          ),
        );
      },
    }),
    'membership-role': customParameter<string>({
      ...lastWins,
      description: 'The code of a role that is held in a group.',
      reveals: ['groupMembership'],
      parse: (text) => text,
      matches: (code, call) =>
        onRegistrants(call).related('groupMemberships', (of) => of.and(active(of, call.now), hasRole(of, code))),
    }),
    _lastUpdated: lastUpdatedParameter,
  },
  operations: {
    search: { ...registrantSearch, scope: ['individual:read', 'individual:search'] },
    read: { responses: consentAnswers('Individual') },
    create: { nulls: 'print' },
    update: { nulls: 'print' },
    replace: { nulls: 'print', absent: 'keep', addressedBy: firstIdentifier },
    // Only entries of bundles archive (K18).
    delete: { archive: { active: false }, reach: 'inside' },
  },
  methods: { groups: groupsOfIndividual },
  hooks: {
    async beforeWrite(person, context) {
      const { operation, plan, unit, body, call } = context;
      if (!person.name) throw fault('name_required');
      if (person.birthDate && person.birthDate > today(call)) {
        // What is stored of the name stands in it: it is told to who may read all people, and to who has sent all of it.
        const told = operation === 'create' || plan.reveals('name', call);
        const name = told ? person.name : 'the person';
        throw fault('birth_date_in_future', { name, date: person.birthDate });
      }
      if (operation === 'create') await claimIdentifiers(unit.em, body, 'individual_create_failed');
      if (operation === 'replace') await checkIdentifierTypes(unit.em, body, 'national_id');
      reactivate(person, context);
    },
  },
  policies: [consentPolicy('individual'), photosOnRequest],
  errors: {
    ...refusals,
    ...failures({
      create: 'individual_create_failed',
      replace: 'individual_update_failed',
      update: 'individual_patch_failed',
    }),
    not_found: notFound('individual_not_found'),
    malformed_key: said('identifier_malformed'),
  },
});

/** The record that a body is about: its first identifier (contract §9.12). */
export function firstIdentifier(body: never): string {
  const { identifier: [first] = [] } = body as { identifier?: readonly { system: string; value: string }[] };
  return first === undefined ? '' : `${first.system}|${first.value}`;
}
