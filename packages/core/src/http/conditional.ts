import { type EntityTagOptions, matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tag.ts';
import { parseHttpDate } from './http-date.ts';

/** What is known of the representation that a request speaks of. */
export interface CurrentRepresentation {
  /** The value of its strong entity tag, without quotes. */
  readonly etag?: string;
  readonly lastModified?: Date;
}

export interface PreconditionRequest {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined`: there is none. */
  readonly current: CurrentRepresentation | undefined;
  /** Read `If-Match` leniently, see {@link EntityTagOptions}. */
  readonly lenient?: boolean;
}

/** `not-modified` is a 304, `failed` a 412. */
export type PreconditionResult = 'proceed' | 'not-modified' | 'failed';

/**
 * Whether `If-Match` lets a change through (RFC 9110 section 13.1.1): strong comparison; `*` asks that there be a
 * representation. Without the header there is no condition. This is the early answer; the write itself must still
 * compare the version, in the statement that changes it.
 *
 * @param currentTag value of the strong tag; `undefined`: there is no representation
 * @throws SallyportError `malformed_request` for a header outside the grammar
 */
export function evaluateIfMatch(
  header: string | undefined,
  currentTag: string | undefined,
  options: EntityTagOptions = {},
): boolean {
  if (header === undefined) return true;
  const tags = parseEntityTags('if-match', header, options);
  if (currentTag === undefined) return false;
  return tags === '*' || matchesStrongly(tags, currentTag);
}

/**
 * Whether `If-None-Match` holds (RFC 9110 section 13.1.2): weak comparison; `*` asks that there be no representation.
 *
 * @throws SallyportError `malformed_request`
 */
export function evaluateIfNoneMatch(header: string | undefined, currentTag: string | undefined): boolean {
  if (header === undefined) return true;
  const tags = parseEntityTags('if-none-match', header);
  if (currentTag === undefined) return true;
  return tags !== '*' && !matchesWeakly(tags, currentTag);
}

/**
 * Whether a read can be answered with 304: `If-None-Match`, and only in its absence `If-Modified-Since`.
 *
 * @throws SallyportError `malformed_request`
 */
export function isNotModified(
  headers: Readonly<Record<string, string>>,
  current: CurrentRepresentation | undefined,
): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return !evaluateIfNoneMatch(ifNoneMatch, tagOf(current));
  const since = dateOf(headers['if-modified-since']);
  const modified = secondsOf(current?.lastModified);
  return since !== undefined && modified !== undefined && modified <= since;
}

/**
 * Judges all preconditions of a request in the order of RFC 9110 section 13.2.2. To be asked only once the request
 * would succeed without them (section 13.2.1): after authentication, authorisation and the search for the record. Dates
 * that are no dates are passed over, as the RFC has it; tags that are no tags are refused.
 *
 * @throws SallyportError `malformed_request`
 */
export function evaluatePreconditions(request: PreconditionRequest): PreconditionResult {
  const { headers, current } = request;
  const tag = tagOf(current);
  if (headers['if-match'] !== undefined) {
    if (!evaluateIfMatch(headers['if-match'], tag, { lenient: request.lenient === true })) return 'failed';
  } else {
    const until = dateOf(headers['if-unmodified-since']);
    const modified = secondsOf(current?.lastModified);
    if (until !== undefined && modified !== undefined && modified > until) return 'failed';
  }
  if (isSafe(request.method)) return isNotModified(headers, current) ? 'not-modified' : 'proceed';
  return evaluateIfNoneMatch(headers['if-none-match'], tag) ? 'proceed' : 'failed';
}

/** A representation without a tag exists all the same; no tag has this value, as a space cannot occur in one. */
function tagOf(current: CurrentRepresentation | undefined): string | undefined {
  return current === undefined ? undefined : (current.etag ?? ' ');
}

function dateOf(header: string | undefined): number | undefined {
  const time = header === undefined ? undefined : parseHttpDate(header);
  return time === undefined ? undefined : Math.floor(time / 1000);
}

/** HTTP dates count seconds: what comes after the second is cut off on both sides. */
function secondsOf(date: Date | undefined): number | undefined {
  return date === undefined ? undefined : Math.floor(date.getTime() / 1000);
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'QUERY';
}
