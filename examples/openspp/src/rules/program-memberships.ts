import type { EntityManager } from '@mikro-orm/core';
import {
  type Addressing,
  type CallContext,
  parseReference,
  type RouteCall,
  type WriteHookContext,
} from '@sallyport/core';
import { type membershipStates, Program, type ProgramMembership, Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { hesitate } from '../policies/consent.ts';
import { needsConsent, today } from './caller.ts';
import { beneficiaryReference, conditionsOn, holdersOf, programReference, referenceProblem } from './look-up.ts';

interface MembershipBody {
  readonly program?: { readonly reference?: string };
  readonly beneficiary?: { readonly reference?: string };
}

/** Whether the call names its record by its body: `PUT` on the collection. */
const byBody = (call: RouteCall): MembershipBody | undefined =>
  call.params.key === undefined && call.body.kind === 'json' ? (call.body.value as MembershipBody) : undefined;

/** The key of the beneficiary that a body names. @throws SallyportError [E9], [E10] */
export function beneficiaryOf(body: never): string {
  const reference = (body as MembershipBody).beneficiary?.reference ?? '';
  const problem = referenceProblem(reference, beneficiaryReference.types);
  if (problem === 'type') throw fault('membership_beneficiary_reference_malformed', { reference });
  if (problem === 'malformed') throw fault('membership_beneficiary_identifier_malformed', { reference });
  return parseReference(reference, beneficiaryReference)?.key ?? '';
}

/** The key of the program that a call names. @throws SallyportError [E2], [E3], or for a body [E7], [E8] */
function programKeyOf(call: RouteCall): string | undefined {
  const body = byBody(call);
  const value = body === undefined ? call.parameters.program : (body.program?.reference ?? '');
  if (typeof value !== 'string' || (value === '' && body === undefined)) return undefined;
  const problem = referenceProblem(value, programReference.types);
  if (problem === 'type') {
    if (body !== undefined) throw fault('membership_program_reference_malformed', { reference: value });
    throw fault('program_reference_malformed', { value });
  }
  if (problem === 'malformed') {
    if (body !== undefined) throw fault('membership_program_identifier_malformed', { reference: value });
    throw fault('program_identifier_malformed', { value });
  }
  return parseReference(value, programReference)?.key;
}

/**
 * A membership is named by its beneficiary and the query parameter `program` (contract §12.2). Two registrants that hold
 * the identifier are an ambiguity [I5]; several programs of the one are a question back [E1].
 */
export const membershipAddressing: Addressing = {
  parameters: [
    {
      name: 'program',
      schema: { type: 'string' },
      description: 'The program, where there are several: Program/system|value.',
    },
  ],
  async condition(call, key) {
    const program = programKeyOf(call);
    const ambiguous = (await holdersOf(call, ['individual', 'group'], key)) > 1;
    if (ambiguous && !needsConsent(call)) throw fault('identifier_ambiguous');
    const on = conditionsOn<ProgramMembership>(call, 'program_membership');
    const memberships = call.records('program_membership');
    const readable = await memberships.find(memberships.plan.key.condition(key, call), 2);
    if (readable.length === 0 && needsConsent(call)) {
      call.state.set(unread, true);
      await hesitate(call);
    }
    // Of a beneficiary whose memberships it may not read a client learns nothing, neither here nor from the program.
    if (ambiguous || (readable.length === 0 && needsConsent(call) && program !== undefined)) {
      const named = ambiguous ? undefined : await programNamed(call, program ?? '');
      if (named === undefined) return on.never;
      return on.eq('program', named);
    }
    if (program !== undefined) return on.eq('program', (await call.records('program').locate(program)) as number);
    if (readable.length > 1) throw fault('program_required');
    return on.always;
  },
  location(record) {
    const reference = (record.program as { readonly reference?: string } | undefined)?.reference;
    return reference === undefined ? '' : `?program=${encodeURIComponent(reference)}`;
  },
};

const unread = Symbol('openspp.unread');

/** Whether a call names memberships of which its caller may read none: refusals must not tell that there is one. */
export const isUnread = ({ state }: CallContext): boolean => state.has(unread);

/** The program of a key; undefined when there is none. */
async function programNamed(call: RouteCall, key: string): Promise<number | undefined> {
  const programs = call.records('program');
  const [found] = await programs.find(programs.named(key), 1);
  return found as number | undefined;
}

/** Rules of a new membership [E11], [E12] (contract §12.5). */
export async function checkEnrolment(em: EntityManager, { program, registrant }: ProgramMembership): Promise<void> {
  const { name, targetType, state } = await em.findOneOrFail(Program, program.id);
  const { kind } = await em.findOneOrFail(Registrant, registrant.id, { fields: ['kind'] });
  if (kind !== targetType) throw fault('beneficiary_kind_mismatch', { program: name, kind: targetType });
  if (state !== 'active') throw fault('program_not_active', { program: name });
}

/** Who is enrolled has a date of it: the one that was sent, or today; kept afterwards (contract §22.7, F29). */
export function settleEnrolment(membership: ProgramMembership, { call }: WriteHookContext): void {
  if (membership.state === 'enrolled') membership.enrollmentDate ??= today(call);
}

type State = (typeof membershipStates)[number];

const over = ['exited', 'not_eligible', 'duplicated'] as const;

/** Where a membership goes from each state under the stricter rules (contract §22.7); a draft goes anywhere. */
const nextStates: Readonly<Record<Exclude<State, 'draft'>, readonly State[]>> = {
  enrolled: ['paused', ...over],
  paused: ['enrolled', ...over],
  exited: ['enrolled'],
  not_eligible: [],
  duplicated: [],
};

/** Holds a change of state against the stricter rules. @throws SallyportError [E15] */
export function checkNextState(membership: ProgramMembership, { unit, call, plan }: WriteHookContext): void {
  // What was loaded is a state of the column's.
  const from = unit.em.getUnitOfWork().getOriginalEntityData(membership)?.state as State | undefined;
  const to = membership.state as State;
  if (from === undefined || from === 'draft' || from === to || nextStates[from].includes(to)) return;
  // Who may not read the membership changes it without being told what it was.
  const told = plan.reveals('status', call);
  throw fault('status_change_not_allowed', { from: told ? from : 'its present status', to });
}
