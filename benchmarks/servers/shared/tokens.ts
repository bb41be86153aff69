import { createHash } from 'node:crypto';

/** A row of `api_token`, as a server's own data layer found it. */
export interface TokenRow {
  readonly clientId: number;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

/** Finds the token with this SHA-256 digest. */
export type FindToken = (digest: Buffer) => Promise<TokenRow | undefined>;

/** Gives the caller behind an `Authorization` header, or `undefined` when it may not read partners. */
export type Authenticate = (authorization: string | undefined) => Promise<TokenRow | undefined>;

/** The scope that every route of the benchmark needs. */
export const requiredScope = 'partner:read';

const keepMilliseconds = 5_000;
const keepEntries = 10_000;

/**
 * Bearer authentication as every contender does it: the token's SHA-256 is looked up once in `api_token`, and the answer
 * is kept for at most five seconds.
 */
export function bearerTokens(find: FindToken): Authenticate {
  const kept = new Map<string, { readonly row: Promise<TokenRow | undefined>; readonly until: number }>();

  function lookUp(token: string, now: number): Promise<TokenRow | undefined> {
    if (kept.size >= keepEntries) kept.clear();
    const row = find(createHash('sha256').update(token).digest());
    kept.set(token, { row, until: now + keepMilliseconds });
    row.catch(() => kept.delete(token));
    return row;
  }

  return async (authorization) => {
    if (authorization === undefined || !authorization.startsWith('Bearer ')) return undefined;
    const token = authorization.slice(7);
    const now = Date.now();
    const entry = kept.get(token);
    const row = await (entry !== undefined && entry.until > now ? entry.row : lookUp(token, now));
    return row !== undefined && row.expiresAt.getTime() > now && row.scopes.includes(requiredScope) ? row : undefined;
  };
}

/** The look-up for servers that speak SQL: parameters are the digest, columns match {@link TokenRow}. */
export const tokenSql = (parameter: '$1' | '?'): string =>
  `select client_id as "clientId", scopes, expires_at as "expiresAt" from api_token where digest = ${parameter}`;
