/** How a call ended, as an audit tells it. */
export type AuditStatus = 'success' | 'access_denied' | 'not_found' | 'validation_error' | 'error';

/** Why a call may do what it does; every part is the API's own word. */
export interface AuditGround {
  /** The legal basis: `consent`, `public_task`, `contract`. */
  readonly basis?: string | undefined;
  /** What grants it in this very case, by an external id: a consent, a mandate, a case. */
  readonly authority?: string | undefined;
  readonly purpose?: string | undefined;
}

/**
 * What is kept of a call on a resource, or of one record that a page of it showed: names and numbers, and the identifiers
 * that the API has for records on the wire. Never a value of a field, a filter or a body, and never an internal id.
 */
export interface AuditRecord extends AuditGround {
  /** `record`: one record of a page that is told of besides the call. */
  readonly kind: 'call' | 'record';
  readonly at: Date;
  readonly api: string;
  /** Id of the request. */
  readonly request: string;
  /** Of a call inside another: which of its calls it was, from 1. */
  readonly part?: number | undefined;
  /** Id of the client or user; absent for callers without credentials. */
  readonly caller?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly operation: string;
  readonly resource: string;
  /** The record's key on the wire; `search`, or what the route says of itself, for calls on many. */
  readonly identifier?: string | undefined;
  /** Names of the search parameters that were used; never their values. */
  readonly parameters: readonly string[];
  /** How many records were answered; absent where the call failed. */
  readonly results?: number | undefined;
  /** Names of the fields that were answered, with the parts of those that have some: `extension`, `extension.fisher`. */
  readonly fields: readonly string[];
  readonly status: AuditStatus;
  /** Code of the error. */
  readonly error?: string | undefined;
}

/** What a status of HTTP comes to. */
export function auditStatus(status: number): AuditStatus {
  if (status < 400) return 'success';
  if (status >= 500) return 'error';
  if (status === 404 || status === 410) return 'not_found';
  return status === 401 || status === 403 || status === 429 ? 'access_denied' : 'validation_error';
}

/** A text of the caller's for the audit: visible characters, and no more than a column holds. */
export function auditText(text: string, most: number): string {
  return text.replace(/\p{C}/gu, '\uFFFD').slice(0, most);
}
