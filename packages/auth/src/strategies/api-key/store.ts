import type { Readiness } from '@sallyport/core';

/** An API key as it is stored: never the key. */
export interface StoredApiKey {
  /** Names the key in administration; no secret. */
  readonly id: string;
  /** SHA-256 of the key, base64url. */
  readonly digest: string;
  /** The client that whoever sends the key is. */
  readonly clientId: string;
  /** What people call it. */
  readonly name: string;
  /** The scopes of the client that it is good for; all of them when absent. */
  readonly scopes?: readonly string[];
  /** The client's epoch when the key was issued. */
  readonly epoch: number;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  /** Some minutes behind at most; absent before the first use. */
  readonly lastUsedAt?: Date;
}

/** A use of a key. */
export interface ApiKeyUse {
  readonly id: string;
  readonly at: Date;
}

/**
 * Where API keys are kept: ours over MikroORM (`createApiKeyStore`), in memory, or an application's own. A store that
 * cannot answer rejects; the caller is then told 503, never let in.
 */
export interface ApiKeyStore extends Readiness {
  /** By equality of the digest: one look-up in a unique index. Expired ones may be answered or not. */
  find(digest: string): Promise<StoredApiKey | undefined>;
  insert(key: StoredApiKey): Promise<void>;
  /** The keys of a client, the oldest first. */
  list(clientId: string): Promise<readonly StoredApiKey[]>;
  /** Resolves once the key is gone for every process that reads the store, with what was there. */
  remove(id: string): Promise<StoredApiKey | undefined>;
  /** Keeps the latest use of each key. Called once a minute, not once a request; may be lost. */
  recordUses?(uses: readonly ApiKeyUse[]): Promise<void>;
  /** Calls back when this process has removed a key, so that caches let go of it at once. Answers how to stop. */
  onRemove?(listener: (digest: string) => void): () => void;
}

/** API keys in memory: for tests, and for a single process whose keys may die with it. */
export function createMemoryApiKeyStore(): ApiKeyStore {
  const keys = new Map<string, StoredApiKey>();
  const listeners = new Set<(digest: string) => void>();
  return {
    find: async (digest) => keys.get(digest),
    insert: async (key) => {
      keys.set(key.digest, key);
    },
    list: async (clientId) => [...keys.values()].filter((key) => key.clientId === clientId),
    remove: async (id) => {
      const key = [...keys.values()].find((one) => one.id === id);
      if (key === undefined) return undefined;
      keys.delete(key.digest);
      for (const listener of listeners) listener(key.digest);
      return key;
    },
    recordUses: async (uses) => {
      for (const { id, at } of uses) {
        const key = [...keys.values()].find((one) => one.id === id);
        if (key !== undefined) keys.set(key.digest, { ...key, lastUsedAt: at });
      }
    },
    onRemove(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
