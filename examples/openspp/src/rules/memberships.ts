import { type EntityManager, LockMode } from '@mikro-orm/core';
import { type CallContext, type Clock, ClockService, firstCoding } from '@sallyport/core';
import { GroupMembership, Registrant, timestampOf, VocabularyCode } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { namespaces } from '../vocabulary/index.ts';
import { callerOf } from './caller.ts';

/** The role that one member of a group has at most. */
export const head = 'head';

/** The name that the history shows of whoever changes something (F34). */
export const changedBy = (call: CallContext): string | null => callerOf(call)?.name ?? null;

const latest = new WeakMap<Clock, number>();

/** The present by the API's clock. It is never the same twice, so that what happens later is later in the history too. */
export function present({ services }: CallContext): string {
  const clock = services.resolve(ClockService);
  const moment = Math.max((latest.get(clock) ?? 0) + 1, clock.now().getTime() * 1000);
  latest.set(clock, moment);
  return timestampOf(moment);
}

/** The start of a day. */
export const startOf = (day: string): string => `${day}T00:00:00.000000Z`;

/**
 * Published clients take roles from the vocabulary of relationships (contract §23.3): a code that is a role, too, stands
 * for it there. Only roles are kept (F22).
 */
export const roleStandIns = { [namespaces.relationship]: namespaces.membershipRole };

/** The role of a code; unknown ones and those of other vocabularies are none (F22). */
export function findRole(em: EntityManager, code: string): Promise<VocabularyCode | null> {
  return em.findOne(VocabularyCode, { system: namespaces.membershipRole, code, active: true });
}

/** The role that a body names; undefined when it names none. @throws SallyportError [H2] */
export async function roleNamed(em: EntityManager, role: unknown): Promise<VocabularyCode | undefined> {
  const coding = firstCoding(role);
  if (coding === undefined) return undefined;
  const { system, code } = coding;
  const isRole = system === namespaces.membershipRole || Object.hasOwn(roleStandIns, system);
  const found = isRole ? await findRole(em, code) : null;
  if (found === null) throw fault('role_unknown', { system, code });
  return found;
}

/**
 * Makes changes of the members of some groups wait for each other, so that rules over all of them hold: one head, nobody
 * twice. No index could: who is a member is asked of the clock, and a membership that is to end is one until then. Groups
 * are locked in one order, so that no two calls wait for each other.
 *
 * Answers the groups by id, and the time from which on nobody else changes their members. The time of the call is not it:
 * while the call has waited, others have changed them.
 */
export async function lockGroups(
  em: EntityManager,
  groups: readonly number[],
  call: CallContext,
): Promise<{ readonly locked: ReadonlyMap<number, Registrant>; readonly at: string }> {
  const found = await em.find(
    Registrant,
    { id: { $in: [...groups] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  return { locked: new Map(found.map((group) => [group.id, group])), at: present(call) };
}

const open = (at: string) => ({ $or: [{ endedDate: null }, { endedDate: { $gt: at } }] });

/** The memberships of a group that have not ended, oldest first. */
export function openMemberships(em: EntityManager, group: number, at: string): Promise<GroupMembership[]> {
  return em.find(GroupMembership, { group, ...open(at) }, { populate: ['role'], orderBy: { id: 'asc' } });
}

/** The person's membership in the group that has not ended. */
export function openMembership(
  em: EntityManager,
  { group, individual }: { readonly group: number; readonly individual: number },
  at: string,
): Promise<GroupMembership | null> {
  return em.findOne(GroupMembership, { group, individual, ...open(at) }, { populate: ['role'] });
}

/** Whether it is the membership of a head. */
export const isHead = ({ role }: GroupMembership): boolean =>
  role?.code === head && role.system === namespaces.membershipRole;

/** A group has one head at most among its active members [H3] (contract §22.5). */
export async function checkHead(
  em: EntityManager,
  group: number,
  role: VocabularyCode | undefined,
  at: string,
  except?: GroupMembership,
): Promise<void> {
  if (role?.code !== head) return;
  const heads = await em.count(GroupMembership, {
    group,
    role: { system: namespaces.membershipRole, code: head },
    ...open(at),
    ...(except === undefined ? {} : { id: { $ne: except.id } }),
  });
  if (heads > 0) throw fault('head_already_set');
}

/** @throws SallyportError [H4] */
export function checkPeriod({ startDate, endedDate }: GroupMembership): void {
  if (endedDate && Date.parse(endedDate) < Date.parse(startDate)) throw fault('end_before_start');
}

/** The end that a body names: midnight of the day, and the start itself on the day of the start. */
export function endOn(day: string, { startDate }: GroupMembership): string {
  return startDate.startsWith(day) ? startDate : startOf(day);
}

/** The present as the end of a membership: not before it was made, whatever the clock of another process has said. */
export function endNow(at: string, { createdAt }: GroupMembership): string {
  return at < createdAt ? createdAt : at;
}

/** A person begins to be a member. */
export function join(
  em: EntityManager,
  { group, individual }: { readonly group: Registrant; readonly individual: Registrant },
  role: VocabularyCode | null,
  { at, call, startDate = at, endedDate = null }: Joining,
): GroupMembership {
  const createdBy = changedBy(call);
  return em.create(GroupMembership, { group, individual, role, startDate, endedDate, createdAt: at, createdBy });
}

interface Joining {
  readonly at: string;
  readonly call: CallContext;
  /** Now, when absent. */
  readonly startDate?: string | undefined;
  readonly endedDate?: string | null | undefined;
}

/**
 * A person goes over to another group: out of this one now, into that one now. What was planned for later goes along: a
 * membership that was yet to begin is one that never did, and one that was to end then ends in the other group.
 */
export function leave(membership: GroupMembership, { at, call }: Joining): { readonly endedDate: string | null } {
  const planned = membership.endedDate ?? null;
  const end = endNow(at, membership);
  if (membership.startDate > end) membership.startDate = end;
  membership.endedDate = end;
  membership.endedBy = changedBy(call);
  return { endedDate: planned };
}
