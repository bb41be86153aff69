import { type Condition, nothing, type ParameterCall, parseReference, SallyportError, where } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';

/** The only record that a key names, for filters: an unknown one matches nothing (contract §17.1). */
export async function onlyNamed(
  call: Pick<ParameterCall, 'records'>,
  resource: string,
  key: string,
  matches: (primaryKey: number) => Condition,
): Promise<Condition> {
  const records = call.records(resource);
  const [first, second] = await records.find(records.named(key), 2);
  if (first === undefined) return nothing;
  if (second !== undefined) throw new SallyportError('ambiguous_key');
  return matches(first as number);
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
