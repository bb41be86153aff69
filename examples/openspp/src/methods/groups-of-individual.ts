import { method } from '@sallyport/core';
import type { GroupMembership } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { active } from '../rules/conditions.ts';
import { conditionsOn } from '../rules/look-up.ts';

/** `GET /Individual/{id}/groups` (contract §9.11): the groups that a person is or was in, latest start first. */
export const groupsOfIndividual = method({
  on: 'record',
  verb: 'GET',
  scope: 'individual:read',
  summary: 'List the groups of a person',
  parameters: [
    {
      name: 'status',
      schema: { type: 'string', enum: ['active', 'inactive'] },
      description: 'Only the memberships of this status; all of them when absent.',
    },
    {
      name: '_count',
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 },
      description: 'Memberships at most; the first ones.',
    },
  ],
  output: (record) => ({
    title: 'GroupMembershipList',
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['GroupMembershipList'], description: 'What this is.' },
      total: { type: 'integer', minimum: 0, description: 'Memberships in this answer.' },
      entry: {
        type: 'array',
        description: 'The memberships, the latest start first.',
        items: { type: 'object', properties: { resource: record('group_member') }, required: ['resource'] },
      },
    },
    required: ['type', 'total', 'entry'],
  }),
  async run(call) {
    // What an allow-list takes from the person is not to be had at an address of its own (contract §4.5).
    if (!(await call.records('individual').shows(call.primaryKey, 'groupMembership'))) throw fault('forbidden');
    const { status, _count: limit = 100 } = call.parameters;
    const records = call.records('group_member');
    const on = conditionsOn<GroupMembership>(call, 'group_member');
    const isActive = active(on, call.now);
    const wanted = status === undefined ? on.always : status === 'active' ? isActive : on.not(isActive);
    const { items } = await records.list({
      where: on.and(on.eq('individual', call.primaryKey as number), wanted),
      limit: Number(limit),
    });
    return { type: 'GroupMembershipList', total: items.length, entry: items.map((resource) => ({ resource })) };
  },
});
