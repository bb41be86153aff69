import type { ClientRecord, ClientStore, StoredSecret } from './client.ts';

/** A client store in memory: for tests, and for applications whose clients stand in their configuration. */
export interface MemoryClientStore extends ClientStore {
  /** Adds or replaces a client; caches are told. */
  set(client: ClientRecord): void;
  delete(clientId: string): void;
  /** What `recordUse` has counted. */
  uses(clientId: string): { readonly count: number; readonly lastUsedAt: Date | undefined };
}

export function createMemoryClientStore(clients: readonly ClientRecord[] = []): MemoryClientStore {
  const records = new Map(clients.map((client) => [client.clientId, kept(client)]));
  const uses = new Map<string, { count: number; lastUsedAt: Date }>();
  const listeners = new Set<(clientId: string) => void>();
  const changed = (clientId: string): void => {
    for (const listener of listeners) listener(clientId);
  };

  return {
    find: async (clientId) => records.get(clientId),
    recordUse: async (clientId, at) => {
      uses.set(clientId, { count: (uses.get(clientId)?.count ?? 0) + 1, lastUsedAt: at });
    },
    async upgradeSecret(clientId, secretId, oldHash, newHash) {
      const client = records.get(clientId);
      const isOld = ({ id, hash }: StoredSecret): boolean => id === secretId && hash === oldHash;
      if (client === undefined || !client.secrets.some(isOld)) return false;
      const secrets = client.secrets.map((one) => (isOld(one) ? { ...one, hash: newHash } : one));
      records.set(clientId, kept({ ...client, secrets }));
      return true;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(client) {
      records.set(client.clientId, kept(client));
      changed(client.clientId);
    },
    delete(clientId) {
      records.delete(clientId);
      changed(clientId);
    },
    uses: (clientId) => uses.get(clientId) ?? { count: 0, lastUsedAt: undefined },
  };
}

/** The record as nobody outside can change it any more. */
function kept(client: ClientRecord): ClientRecord {
  return Object.freeze({
    ...client,
    scopes: Object.freeze([...client.scopes]),
    secrets: Object.freeze([...client.secrets]),
  });
}
