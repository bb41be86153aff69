import type { AccountRecord, AccountStore } from './account.ts';

/** Accounts in memory: for tests, and for applications whose few accounts stand in their configuration. */
export interface MemoryAccountStore extends Required<Omit<AccountStore, 'ready'>> {
  /** Adds or replaces an account. Raise its `epoch` with its password, or when it is disabled: its sessions end by that. */
  set(account: AccountRecord): void;
  delete(id: string): void;
  lastLogin(id: string): Date | undefined;
}

export function createMemoryAccountStore(accounts: readonly AccountRecord[] = []): MemoryAccountStore {
  const records = new Map(accounts.map((account) => [account.id, account]));
  const logins = new Map<string, Date>();
  return {
    findByLogin: async (login) => [...records.values()].find((account) => account.login === login),
    find: async (id) => records.get(id),
    async upgradePassword(id, from, to) {
      const account = records.get(id);
      if (account?.passwordHash === from) records.set(id, { ...account, passwordHash: to });
    },
    async recordLogin(id, at) {
      logins.set(id, at);
    },
    set(account) {
      records.set(account.id, account);
    },
    delete(id) {
      records.delete(id);
    },
    lastLogin: (id) => logins.get(id),
  };
}
