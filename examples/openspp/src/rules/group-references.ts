import { type MethodRun, parseReference, SallyportError } from '@sallyport/core';
import { fault } from '../errors.ts';
import { needsConsent } from './caller.ts';
import { referenceProblem, resourceOfType } from './look-up.ts';

/** What a body may refer to here. */
type Referred = 'Individual' | 'Group';

/** How a reference that cannot be read is refused: of another type, or without a vertical bar. */
interface Faults {
  readonly type: () => SallyportError;
  readonly malformed: () => SallyportError;
}

/** [I3], [I4] */
const usualFaults = (type: Referred): Faults => ({
  type: () => fault('reference_malformed', { form: `${type}/system|value` }),
  malformed: () => fault('reference_identifier_malformed'),
});

/** The key that a body's reference names: `system|value`. @throws what `faults` says; [I3], [I4] when they say nothing */
export function keyIn(reference: string, type: Referred, faults: Faults = usualFaults(type)): string {
  const problem = referenceProblem(reference, [type]);
  if (problem === 'type') throw faults.type();
  const named = parseReference(reference, { types: [type], identifier: true, decode: true });
  if (problem !== undefined || named === undefined) throw faults.malformed();
  return named.key;
}

/**
 * The record of a key that a body may name. To a client that needs consents, one that is not there and one that it may
 * not name are the same refusal, equally late.
 *
 * @throws SallyportError `missing` [A10], [I5]
 */
export async function locateNamed(
  call: MethodRun,
  type: Referred,
  key: string,
  missing: () => SallyportError,
): Promise<number> {
  try {
    return (await call.records(resourceOfType[type] ?? '').references.locate(key)) as number;
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'not_found') throw error;
    throw needsConsent(call) ? fault('access_denied', {}, { cause: error }) : missing();
  }
}

/** The person that a body's reference names. @throws SallyportError [I3], [I4], [I5], [N1], [A10] */
export function personNamed(call: MethodRun, reference: string): Promise<number> {
  return locateNamed(call, 'Individual', keyIn(reference, 'Individual'), () => fault('individual_not_found'));
}
