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

/** Thrown by token verifiers; the bearer strategy turns it into the API's own error. */
export class BearerFault extends Error {
  override readonly name = 'BearerFault';
  readonly kind: BearerFaultKind;

  constructor(kind: BearerFaultKind, cause?: unknown) {
    super(kind, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
