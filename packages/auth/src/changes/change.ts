/** What can change under a cache. Only names travel, never what stands behind them. */
export type Change =
  /** The record of a client: its state, secrets, scopes, epoch. */
  | { readonly kind: 'client'; readonly clientId: string }
  /** An opaque token was revoked; by its digest, which leads back to no token. */
  | { readonly kind: 'token'; readonly digest: string }
  /** A JWT was revoked. */
  | { readonly kind: 'jti'; readonly jti: string }
  /** Anything may have changed: nothing that is remembered can be relied on. */
  | { readonly kind: 'everything' };

export const everything: Change = Object.freeze({ kind: 'everything' });

const version = 1;
const longestId = 256;
const longestPayload = 2048;

/**
 * A change as it travels: a list of the format's version, the kind and the name, in JSON. An id that is too long to travel
 * (PostgreSQL takes 8000 bytes) is told as everything.
 */
export function encodeChange(change: Change): string {
  const id = idOf(change);
  if (id === undefined || id.length > longestId) return JSON.stringify([version, everything.kind]);
  return JSON.stringify([version, change.kind, id]);
}

/**
 * Reads a change. `undefined`: it is none, as everybody who may log in to the database may write to the channel. What a
 * later version has written cannot be read, and so may be about anything.
 */
export function decodeChange(payload: string): Change | undefined {
  if (payload.length > longestPayload) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (!Array.isArray(told)) return undefined;
  const [by, kind, id]: unknown[] = told;
  if (typeof by !== 'number' || !Number.isSafeInteger(by) || by < version) return undefined;
  if (by > version || kind === everything.kind) return everything;
  if (typeof id !== 'string' || id === '' || id.length > longestId) return undefined;
  switch (kind) {
    case 'client':
      return { kind, clientId: id };
    case 'token':
      return { kind, digest: id };
    case 'jti':
      return { kind, jti: id };
    default:
      return undefined;
  }
}

function idOf(change: Change): string | undefined {
  switch (change.kind) {
    case 'client':
      return change.clientId;
    case 'token':
      return change.digest;
    case 'jti':
      return change.jti;
    default:
      return undefined;
  }
}
