import { type EntityManager, FlushMode } from '@mikro-orm/core';
import type { WriteHookContext } from '@sallyport/core';
import { Program, ProgramIdentifier, ProgramMembership } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { programSystem } from '../vocabulary/index.ts';
import { today } from './caller.ts';

const asStored = { flushMode: FlushMode.COMMIT, disableIdentityMap: true } as const;

const isTaken = async (em: EntityManager, system: string, value: string): Promise<boolean> =>
  (await em.find(ProgramIdentifier, { system, value }, { ...asStored, limit: 1 })).length > 0;

/** A name in lower case with hyphens for spaces (contract §11.1). */
export const slugOf = (name: string): string => name.trim().toLowerCase().replaceAll(' ', '-');

/**
 * Identifiers of a new program: free [P1]; and where none is of `urn:openspp:program`, the slug of the name besides, with
 * a number where another program has it already (contract §11.4, F28).
 */
export async function claimProgramIdentifiers(em: EntityManager, program: Program): Promise<void> {
  const sent = program.identifiers.getItems(false);
  const seen = new Set<string>();
  for (const { system, value } of sent) {
    if (seen.has(`${system}|${value}`) || (await isTaken(em, system, value))) {
      throw fault('program_identifier_in_use', { system, value });
    }
    seen.add(`${system}|${value}`);
  }
  if (sent.some(({ system }) => system === programSystem)) return;
  const slug = slugOf(program.name).slice(0, 240);
  let value = slug;
  for (let next = 2; await isTaken(em, programSystem, value); next++) value = `${slug}-${next}`;
  em.create(ProgramIdentifier, { program, system: programSystem, value });
}

/** @throws SallyportError [P2] */
export async function checkProgramName(em: EntityManager, program: Program): Promise<void> {
  const others = await em.find(Program, { name: program.name }, { ...asStored, fields: ['id'], limit: 2 });
  if (others.some(({ id }) => id !== program.id)) throw fault('program_name_taken');
}

/** A program keeps its kind of beneficiary while it has any [P3]. */
export async function checkTarget(em: EntityManager, program: Program): Promise<void> {
  const [stored] = await em.find(Program, program.id, { ...asStored, fields: ['targetType'] });
  if (stored === undefined || stored.targetType === program.targetType) return;
  const members = await em.find(ProgramMembership, { program: program.id }, { ...asStored, fields: ['id'], limit: 1 });
  if (members.length > 0) throw fault('target_type_locked');
}

/** An end comes with a date: the one that was sent, or today; a program that goes on has none (contract §11.4). */
export function settleState(program: Program, { operation, body, call }: WriteHookContext): void {
  // A replace that does not say `active` makes the program active again, as it does with people (K6).
  if (operation === 'replace' && body.active === undefined) program.state = 'active';
  if (program.state === 'active') program.endDate = null;
  else program.endDate ??= today(call);
}
