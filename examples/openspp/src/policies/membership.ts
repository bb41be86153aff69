import { FlushMode } from '@mikro-orm/core';
import {
  type CallContext,
  type ErrorWordings,
  type Reader,
  type RouteCall,
  SallyportError,
  type WriteHookContext,
} from '@sallyport/core';
import { ProgramMembership } from '../entities/index.ts';
import { fault, said } from '../errors.ts';
import { needsConsent } from '../rules/caller.ts';
import { isUnread } from '../rules/program-memberships.ts';
import { hesitate } from './consent.ts';

/** What refusals may tell a caller of a group and a person. */
export interface Told {
  /** Who the members of the group are, and what. */
  readonly members: boolean;
  /** Whether the person is one of them, and since when. */
  readonly membership: boolean;
}

/** Whether refusals may tell a caller who is a member of a group: not by consent, unless one shows it the members. */
export async function toldOfMembers(call: RouteCall, group: number): Promise<boolean> {
  return !needsConsent(call) || (await call.records('group').shows(group, 'member'));
}

/** What refusals may tell a caller of a person in a group: where the person's groups are shown, this one may be told. */
export async function toldOf(call: RouteCall, group: number, individual: number): Promise<Told> {
  const members = await toldOfMembers(call, group);
  return { members, membership: members || (await call.records('individual').shows(individual, 'groupMembership')) };
}

/**
 * Refuses as somebody unknown is refused, equally late (contract §27.4).
 *
 * @throws SallyportError [A10]
 */
export async function deny(call: CallContext, cause?: unknown): Promise<never> {
  await hesitate(call);
  throw fault('access_denied', {}, { cause });
}

/**
 * Does what depends on who is a member. Its refusals are told to who may know; to others they are all the same one. What
 * a body alone is refused for is to be judged before, or the order would tell.
 *
 * @throws SallyportError [A10], or what `work` throws
 */
export async function discreetly<T>(call: CallContext, isTold: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isTold || !(error instanceof SallyportError)) throw error;
    return deny(call, error);
  }
}

/**
 * Refuses to a client that needs consents to enrol somebody twice: only where it may read the membership is it told of it.
 * To others the database tells.
 *
 * @throws SallyportError [E4], [A10]
 */
export async function checkNotEnrolled(
  { program, registrant }: ProgramMembership,
  { call, unit }: WriteHookContext,
): Promise<void> {
  if (!needsConsent(call)) return;
  // What is being made must not be sent yet.
  const found = await unit.em.findOne(
    ProgramMembership,
    { program, registrant },
    { fields: ['id'], flushMode: FlushMode.COMMIT, disableIdentityMap: true },
  );
  if (found === null) return;
  const reader: Reader = {
    read: (query, asking) => unit.read({ ...query, pending: 'leave' }, asking),
    count: (model, where, mode) => unit.count(model, where, mode),
  };
  // Whoever needs consents has come by a route.
  const memberships = (call as RouteCall).records('program_membership').through(reader);
  if (!(await memberships.shows(found.id, 'program'))) await deny(call);
  throw fault('already_enrolled');
}

/** How a change of a membership is refused that the caller may not read: as if there were none. */
const unread = (error: SallyportError, call: CallContext | undefined) =>
  call !== undefined && isUnread(call) ? fault('access_denied', {}, { cause: error }) : undefined;

/** Refusals that only a membership that is there can meet. */
export const enrolmentRefusals: ErrorWordings<string> = {
  // Two that enrol somebody at once: only the database knows, and who may be told is not asked any more.
  duplicate: (_error, call) => said(call !== undefined && needsConsent(call) ? 'access_denied' : 'already_enrolled'),
  // An entity tag that cannot be read is read last.
  malformed_request: (error, call) => unread(error, call) ?? { code: 'request_rejected' },
  precondition_failed: (error, call) => unread(error, call) ?? said('version_conflict'),
  ...Object.fromEntries(
    (
      [
        'membership_program_fixed',
        'membership_beneficiary_fixed',
        'membership_program_reference_malformed',
        'membership_program_identifier_malformed',
        'membership_beneficiary_reference_malformed',
        'membership_beneficiary_identifier_malformed',
        'status_change_not_allowed',
      ] as const
    ).map((code) => [code, (error: SallyportError, call: CallContext | undefined) => unread(error, call) ?? error]),
  ),
};
