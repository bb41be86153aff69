import { type Issue, malformedFilter, SallyportError } from '@sallyport/core';

/** Longest piece of a caller's text that is repeated in an error. */
const repeatable = 80;

/** A caller's text as it may stand in an error: escaped and clipped. */
function told(text: string): string {
  return JSON.stringify(text.length > repeatable ? `${text.slice(0, repeatable)}…` : text);
}

/** The codes of the plugin's own errors; all are 400. */
export type FilterErrorCode =
  | 'filter_unknown'
  | 'filter_operator_not_allowed'
  | 'filter_too_many_values'
  | 'preset_unknown'
  | 'sort_field_unknown';

const refused = (
  code: FilterErrorCode,
  title: string,
  detail: string,
  facts: Readonly<Record<string, string | number>>,
) => new SallyportError(code, { status: 400, title, detail, facts });

/** The one answer for a filter that is not there and for one that the caller may not use, byte for byte. */
export function unknownFilter(name: string, resource: string): SallyportError {
  const filter = told(name);
  return refused('filter_unknown', 'There is no such filter', `${resource} has no filter ${filter}.`, {
    filter,
    resource,
  });
}

export function operatorNotAllowed(sent: string, operators: readonly string[], name: string): SallyportError {
  const [operator, allowed, filter] = [told(sent), operators.join(', '), told(name)];
  const detail = `The filter ${filter} takes ${allowed}, not ${operator}.`;
  return refused('filter_operator_not_allowed', 'The filter has no such operator', detail, {
    operator,
    allowed,
    filter,
  });
}

export function tooManyValues(count: number, limit: number, name: string): SallyportError {
  const filter = told(name);
  const detail = `${count} values were sent for the filter ${filter}; it takes ${limit} at most.`;
  return refused('filter_too_many_values', 'A list of values is too long', detail, { count, limit, filter });
}

/** The one answer for a preset that is not there, a private one, and one whose filters the caller may not use. */
export function unknownPreset(name: string, resource: string): SallyportError {
  const preset = told(name);
  return refused('preset_unknown', 'There is no such preset', `${resource} has no preset ${preset}.`, {
    preset,
    resource,
  });
}

export function unknownSort(name: string): SallyportError {
  const field = told(name);
  return refused('sort_field_unknown', 'The field cannot be sorted by', `${field} cannot be sorted by.`, { field });
}

export function tooManyConditions(count: number, limit: number): SallyportError {
  const detail = `The search has ${count} conditions; ${limit} are the most.`;
  return new SallyportError('filter_too_complex', { detail, facts: { count, limit } });
}

export function tooDeep(limit: number): SallyportError {
  const detail = `Conditions may be nested ${limit} levels deep.`;
  return new SallyportError('filter_too_complex', { detail, facts: { depth: limit } });
}

/** A value that is none of the filter's type. */
export function badValue(name: string, form: string): SallyportError {
  const filter = told(name);
  return malformedFilter(`The filter ${filter} takes ${form}.`, { filter, form });
}

export function missingFilter(name: string): SallyportError {
  return malformedFilter(`The search must use the filter ${told(name)}.`, { filter: told(name) });
}

/** A part of the body that is not shaped as a condition. */
export function malformedNode(
  path: readonly (string | number)[],
  code: Issue['code'],
  message: string,
  expected?: unknown,
): SallyportError {
  const issue: Issue = { in: 'body', path, code, message, ...(expected === undefined ? {} : { expected }) };
  return new SallyportError('invalid_body', {
    detail: 'One or more members of the body are not valid.',
    issues: [issue],
  });
}
