import { type JsonSchema, method } from '@sallyport/core';
import { fault } from '../errors.ts';
import { discreetly, toldOfMembers } from '../policies/membership.ts';
import { type RoleMapping, rolesAfterMerge } from '../rules/group-merge.ts';
import { keyIn, locateNamed } from '../rules/group-references.ts';
import { join, leave, lockGroups, openMemberships } from '../rules/memberships.ts';
import { markChange } from '../rules/registrants.ts';
import { referenceTo } from './group-schemas.ts';

interface MergeBody {
  readonly sourceGroup: { readonly reference: string };
  readonly targetGroup: { readonly reference: string };
  readonly roleMapping?: RoleMapping | null;
}

const input: JsonSchema = {
  title: 'GroupMerge',
  type: 'object',
  properties: {
    sourceGroup: referenceTo('The group whose members go over, and which is archived.'),
    targetGroup: referenceTo('The group that they come to.'),
    roleMapping: {
      type: ['object', 'null'],
      description: 'Code of a role in the source group → code in the target group.',
      additionalProperties: { type: 'string' },
      maxProperties: 100,
    },
  },
  required: ['sourceGroup', 'targetGroup'],
};

/**
 * `POST /Group/$merge` (contract §10.10): the source group's active members go over to the target group, and the source
 * is archived. It keeps its identifiers (K20). All or nothing (F23).
 */
export const mergeGroups = method<MergeBody>({
  on: 'collection',
  path: '$merge',
  scope: 'group:update',
  summary: 'Merge a group into another',
  input,
  description: 'The answer is the target group.',
  output: (record) => record('group'),
  responses: { 404: { description: 'There is no such source group, or no such target group.' } },
  async run(call) {
    const { em } = call.inUnit;
    const { sourceGroup, targetGroup, roleMapping } = call.input;
    const [sourceKey, targetKey] = [sourceGroup, targetGroup].map(({ reference }) => keyIn(reference, 'Group'));
    const source = await locateNamed(call, 'Group', sourceKey ?? '', () => fault('source_group_not_found'));
    const target = await locateNamed(call, 'Group', targetKey ?? '', () => fault('target_group_not_found'));
    if (source === target) throw fault('merge_same_group');
    const told = (await toldOfMembers(call, source)) && (await toldOfMembers(call, target));
    const { locked, at } = await lockGroups(em, [source, target], call);
    const [from, into] = [locked.get(source), locked.get(target)];
    if (from?.active !== true) throw fault('source_group_inactive');
    // Who came over to a group that is archived would be in no group that a search finds.
    if (into?.active !== true) throw fault('group_merge_failed');

    const leaving = await openMemberships(em, source, at);
    const staying = await openMemberships(em, target, at);
    const there = new Set(staying.map(({ individual }) => individual.id));
    const joining = leaving.filter(({ individual }) => !there.has(individual.id));
    const roles = await discreetly(call, told, () => rolesAfterMerge(em, joining, staying, roleMapping ?? {}));
    for (const membership of leaving) {
      const { endedDate } = leave(membership, { at, call });
      if (there.has(membership.individual.id)) continue;
      const who = { group: into, individual: membership.individual };
      join(em, who, roles.get(membership) ?? null, { at, call, endedDate });
    }
    from.active = false;
    for (const group of [from, into]) await markChange(group, 'merge', call);
    return (await call.answer('group', target, { nulls: 'omit' })).value;
  },
});
