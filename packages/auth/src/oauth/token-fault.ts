import { SallyportError } from '@sallyport/core';
import { challenge } from '../lib/text.ts';

/** Why a request about tokens was refused. Each belongs to one error of RFC 6749 section 5.2 or RFC 7009 section 2.2.1. */
export const tokenFaults = {
  request_malformed: { error: 'invalid_request', status: 400, description: 'The request could not be read.' },
  tls_required: { error: 'invalid_request', status: 400, description: 'This is only answered over TLS.' },
  credentials_missing: { error: 'invalid_client', status: 401, description: 'Client authentication is missing.' },
  credentials_invalid: { error: 'invalid_client', status: 401, description: 'Client authentication failed.' },
  grant_type_missing: { error: 'invalid_request', status: 400, description: 'The parameter grant_type is missing.' },
  grant_type_unsupported: {
    error: 'unsupported_grant_type',
    status: 400,
    description: 'Only the grant type client_credentials is supported.',
  },
  grant_type_not_allowed: {
    error: 'unauthorized_client',
    status: 400,
    description: 'The client may not use this grant type.',
  },
  api_not_allowed: {
    error: 'unauthorized_client',
    status: 400,
    description: 'The client may not have tokens for this API.',
  },
  scope_invalid: {
    error: 'invalid_scope',
    status: 400,
    description: 'The scope is malformed, or more than was granted to the client.',
  },
  token_missing: { error: 'invalid_request', status: 400, description: 'The parameter token is missing.' },
  token_type_unsupported: {
    error: 'unsupported_token_type',
    status: 400,
    description: 'Tokens of this kind cannot be revoked.',
  },
  too_many_requests: { error: 'too_many_requests', status: 429, description: 'Too many requests.' },
  token_not_issued: { error: 'server_error', status: 500, description: 'The token could not be issued.' },
  unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The request cannot be answered at the moment.',
  },
} as const satisfies Record<string, { error: string; status: number; description: string }>;

export type TokenFaultCode = keyof typeof tokenFaults;

export interface TokenFaultDetails {
  /** Instead of the code's own; constant text, never input (R16). */
  readonly description?: string;
  readonly retryAfterSeconds?: number;
  /** The client that was refused, when there is such a client; for the audit trail alone. */
  readonly clientId?: string | undefined;
  readonly cause?: unknown;
}

/** A refused request about tokens. `error`, `status` and `description` are those of the OAuth answer. */
export class TokenFault extends Error {
  override readonly name = 'TokenFault';
  readonly code: TokenFaultCode;
  readonly error: string;
  readonly status: number;
  readonly description: string;
  readonly retryAfterSeconds: number | undefined;
  readonly clientId: string | undefined;

  constructor(code: TokenFaultCode, details: TokenFaultDetails = {}) {
    const known = tokenFaults[code];
    const description = details.description ?? known.description;
    super(description, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.error = known.error;
    this.status = known.status;
    this.description = description;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.clientId = details.clientId;
  }
}

/** Tokens and their refusals are never kept by a cache (RFC 6749 section 5.1, R13). */
export const uncached: Readonly<Record<string, string>> = Object.freeze({
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
});

/** The headers that a fault is answered with, whatever the shape of its body. */
export function faultHeaders(fault: TokenFault, realm: string, authorizationUsed: boolean): Record<string, string> {
  const headers: Record<string, string> = { ...uncached };
  if (fault.status === 401 && authorizationUsed) headers['WWW-Authenticate'] = challenge('Basic', { realm });
  if (fault.retryAfterSeconds !== undefined) headers['Retry-After'] = String(fault.retryAfterSeconds);
  return headers;
}

/**
 * A fault as an error of the API's own, for token endpoints that answer errors in the API's envelope:
 * `tokenEndpoint({ errors: apiError, … })`.
 */
export function apiError(fault: TokenFault): SallyportError {
  const details = { detail: fault.description, cause: fault.cause };
  switch (fault.status) {
    case 401:
      return new SallyportError('unauthenticated', details);
    case 429:
      return new SallyportError('too_many_requests', details);
    case 500:
      return new SallyportError('internal', { cause: fault.cause });
    case 503:
      return new SallyportError('unavailable', details);
    default:
      return new SallyportError('malformed_request', details);
  }
}
