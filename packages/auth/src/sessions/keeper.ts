import { hash, randomBytes } from 'node:crypto';
import { available } from '../lib/available.ts';
import { wholeInRange } from '../lib/range.ts';
import type { AccountRecord, AccountStore } from './account.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

export interface SessionKeeperOptions {
  readonly accounts: AccountStore;
  readonly store: SessionStore;
  /** How long a session lives without use; default 1800. */
  readonly idleSeconds?: number;
  /** How long it lives at most; default 43 200, twelve hours. */
  readonly absoluteSeconds?: number;
  /** How many an account may have at once; those longest unused end. Default 20. */
  readonly sessionsPerAccount?: number;
}

/** A session that holds, with its account as it is now. */
export interface LiveSession {
  /** What the cookie carries. */
  readonly id: string;
  readonly session: StoredSession;
  readonly account: AccountRecord;
}

/** Opens, finds and ends sessions. Each method throws SallyportError `unavailable` when a store does not answer. */
export interface SessionKeeper {
  open(account: AccountRecord, now: Date): Promise<LiveSession>;
  /** `undefined` for what is no id, a session that has ended, and an account that is disabled or has changed since. */
  find(id: string, now: Date): Promise<LiveSession | undefined>;
  /** Counts a use: moves the session's idle end on, in the store at most once a minute. */
  used(live: LiveSession, now: Date): Promise<LiveSession>;
  end(id: string): Promise<void>;
}

const idShape = /^[A-Za-z0-9_-]{43}$/;
const touchEveryMs = 60_000;
const sweepEveryMs = 600_000;

/** @throws ConfigurationError for a number out of range */
export function sessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const { accounts, store } = options;
  const { absoluteSeconds = 43_200, idleSeconds = 1800, sessionsPerAccount = 20 } = options;
  const absoluteMs = 1000 * wholeInRange('sessions.absoluteSeconds', absoluteSeconds, 60, 31_536_000);
  const idleMs = 1000 * wholeInRange('sessions.idleSeconds', idleSeconds, 60, absoluteSeconds);
  const most = wholeInRange('sessions.sessionsPerAccount', sessionsPerAccount, 1, 1000);
  let swept = 0;

  const idleEnd = (now: Date, expiresAt: Date): Date => new Date(Math.min(now.getTime() + idleMs, expiresAt.getTime()));

  return {
    async open(account, now) {
      const id = randomBytes(32).toString('base64url');
      const expiresAt = new Date(now.getTime() + absoluteMs);
      const session: StoredSession = {
        digest: digestOf(id),
        accountId: account.id,
        epoch: account.epoch,
        createdAt: now,
        lastSeenAt: now,
        idleExpiresAt: idleEnd(now, expiresAt),
        expiresAt,
      };
      await available(() => store.insert(session, most));
      if (now.getTime() - swept > sweepEveryMs) {
        swept = now.getTime();
        await available(() => store.removeExpired?.(now));
      }
      return { id, session, account };
    },
    async find(id, now) {
      if (!idShape.test(id)) return undefined;
      const digest = digestOf(id);
      const found = await available(() => store.find(digest));
      // A store that compares without case must not make two digests one.
      if (found === undefined || found.digest !== digest) return undefined;
      if (found.idleExpiresAt <= now || found.expiresAt <= now) return undefined;
      const account = found.account ?? (await available(() => accounts.find(found.accountId)));
      if (account === undefined || account.id !== found.accountId) return undefined;
      return account.active && account.epoch === found.epoch ? { id, session: found, account } : undefined;
    },
    async used(live, now) {
      const { session } = live;
      if (now.getTime() - session.lastSeenAt.getTime() < touchEveryMs) return live;
      const idleExpiresAt = idleEnd(now, session.expiresAt);
      await available(() => store.touch(session.digest, now, idleExpiresAt));
      return { ...live, session: { ...session, lastSeenAt: now, idleExpiresAt } };
    },
    async end(id) {
      if (idShape.test(id)) await available(() => store.remove(digestOf(id)));
    },
  };
}

/** The only form in which an id is stored or looked up. */
function digestOf(id: string): string {
  return hash('sha256', id, 'base64url');
}
