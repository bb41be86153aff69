import { type Issue, SallyportError } from '../errors/index.ts';

/** What a developer may have answered in place of the usual error: a code of the API's own, another status, another text. */
export interface ParameterFault {
  readonly code: string;
  readonly detail?: string;
  readonly status?: number;
  readonly title?: string;
}

/** Longest piece of a caller's text that is repeated in an error. */
const repeatable = 80;

/** A caller's text as it may stand in an error: quoted, escaped and clipped. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > repeatable ? `${text.slice(0, repeatable)}…` : text);
}

/** A filter that cannot be read: `malformed_filter` (400). */
export function malformedFilter(detail: string, facts: Readonly<Record<string, unknown>> = {}): SallyportError {
  return new SallyportError('malformed_filter', { detail, facts });
}

/** A filter past one of its limits: `filter_too_complex` (400). */
export function tooComplex(detail: string, facts: Readonly<Record<string, unknown>>): SallyportError {
  return new SallyportError('filter_too_complex', { detail, facts });
}

/**
 * The one answer for a name that may not stand in a filter. It is the same, byte for byte, whether there is no such
 * field or the caller may not use it.
 */
export function unusableField(name: string): SallyportError {
  return malformedFilter(`${quoted(name)} is not a field that can be filtered by.`);
}

/**
 * A parameter that is not valid: `invalid_parameter` (400), or what the developer declared in its place.
 *
 * @param name The parameter's name on the wire; never a column.
 * @param issue What an envelope may tell besides: the kind of fault, what was expected, what was sent.
 */
export function invalidParameter(
  name: string,
  message: string,
  fault?: ParameterFault,
  issue: Partial<Pick<Issue, 'code' | 'expected' | 'input'>> = {},
): SallyportError {
  return new SallyportError(fault?.code ?? 'invalid_parameter', {
    status: fault?.status ?? 400,
    detail: fault?.detail ?? `${name}: ${message}`,
    ...(fault?.title === undefined ? {} : { title: fault.title }),
    issues: [{ in: 'query', path: [name], code: 'format', message, ...issue }],
    facts: { parameter: name },
  });
}
