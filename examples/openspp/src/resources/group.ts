import { customParameter, defineResource, parseReference, type ResourceDescriptor } from '@sallyport/core';
import { groupTypes, Registrant } from '../entities/index.ts';
import { fault, parameterFault } from '../errors.ts';
import { addresses } from '../fields/address.ts';
import { typeField } from '../fields/constants.ts';
import { registrantIdentifiers } from '../fields/identifiers.ts';
import { groupMembers, memberCount } from '../fields/members.ts';
import { meta } from '../fields/meta.ts';
import { groupName } from '../fields/name.ts';
import { addMember, removeMember, updateMember } from '../methods/group-members.ts';
import { mergeGroups } from '../methods/group-merge.ts';
import { splitGroup } from '../methods/group-split.ts';
import { membershipHistory } from '../methods/membership-history.ts';
import { consentPolicy, notFound, refusals } from '../policies/consent.ts';
import { active } from '../rules/conditions.ts';
import { onlyNamed, onRegistrants, personReference } from '../rules/look-up.ts';
import { checkNewMembers } from '../rules/new-members.ts';
import { checkIdentifierTypes, claimIdentifiers, reactivate } from '../rules/registrants.ts';
import { firstIdentifier } from './individual.ts';
import {
  activeWords,
  consentAnswers,
  identifierParameter,
  lastUpdatedParameter,
  lastWins,
  nameParameter,
} from './parameters.ts';
import { registrantKey } from './registrant-key.ts';
import { registrantSearch } from './search-limits.ts';
import { failures } from './write-failures.ts';

/** A household, family or other group of people (contract §10); {@link resourcesOf} adds the extensions. */
export const group: ResourceDescriptor = defineResource(Registrant, {
  name: 'group',
  type: 'Group',
  path: '/Group',
  description: 'A household or another group of people.',
  tags: ['Group'],
  key: registrantKey,
  keyName: null,
  version: 'updatedAt',
  versionShownIn: 'meta',
  domain: (_call, where) => where.eq('kind', 'group'),
  defaults: {
    kind: 'group',
    name: 'Unnamed Group',
    groupType: 'household',
  },
  fields: (f) => ({
    type: typeField(f, 'Group'),
    identifier: registrantIdentifiers(f, 'household_id'),
    active: f.field('active', { default: true, description: activeWords }),
    groupType: f.custom({
      description: 'What kind of group it is. Given when the group is made.',
      reads: { type: 'groupType' },
      write: 'create',
      nullable: false,
      output: { type: 'string', enum: groupTypes },
      input: { type: 'string', enum: groupTypes },
      encode: ({ type }) => type ?? 'household',
      assign(made, type: (typeof groupTypes)[number] | null) {
        made.groupType = type ?? 'household';
      },
    }),
    name: groupName(f),
    member: groupMembers(f),
    quantity: memberCount(f),
    address: addresses(f),
    meta: meta(f),
  }),
  order: ['name'],
  sorts: {
    name: { by: ['name'], shownIn: 'name' },
    lastUpdated: { by: ['updatedAt'], shownIn: 'meta' },
  },
  parameters: {
    identifier: identifierParameter,
    name: nameParameter,
    type: {
      kind: 'choice',
      ...lastWins,
      description: 'The groupType of the group.',
      reveals: ['groupType'],
      values: groupTypes,
      error: parameterFault('filter_value_unknown', { parameter: 'type', values: `one of ${groupTypes.join(', ')}` }),
      matches(text, call) {
        const on = onRegistrants(call);
        // The declared values are the column's.
        const type = text as (typeof groupTypes)[number];
        return type === 'household'
          ? on.or(on.eq('groupType', type), on.isNull('groupType'))
          : on.eq('groupType', type);
      },
    },
    member: customParameter({
      ...lastWins,
      description: 'A person who is an active member: Individual/system|value.',
      reveals: ['member'],
      error: parameterFault('filter_member_malformed'),
      parse: (text) => parseReference(text, personReference),
      matches: ({ key }, call) =>
        onlyNamed(call, 'individual', key, (individual) =>
          onRegistrants(call).related('members', (of) => of.and(of.eq('individual', individual), active(of, call.now))),
        ),
    }),
    _lastUpdated: lastUpdatedParameter,
  },
  operations: {
    search: { ...registrantSearch, scope: ['group:read', 'group:search'] },
    read: { responses: consentAnswers('Group') },
    create: { nulls: 'print' },
    update: { nulls: 'print' },
    replace: { nulls: 'print', absent: 'keep', addressedBy: firstIdentifier },
    // Only entries of bundles archive (K18).
    delete: { archive: { active: false }, reach: 'inside' },
  },
  methods: { addMember, removeMember, updateMember, mergeGroups, splitGroup, membershipHistory },
  hooks: {
    async beforeWrite(made, context) {
      const { operation, unit, body, call } = context;
      if (!made.name.trim()) throw fault('name_required');
      if (operation === 'create') {
        const failure = call.operation === 'splitGroup' ? 'group_split_failed' : 'group_create_failed';
        await claimIdentifiers(unit.em, body, failure);
        checkNewMembers(made, context);
      }
      if (operation === 'replace') await checkIdentifierTypes(unit.em, body, 'household_id');
      reactivate(made, context);
    },
  },
  policies: [consentPolicy('group')],
  errors: {
    ...refusals,
    ...failures({
      create: 'group_create_failed',
      replace: 'group_update_failed',
      update: 'group_patch_failed',
      addMember: 'member_add_failed',
      removeMember: 'member_remove_failed',
      updateMember: 'member_update_failed',
      mergeGroups: 'group_merge_failed',
      splitGroup: 'group_split_failed',
    }),
    not_found: notFound('group_not_found'),
  },
});
