import { defineResource, key, type ResourceDescriptor } from '@sallyport/core';
import { GroupMembership } from '../entities/index.ts';
import { typeField } from '../fields/constants.ts';
import { role } from '../fields/members.ts';
import { addressable } from '../rules/conditions.ts';

const dayOf = (timestamp: unknown): string | undefined =>
  typeof timestamp === 'string' ? timestamp.slice(0, 10) : undefined;

const day = { type: 'string', format: 'date' } as const;

/**
 * A membership as member operations answer it and `/Individual/{id}/groups` lists it (contract §10.7, §9.11). It has no
 * address of its own. Memberships of people or groups that cannot be addressed are not shown.
 */
export const groupMember: ResourceDescriptor = defineResource(GroupMembership, {
  name: 'group_member',
  type: 'GroupMember',
  description: 'The membership of a person in a group.',
  path: '/GroupMember',
  key: key.none(),
  keyName: null,
  order: ['-startDate'],
  domain: (_call, where) => where.and(where.related('group', addressable), where.related('individual', addressable)),
  fields: (f) => ({
    type: typeField(f, 'GroupMember'),
    group: f.reference('group', {
      description: 'The group.',
      resources: ['group'],
      display: 'name',
      hidden: 'reference',
      write: false,
    }),
    entity: f.reference('individual', {
      description: 'The person.',
      resources: ['individual'],
      display: 'name',
      hidden: 'reference',
      write: false,
    }),
    role: role(f, { write: false }),
    startDate: f.computed({
      description: 'The first day of the membership.',
      reads: { at: 'startDate' },
      output: day,
      encode: ({ at }) => dayOf(at),
    }),
    endedDate: f.computed({
      description: 'The last day; absent while it has no end.',
      reads: { at: 'endedDate' },
      output: day,
      encode: ({ at }) => dayOf(at),
    }),
    status: f.computed({
      description: 'Whether the membership goes on.',
      reads: { at: 'endedDate' },
      nullable: false,
      output: { type: 'string', enum: ['active', 'inactive'] },
      timed: true,
      // By the time of the answer: what a call ends, ends after the call has begun.
      encode: ({ at }) => (at === null || Date.parse(String(at)) > Date.now() ? 'active' : 'inactive'),
    }),
  }),
  operations: {},
});

/** A membership as the history tells of it (contract §10.12): when and by whom it was made and ended. */
export const membershipEvent: ResourceDescriptor = defineResource(GroupMembership, {
  name: 'membership_event',
  type: 'MembershipEvent',
  path: '/MembershipEvent',
  key: key.none(),
  keyName: null,
  domain: (_call, where) => where.related('individual', addressable),
  fields: (f) => ({
    member: f.reference('individual', {
      resources: ['individual'],
      display: 'name',
      hidden: 'reference',
      write: false,
    }),
    role: role(f, { write: false }),
    added: f.field('createdAt', { write: false }),
    addedBy: f.field('createdBy', { write: false }),
    ended: f.field('endedDate', { write: false }),
    endedBy: f.field('endedBy', { write: false }),
  }),
  operations: {},
});
