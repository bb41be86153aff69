import type { FieldBuilder, FieldDefinition, ReferenceFault, SallyportError, Where } from '@sallyport/core';
import type { GroupMembership, Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { active, addressable } from '../rules/conditions.ts';
import { roleStandIns } from '../rules/memberships.ts';
import { namespaces } from '../vocabulary/index.ts';
import { emptyField, periodSchema, unstoredPeriod } from './constants.ts';

/** The code of a role; only codes of the role vocabulary are accepted (F22). */
export function role(f: FieldBuilder<GroupMembership>, rules: { readonly write?: false } = {}): FieldDefinition {
  return f.coded('role', {
    description: 'The role in the group: a code of urn:openspp:vocab:group-membership-type, such as head.',
    ...rules,
    system: 'system',
    code: 'code',
    display: 'display',
    text: false,
    systems: [namespaces.membershipRole],
    standIns: roleStandIns,
    error: (system, code) => fault('role_unknown', { system, code }),
  });
}

/** How a member reference of `POST /Group` fails (F6): malformed 400, unknown 422, ambiguous 409. */
function memberFault(reason: ReferenceFault, reference: string): SallyportError {
  switch (reason) {
    case 'type':
      return fault('reference_malformed', { form: 'Individual/system|value' });
    case 'malformed':
      return fault('reference_identifier_malformed');
    case 'ambiguous':
      return fault('identifier_ambiguous');
    case 'unresolved':
      return fault('member_not_found', { reference });
  }
}

/** A membership that is shown in a group: not ended, of somebody who can be addressed. */
const shownMember = (now: Date, where: Where<GroupMembership>) =>
  where.and(active(where, now), where.related('individual', addressable));

/** The active members of a group (contract §10.1); accepted when the group is made. */
export function groupMembers(f: FieldBuilder<Registrant>): FieldDefinition {
  return f.list(
    'members',
    (each: FieldBuilder<GroupMembership>) => ({
      entity: each.reference('individual', {
        description: 'The person: Individual/system|value.',
        resources: ['individual'],
        display: 'name',
        hidden: 'reference',
        error: memberFault,
      }),
      inactive: each.custom({
        description: 'Always false: only active members are shown. Accepted, and not stored.',
        reads: {},
        nullable: false,
        output: { type: 'boolean' },
        input: { type: 'boolean' },
        encode: () => false,
        assign: () => {},
      }),
      role: role(each),
      period: unstoredPeriod(each),
    }),
    {
      description: 'The active members. Given when the group is made; later, $add-member and its like change them.',
      write: 'create',
      empty: 'unset',
      items: { max: 1000 },
      where: ({ now }, where) => shownMember(now, where),
    },
  );
}

/** The number of printed members. */
export function memberCount(f: FieldBuilder<Registrant>): FieldDefinition {
  return f.count('members', {
    description: 'How many active members there are.',
    where: ({ now }, where) => shownMember(now, where),
    empty: 'unset',
  });
}

/** The groups that a person is in (contract §9.1): active memberships of groups that can be addressed (F40). */
export function groupsOfPerson(f: FieldBuilder<Registrant>): FieldDefinition {
  return f.list(
    'groupMemberships',
    (each: FieldBuilder<GroupMembership>) => ({
      group: each.reference('group', {
        description: 'The group.',
        resources: ['group'],
        display: 'name',
        hidden: 'reference',
        write: false,
      }),
      role: role(each, { write: false }),
      period: emptyField(each, periodSchema, 'Not known: never shown.'),
    }),
    {
      description: 'The groups that the person is an active member of.',
      write: false,
      empty: 'unset',
      where: ({ now }, where) => where.and(active(where, now), where.related('group', addressable)),
    },
  );
}
