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
    { name: 'status', schema: { type: 'string', enum: ['active', 'inactive'] }, description: 'Only these; else both.' },
    { name: '_count', schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 }, description: 'At most.' },
  ],
  output: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['GroupMembershipList'] },
      total: { type: 'integer' },
      entry: { type: 'array', items: { type: 'object' } },
    },
    required: ['type', 'total', 'entry'],
  },
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
