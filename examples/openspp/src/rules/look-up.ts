import { type Condition, nothing, type ParameterCall, parseReference, SallyportError, where } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';

/**
 * The only record that a key names, for filters: an unknown one matches nothing, and so does an ambiguous one for who may
 * not read all that it names (contract §17.1).
 */
export async function onlyNamed(
  call: Pick<ParameterCall, 'records'>,
  resource: string,
  key: string,
  matches: (primaryKey: number) => Condition,
): Promise<Condition> {
  const records = call.records(resource);
  try {
    return matches((await records.locateWhere(records.named(key))) as number);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'not_found') return nothing;
    throw error;
  }
}

/** How many registrants of some resources hold an identifier, whoever may read them: for who decides what is told of it. */
export async function holdersOf(
  call: Pick<ParameterCall, 'records'>,
  resources: readonly string[],
  key: string,
): Promise<number> {
  let holders = 0;
  for (const resource of resources) {
    const records = call.records(resource);
    holders += (await records.tally(records.named(key))).all;
  }
  return holders;
}

/** The builder of conditions on the entity of a resource. */
export const conditionsOn = <E>(call: Pick<ParameterCall, 'records'>, resource: string) =>
  where<E>(call.records(resource).plan.model);

/** The builder of conditions on registrants. */
export const onRegistrants = (call: Pick<ParameterCall, 'records'>) => conditionsOn<Registrant>(call, 'individual');

/** The forms of references (contract §7.6). */
export const personReference = { types: ['Individual'], identifier: true, decode: true } as const;
export const programReference = { types: ['Program'], identifier: true, decode: true } as const;
export const beneficiaryReference = { types: ['Individual', 'Group'], identifier: true, decode: true } as const;

/** The resource that serves a type of reference. */
export const resourceOfType: Readonly<Record<string, string>> = { Individual: 'individual', Group: 'group' };

/** Why a reference cannot be read: another type, or no vertical bar behind the right one. */
export function referenceProblem(text: string, types: readonly string[]): 'type' | 'malformed' | undefined {
  if (!types.some((type) => text.startsWith(`${type}/`))) return 'type';
  return parseReference(text, { types, identifier: true, decode: true }) === undefined ? 'malformed' : undefined;
}
