import { type Issue, pointerOf, type SallyportError } from '../errors/index.ts';

/** A problem document (RFC 9457 section 3), with the error's code and faults as extension members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly ProblemFault[];
}

/** One fault of the request. What was sent is not echoed. */
export interface ProblemFault {
  /** JSON Pointer (RFC 6901) into the body, or `/name` of a parameter or header. */
  readonly pointer: string;
  readonly in: Issue['in'];
  readonly code: Issue['code'];
  readonly detail: string;
}

export interface ProblemOptions {
  /** What the codes are appended to; ends in a slash, or in whatever parts a URN. */
  readonly typeBase?: string;
}

/** The media type of problem documents. */
export const problemMediaType = 'application/problem+json';

const defaultTypeBase = 'https://sallyport.dev/problems/';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The problem document of an error. `type` is stable for a code, `title` constant, `instance` names this occurrence by
 * the request's id, which is also in the log.
 */
export function problemBody(error: SallyportError, requestId: string, options: ProblemOptions = {}): Problem {
  return {
    type: `${options.typeBase ?? defaultTypeBase}${encodeURIComponent(error.code)}`,
    title: error.title,
    status: error.status,
    detail: error.detail,
    instance: instanceOf(requestId),
    code: error.code,
    ...(error.issues.length === 0 ? {} : { errors: error.issues.map(faultOf) }),
  };
}

/** A URI for a request id: `urn:uuid:` (RFC 9562 section 4) where it is one. */
export function instanceOf(requestId: string): string {
  return uuid.test(requestId) ? `urn:uuid:${requestId.toLowerCase()}` : `urn:request:${encodeURIComponent(requestId)}`;
}

function faultOf(issue: Issue): ProblemFault {
  return { pointer: pointerOf(issue.path), in: issue.in, code: issue.code, detail: issue.message };
}
