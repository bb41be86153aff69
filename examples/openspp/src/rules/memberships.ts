import { type EntityManager, LockMode } from '@mikro-orm/core';
import { type CallContext, firstCoding, type MethodRun, parseReference, SallyportError } from '@sallyport/core';
import { GroupMembership, Registrant, VocabularyCode } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { namespaces } from '../vocabulary/index.ts';
import { callerOf, needsConsent } from './caller.ts';
import { personReference, referenceProblem } from './look-up.ts';

const head = 'head';

/** The name that the history shows of whoever changes something (F34). */
export const changedBy = (call: CallContext): string | null => callerOf(call)?.name ?? null;

/** The start of a day that was sent, else now. */
export const startOf = (day: string | null | undefined, { now }: CallContext): string =>
  day ? `${day}T00:00:00.000000Z` : now.toISOString();

/** The person that a body's reference names. @throws SallyportError [I3], [I4], [I5], [N1] */
export async function personNamed(call: MethodRun, reference: string): Promise<number> {
  const problem = referenceProblem(reference, personReference.types);
  if (problem === 'type') throw fault('reference_malformed', { form: 'Individual/system|value' });
  const named = parseReference(reference, personReference);
  if (problem !== undefined || named === undefined) throw fault('reference_identifier_malformed');
  try {
    return (await call.records('individual').references.locate(named.key)) as number;
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'not_found') throw error;
    throw fault(needsConsent(call) ? 'access_denied' : 'individual_not_found', {}, { cause: error });
  }
}

/** The role that a body names; undefined when it names none. @throws SallyportError [H2] */
export async function roleNamed(em: EntityManager, role: unknown): Promise<VocabularyCode | undefined> {
  const coding = firstCoding(role);
  if (coding === undefined) return undefined;
  const { system, code } = coding;
  const found =
    system === namespaces.membershipRole ? await em.findOne(VocabularyCode, { system, code, active: true }) : null;
  if (found === null) throw fault('role_unknown', { system, code });
  return found;
}

/** Makes changes of a group's members wait for each other, so that rules over all of them hold. */
export async function lockGroup(em: EntityManager, group: number): Promise<void> {
  await em.findOne(Registrant, group, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    fields: ['id'],
    disableIdentityMap: true,
  });
}

const open = (now: Date) => ({ $or: [{ endedDate: null }, { endedDate: { $gt: now.toISOString() } }] });

/** The person's membership in the group that has not ended. */
export async function openMembership(
  em: EntityManager,
  { group, individual }: { readonly group: number; readonly individual: number },
  now: Date,
): Promise<GroupMembership | null> {
  return em.findOne(GroupMembership, { group, individual, ...open(now) }, { populate: ['role'] });
}

/** A group has one head at most among its active members [H3] (contract §22.5). */
export async function checkHead(
  em: EntityManager,
  group: number,
  role: VocabularyCode | undefined,
  now: Date,
  except?: GroupMembership,
): Promise<void> {
  if (role?.code !== head) return;
  const heads = await em.count(GroupMembership, {
    group,
    role: { system: namespaces.membershipRole, code: head },
    ...open(now),
    ...(except === undefined ? {} : { id: { $ne: except.id } }),
  });
  if (heads > 0) throw fault('head_already_set');
}

/** @throws SallyportError [H4] */
export function checkPeriod(membership: GroupMembership): void {
  const { startDate, endedDate } = membership;
  if (endedDate && Date.parse(endedDate) < Date.parse(startDate)) throw fault('end_before_start');
}

/** The end that a body names: midnight of the day, or now; on the day of the start, the start itself. */
export function endOf(membership: GroupMembership, day: string | null | undefined, call: CallContext): string {
  return day && membership.startDate.startsWith(day) ? membership.startDate : startOf(day, call);
}
