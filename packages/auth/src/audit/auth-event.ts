/** What an {@link AuthEvent} can be about. */
export type AuthEventType =
  /** A token endpoint issued a token. */
  | 'token.issued'
  /** An endpoint that clients authenticate at refused a request. */
  | 'token.refused'
  | 'token.revoked'
  /** A strategy refused the credentials of a call. */
  | 'access.refused'
  | 'session.opened'
  | 'session.refused'
  | 'session.closed'
  | 'client.created'
  | 'client.changed'
  | 'client.secret-rotated'
  /** One of its secrets was ended. */
  | 'client.secret-revoked'
  | 'client.keys-changed'
  | 'client.scopes-changed'
  | 'client.limits-changed'
  | 'client.disabled'
  | 'client.enabled'
  | 'client.deleted'
  /** The stored form of a secret was replaced by a better one at its use. */
  | 'client.secret-upgraded'
  | 'api-key.issued'
  | 'api-key.revoked'
  | 'account.created'
  | 'account.password-changed'
  | 'account.scopes-changed'
  | 'account.sessions-ended'
  | 'account.disabled'
  | 'account.enabled'
  | 'account.deleted'
  /** The stored form of a password was replaced by a better one at a login. */
  | 'account.password-upgraded';

/**
 * One thing that happened to credentials: a grant, a refusal, a revocation, a change (SECURITY 4.14, 4.15). It never
 * carries a secret, a token, or a text that a caller could have put one into: ids are those of clients and accounts that
 * exist, everything else is a word of ours.
 */
export interface AuthEvent {
  readonly type: AuthEventType;
  readonly at: Date;
  /** `failed`: it could not be judged, as a store did not answer. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Name of the API; absent where a command line made the change. */
  readonly api?: string;
  /** `X-Request-Id` of the call. */
  readonly requestId?: string;
  /** Network that the call came from, as limits count it: an IPv4 address, or the /64 of an IPv6 one. */
  readonly network?: string;
  /** The client it is about, when there is such a client. */
  readonly clientId?: string;
  /** The account it is about, when there is such an account. */
  readonly accountId?: string;
  /** Who did it, where that is another: the operator's name of an administration. */
  readonly actor?: string;
  /** Why it was refused: a code of the reference of errors. */
  readonly reason?: string;
  /** Name of the strategy or endpoint. */
  readonly by?: string;
  /** How many refusals alike, from the same network for the same reason, were left out in the minute before. */
  readonly leftOut?: number;
  /** Names of scopes granted or set. */
  readonly scopes?: readonly string[];
}
