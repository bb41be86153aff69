import { type ErrorContext, pointerOf, type RenderedError, type SallyportError } from '@sallyport/core';

/** The `error` member of a reply. */
export interface JsonRpcError {
  /** The HTTP status of the error in Sallyport's catalogue, also where the reply itself has status 200. */
  readonly code: number;
  /** A sentence for people. */
  readonly message: string;
  readonly data: {
    /** Sallyport's stable code: what programs should look at. */
    readonly name: string;
    readonly issues: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
    /** Id of the call, as in `X-Request-Id` and in the log. */
    readonly id: string;
  };
}

/** What the application itself says no to: values, constraints, rules, preconditions. */
const refusals: ReadonlySet<number> = new Set([400, 409, 412, 422, 428]);

/** Requests that never came as far as the application, though their status is 400. */
const unread: ReadonlySet<string> = new Set(['malformed_request', 'malformed_target']);

/**
 * The reply to an error (Secure API contract section 5).
 *
 * A refusal by the application (400, 409, 412, 422, 428: a bad value, a constraint, a rule, a precondition) is answered
 * with status 200. Everything else keeps its status: 401, 403, 404, 405, 413, 429 and 5xx as the contract says, and
 * likewise 406, 408, 410, 414, 415, 431 and any other, as those are HTTP's own business and caches, proxies and clients
 * must see them; so do `malformed_request` and `malformed_target`, which are 400 for a request that could not be read.
 *
 * What was sent is not echoed, and nothing of the cause is shown.
 */
export function jsonRpcError(error: SallyportError, { id }: Pick<ErrorContext, 'id'>): RenderedError {
  const refused = refusals.has(error.status) && !unread.has(error.code);
  const body: JsonRpcError = {
    code: error.status,
    message: error.detail,
    data: {
      name: error.code,
      issues: error.issues.map(({ path, code, message }) => ({ pointer: pointerOf(path), code, message })),
      id,
    },
  };
  return {
    status: refused ? 200 : error.status,
    mediaType: 'application/json',
    body: { jsonrpc: '2.0', id: null, error: body },
  };
}
