/** Where in a request a fault was found. */
export type IssueLocation = 'body' | 'query' | 'path' | 'header';

/** What kind of fault an {@link Issue} is: one closed list, so that an envelope can translate it into its own terms. */
export type IssueCode =
  | 'json'
  | 'required'
  | 'type'
  | 'enum'
  | 'const'
  | 'pattern'
  | 'format'
  | 'minimum'
  | 'maximum'
  | 'too_short'
  | 'too_long'
  | 'too_few'
  | 'too_many'
  | 'unknown'
  | 'duplicate'
  | 'immutable'
  | 'reference'
  | 'unique'
  | 'rule';

/**
 * One fault of one input value.
 *
 * `path` is made of the input's own names (never a column), the first step being a property of the body or the name of
 * a parameter; `input` is the value that was sent, for envelopes that echo it (it never reaches a log).
 */
export interface Issue {
  readonly in: IssueLocation;
  readonly path: readonly (string | number)[];
  readonly code: IssueCode;
  readonly message: string;
  /** What the schema asked for: the type, the pattern's name, the bound, the allowed values. */
  readonly expected?: unknown;
  readonly input?: unknown;
}

/** The JSON Pointer (RFC 6901) of an issue's path: `/identifier/0/value`. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
