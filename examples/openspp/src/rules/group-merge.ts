import type { EntityManager } from '@mikro-orm/core';
import { type GroupMembership, VocabularyCode } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { namespaces } from '../vocabulary/index.ts';
import { head, isHead } from './memberships.ts';

/** Code of a role in the source group → code in the target group. */
export type RoleMapping = Readonly<Record<string, string>>;

/**
 * The roles that people have after they have come over to another group (contract §10.10): what the mapping says, else
 * their own; a head of theirs is one no more where the other group has a head, or gets one by the mapping.
 *
 * @throws SallyportError [H3] when there would be two heads
 */
export async function rolesAfterMerge(
  em: EntityManager,
  joining: readonly GroupMembership[],
  staying: readonly GroupMembership[],
  mapping: RoleMapping,
): Promise<ReadonlyMap<GroupMembership, VocabularyCode | null>> {
  const found = await em.find(VocabularyCode, { system: namespaces.membershipRole, active: true });
  const roles = new Map(found.map((role) => [role.code, role]));
  const mapped = ({ role }: GroupMembership): VocabularyCode | undefined =>
    role && Object.hasOwn(mapping, role.code) ? roles.get(mapping[role.code] ?? '') : undefined;
  const heads = staying.filter(isHead).length + joining.filter((each) => mapped(each)?.code === head).length;
  if (heads > 1 && joining.some((each) => mapped(each)?.code === head)) throw fault('head_already_set');
  const after = (membership: GroupMembership): VocabularyCode | null => {
    const said = mapped(membership);
    if (said !== undefined) return said;
    if (heads > 0 && isHead(membership)) return roles.get('member') ?? null;
    return membership.role ?? null;
  };
  return new Map(joining.map((each) => [each, after(each)]));
}
