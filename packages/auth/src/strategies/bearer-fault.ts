/** Why a bearer token was not accepted. */
export type BearerFaultKind =
  /** The header cannot be read: a second token, a space too many, characters no token has. */
  | 'malformed'
  /** It does not verify, was revoked, or is of no known kind. Which of these is not told. */
  | 'token_invalid'
  | 'token_expired'
  /** It verifies but names no client. */
  | 'token_client_missing'
  /** No active client stands behind it. */
  | 'client_unknown'
  /** This server cannot verify: its key is missing or too weak. */
  | 'key_unusable';

/** The words by which the log tells why a token of another server was refused; a caller is never told. */
export const refusalReasons = [
  'malformed',
  'unrecognised',
  'issuer',
  'audience',
  'algorithm',
  'type',
  'extension',
  'bound',
  'key_unknown',
  'signature',
  'expired',
  'not_yet_valid',
  'lifetime',
  'claims',
  'caller',
  'revoked',
  'inactive',
] as const;

/**
 * Why a token of another server was refused, for whoever runs the API.
 *
 * @see docs/guides/foreign-jwt.md
 */
export type RefusalReason = (typeof refusalReasons)[number];

/** Thrown by token verifiers; the bearer strategy turns it into the API's own error. */
export class BearerFault extends Error {
  override readonly name = 'BearerFault';
  readonly kind: BearerFaultKind;
  /** What the log is told of it, when it was a token of another server. */
  readonly reason: RefusalReason | undefined;

  constructor(kind: BearerFaultKind, cause?: unknown, reason?: RefusalReason) {
    super(kind, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.reason = reason;
  }
}

/** The fault of a token of another server: what the caller is told goes by the reason, and says less. */
export function refusedFor(reason: RefusalReason, cause?: unknown): BearerFault {
  const kind = reason === 'expired' ? 'token_expired' : reason === 'caller' ? 'token_client_missing' : 'token_invalid';
  return new BearerFault(kind, cause, reason);
}
