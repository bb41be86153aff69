import { type Issue, SallyportError } from '../errors/index.ts';
import { isForbiddenName } from './characters.ts';
import type { Pair } from './pairs.ts';

/** What becomes of a query parameter that is sent more than once. */
export type RepeatedParameters = 'refuse' | 'last' | 'all';

/**
 * Applies an API's rule on repeated parameters, and refuses the names `__proto__`, `constructor` and `prototype`
 * whatever the rule. `'last'` keeps the last value at its place, `'all'` keeps every one.
 *
 * @param lists names that may repeat whatever the rule (parameters declared as lists)
 * @throws SallyportError `invalid_parameter` with an issue for each name
 */
export function settleParameters(
  query: readonly Pair[],
  repeated: RepeatedParameters = 'refuse',
  lists?: ReadonlySet<string>,
): readonly Pair[] {
  if (query.length === 0) return query;
  const last = new Map<string, number>();
  const faults = new Map<string, Issue>();
  let repetitions = 0;
  query.forEach(([name, value], index) => {
    if (isForbiddenName(name)) faults.set(name, issue(name, 'unknown', 'This name is not allowed.', value));
    else if (last.has(name) && !lists?.has(name)) {
      repetitions++;
      if (repeated === 'refuse') faults.set(name, issue(name, 'duplicate', 'Sent more than once.', value));
    }
    last.set(name, index);
  });
  if (faults.size > 0) {
    throw new SallyportError('invalid_parameter', {
      detail: 'A query parameter is repeated or has a name that is not allowed.',
      issues: [...faults.values()],
    });
  }
  if (repetitions === 0 || repeated === 'all') return query;
  return query.filter(([name], index) => lists?.has(name) || last.get(name) === index);
}

function issue(name: string, code: 'unknown' | 'duplicate', message: string, input: string): Issue {
  return { in: 'query', path: [name], code, message, input };
}
