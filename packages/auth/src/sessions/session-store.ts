import type { Readiness } from '@sallyport/core';
import type { AccountRecord } from './account.ts';

/** A session as it is stored: never its id. */
export interface StoredSession {
  /** SHA-256 of the id, base64url. */
  readonly digest: string;
  readonly accountId: string;
  /** The account's epoch when the session was opened. */
  readonly epoch: number;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** Ends the session when it is not used; moves on with use, never past `expiresAt`. */
  readonly idleExpiresAt: Date;
  /** Ends the session whatever happens. */
  readonly expiresAt: Date;
}

/** A stored session, with its account where the store can answer both in one query. */
export interface FoundSession extends StoredSession {
  readonly account?: AccountRecord;
}

/** Where sessions are kept. A store that cannot answer rejects. */
export interface SessionStore extends Readiness {
  /** Adds a session, then ends those of the account that were longest unused until no more than `most` are left. */
  insert(session: StoredSession, most: number): Promise<void>;
  /** By equality of the digest: one look-up in a unique index. Expired ones may be answered or not. */
  find(digest: string): Promise<FoundSession | undefined>;
  /** Moves a session on that is there and not expired; never brings one back, and never shortens it. */
  touch(digest: string, lastSeenAt: Date, idleExpiresAt: Date): Promise<void>;
  /** Resolves once the session is gone for every process that reads the store. */
  remove(digest: string): Promise<void>;
  /** All of an account's. */
  removeOfAccount(accountId: string): Promise<void>;
  /** Drops what has expired; called now and then after an insert. */
  removeExpired?(now: Date): Promise<void>;
}

/** Sessions in memory: for tests, and for a single process whose sessions may die with it. */
export function createMemorySessionStore(): SessionStore {
  const sessions = new Map<string, StoredSession>();
  const dropWhere = (gone: (session: StoredSession) => boolean): void => {
    for (const session of sessions.values()) if (gone(session)) sessions.delete(session.digest);
  };

  return {
    async insert(session, most) {
      const others = [...sessions.values()]
        .filter(({ accountId }) => accountId === session.accountId)
        .sort((one, other) => other.lastSeenAt.getTime() - one.lastSeenAt.getTime());
      for (const { digest } of others.slice(Math.max(0, most - 1))) sessions.delete(digest);
      sessions.set(session.digest, session);
    },
    find: async (digest) => sessions.get(digest),
    async touch(digest, lastSeenAt, idleExpiresAt) {
      const session = sessions.get(digest);
      if (session === undefined || session.idleExpiresAt <= lastSeenAt || session.lastSeenAt >= lastSeenAt) return;
      const until = new Date(Math.min(idleExpiresAt.getTime(), session.expiresAt.getTime()));
      sessions.set(digest, { ...session, lastSeenAt, idleExpiresAt: until });
    },
    async remove(digest) {
      sessions.delete(digest);
    },
    removeOfAccount: async (accountId) => dropWhere((session) => session.accountId === accountId),
    removeExpired: async (now) => dropWhere((session) => session.idleExpiresAt <= now),
  };
}
