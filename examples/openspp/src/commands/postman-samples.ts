import type { OperationSample } from '@sallyport/plugins/postman';

const idType = 'urn:openspp:vocab:id-type';
const system = { person: `${idType}#national_id`, household: `${idType}#household_id`, program: 'urn:openspp:program' };

/** The keys of what the collection makes: others with each token, so that it can be played again. */
const key = {
  ada: `${system.person}|PM-A-{{run}}`,
  ben: `${system.person}|PM-B-{{run}}`,
  cleo: `${system.person}|PM-C-{{run}}`,
  house: `${system.household}|PM-H-{{run}}`,
  second: `${system.household}|PM-I-{{run}}`,
  program: `${system.program}|PM-P-{{run}}`,
};
type Known = keyof typeof key;

const identifier = (name: Known) => {
  const [system = '', value = ''] = key[name].split('|');
  return [{ system, value }];
};
/** A key in an address: all but the variable is percent-encoded. */
const encoded = (name: Known): string =>
  encodeURIComponent(key[name]).replaceAll('%7B%7B', '{{').replaceAll('%7D%7D', '}}');
const reference = (type: string, name: Known) => ({ reference: `${type}/${key[name]}` });
const coding = (vocabulary: string, code: string) => ({ coding: [{ system: vocabulary, code }] });

const person = (name: Known, given: string) => ({
  type: 'Individual',
  identifier: identifier(name),
  name: { given, family: 'Birungi' },
  birthDate: '1991-08-23',
  gender: coding('urn:iso:std:iso:5218', '2'),
  telecom: [{ system: 'phone', value: '+256700111222', use: 'mobile' }],
});
const role = (code: string) => coding('urn:openspp:vocab:group-membership-type', code);
const household = (name: Known, member: readonly object[], title: string) => ({
  type: 'Group',
  identifier: identifier(name),
  groupType: 'household',
  name: title,
  member,
});
const program = {
  type: 'Program',
  identifier: identifier('program'),
  name: 'River Valley Cash {{run}}',
  programType: coding('urn:openspp:vocab:program-type', 'cash-transfer'),
  targetType: 'individual',
};
const membership = {
  type: 'ProgramMembership',
  program: reference('Program', 'program'),
  beneficiary: reference('Individual', 'ada'),
  status: 'enrolled',
  enrollmentDate: '2026-01-15',
};

const ada: OperationSample = { path: { key: encoded('ada') } };
const house: OperationSample = { path: { key: encoded('house') } };
const enrolment: OperationSample = {
  path: { key: encoded('ada') },
  query: { program: `Program/${encoded('program')}` },
};
const members = [{ entity: reference('Individual', 'ada'), role: role('head') }];
const consent: OperationSample = { path: { consent: '{{consent}}' } };
const reason: OperationSample = { ...consent, body: { reason: 'Asked for by the person' } };
const byName = (name: string, value: string): OperationSample => ({
  body: { filters: [{ field: name, operator: 'ilike', value }], pagination: { count: 20, offset: 0 } },
});
const searches = (resource: string, name: string, value: string) => ({
  [`${resource}_query`]: byName(name, value),
  [`${resource}_advancedSearch`]: byName(name, value),
});

/** Tags in an order in which every request finds what it needs. */
export const postmanFolders = ['OAuth', 'Metadata', 'Individual', 'Bundle', 'Group', 'Program', 'ProgramMembership'];

/** Made-up people for the requests of the collection, by the operation's id. */
export const postmanSamples: Readonly<Record<string, OperationSample>> = {
  individual_create: { body: person('ada', 'Ada') },
  individual_search: { query: { name: 'Birungi', _count: '20' } },
  individual_replaceByBody: { body: person('ada', 'Ada Maria') },
  individual_read: ada,
  individual_replace: { ...ada, body: person('ada', 'Ada') },
  individual_update: { ...ada, body: { birthDate: '1991-08-24' } },
  individual_groups: ada,
  ...searches('individual', 'name', 'Birungi'),
  bundle: {
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:ben',
          request: { method: 'POST', url: 'Individual' },
          resource: person('ben', 'Ben'),
        },
        {
          fullUrl: 'urn:uuid:house',
          request: { method: 'POST', url: 'Group' },
          resource: household('second', [{ entity: { reference: 'urn:uuid:ben' } }], 'Second house'),
        },
        { request: { method: 'POST', url: 'Individual' }, resource: person('cleo', 'Cleo') },
      ],
    },
  },
  group_create: { body: household('house', members, 'Birungi house') },
  group_search: { query: { name: 'Birungi', _count: '20' } },
  group_replaceByBody: { body: household('house', members, 'Birungi house') },
  group_read: house,
  group_replace: { ...house, body: household('house', members, 'House of Birungi') },
  group_update: { ...house, body: { name: 'Birungi compound' } },
  group_addMember: { ...house, body: { entity: reference('Individual', 'cleo'), role: role('child') } },
  group_removeMember: { ...house, body: { entity: reference('Individual', 'cleo'), reason: 'Moved away' } },
  group_updateMember: {
    path: { key: encoded('house'), individual: encoded('ada') },
    body: { startDate: '2026-01-01' },
  },
  group_mergeGroups: {
    body: { sourceGroup: reference('Group', 'second'), targetGroup: reference('Group', 'house') },
  },
  group_splitGroup: {
    ...house,
    body: {
      newGroupIdentifier: [{ system: system.household, value: 'PM-S-{{run}}' }],
      membersToMove: [reference('Individual', 'ben')],
    },
  },
  group_membershipHistory: house,
  ...searches('group', 'name', 'Birungi'),
  program_create: { body: program },
  program_search: { query: { _count: '20' } },
  program_replaceByBody: { body: program },
  program_read: { path: { key: encoded('program') } },
  program_replace: { path: { key: encoded('program') }, body: program },
  program_update: { path: { key: encoded('program') }, body: { description: 'Cash for households by the river' } },
  ...searches('program', 'name', 'River'),
  program_membership_create: { body: membership },
  program_membership_search: { query: { beneficiary: `Individual/${encoded('ada')}` } },
  program_membership_replaceByBody: { body: membership },
  program_membership_read: enrolment,
  program_membership_replace: { ...enrolment, body: { ...membership, status: 'paused' } },
  program_membership_query: { body: { filters: [{ field: 'state', operator: 'in', value: ['enrolled', 'paused'] }] } },
  program_membership_advancedSearch: {
    body: { filters: [{ field: 'state', operator: 'in', value: ['enrolled', 'paused'] }] },
  },
  bulkExport: { body: { type: 'Individual', identifiers: [key.ada, key.ben], _elements: 'name,birthDate' } },
  consent_status: consent,
  consent_receipt: consent,
  consent_history: consent,
  consent_accessSummary: consent,
  consent_revoke: reason,
  consent_revokeByDelete: reason,
};
