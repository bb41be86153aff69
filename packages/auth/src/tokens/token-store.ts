import { type Readiness, serviceToken } from '@sallyport/core';
import type { ClientRecord } from '../clients/client.ts';

/** An opaque token as it is stored: never the token. */
export interface StoredToken {
  /** SHA-256 of the token, base64url. */
  readonly digest: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The client's epoch when the token was issued. */
  readonly epoch: number;
  /** The API the token is for. */
  readonly audience: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** A stored token, with its client where the store can answer both in one query. */
export interface FoundToken extends StoredToken {
  readonly client?: ClientRecord;
}

/** Where opaque tokens are kept. A store that cannot answer rejects. */
export interface TokenStore extends Readiness {
  insert(token: StoredToken): Promise<void>;
  /** By equality of the digest: one look-up in a unique index. Expired ones may be answered or not. */
  find(digest: string): Promise<FoundToken | undefined>;
  /** Resolves once the token is gone for every process that reads the store. */
  remove(digest: string): Promise<void>;
  /** Drops what has expired; called now and then after an insert. */
  removeExpired?(now: Date): Promise<void>;
}

/** The service under which `opaqueTokens()` finds its store. */
export const TokenStoreService = serviceToken<TokenStore>('sallyport.TokenStore', {
  broughtBy: 'the option `store` of `opaqueTokens()`',
});

/** Tokens in memory: for tests, and for a single process whose tokens may die with it. */
export function createMemoryTokenStore(): TokenStore {
  const tokens = new Map<string, StoredToken>();
  return {
    insert: async (token) => {
      tokens.set(token.digest, token);
    },
    find: async (digest) => tokens.get(digest),
    remove: async (digest) => {
      tokens.delete(digest);
    },
    removeExpired: async (now) => {
      for (const [digest, token] of tokens) if (token.expiresAt <= now) tokens.delete(digest);
    },
  };
}
