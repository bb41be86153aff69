import { randomBytes } from 'node:crypto';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import { type Clock, SallyportError, systemClock } from '@sallyport/core';
import type { AuthAuditTrail } from '../audit/audit-trail.ts';
import type { AuthEvent } from '../audit/auth-event.ts';
import { available } from '../lib/available.ts';
import type { SqlOrm } from '../lib/native-query.ts';
import { normaliseLogin } from './account.ts';
import { AuthAccount, type AuthAccountRow } from './entities.ts';
import type { PasswordHasher } from './passwords.ts';
import type { SessionStore } from './session-store.ts';

export interface NewAccount {
  readonly login: string;
  /** Absent: nobody can log in until one is set. */
  readonly password?: string;
  readonly scopes: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Administration of {@link AuthAccount}. Accounts are named by their id; `idOf` finds it. */
export interface AccountAdmin {
  create(account: NewAccount): Promise<{ readonly id: string; readonly login: string }>;
  /** The id of the account with this login, in whatever spelling. */
  idOf(login: string): Promise<string>;
  /** Ends the account's sessions. */
  setPassword(id: string, password: string): Promise<void>;
  /** Ends the account's sessions; it has no new ones until it is enabled. */
  disable(id: string): Promise<void>;
  enable(id: string): Promise<void>;
  /** Sessions go on with these. */
  setScopes(id: string, scopes: readonly string[]): Promise<void>;
  /** Logs the person out everywhere. */
  endSessions(id: string): Promise<void>;
  delete(id: string): Promise<void>;
}

export interface AccountAdminOptions {
  readonly passwords: PasswordHasher;
  /** Whose rows of ended sessions are removed at once; without it they are refused, and removed when they expire. */
  readonly sessions?: SessionStore;
  /** Told of each change before it is made: what cannot be told is not done. */
  readonly trail?: AuthAuditTrail;
  /** Who makes the changes, for the trail. */
  readonly actor?: string;
  readonly clock?: Clock;
}

/**
 * @throws SallyportError from its methods: `not_found`, `duplicate` for a login that is taken, `rule_broken` for a login,
 * password or scope that is not well formed, `unavailable` when the trail does not answer
 */
export function createAccountAdmin(orm: SqlOrm, options: AccountAdminOptions): AccountAdmin {
  const { passwords, sessions, trail, actor, clock = systemClock } = options;

  const tell = (type: AuthEvent['type'], accountId: string, scopes?: readonly string[]): Promise<void> =>
    available(() =>
      trail?.record({
        type,
        at: clock.now(),
        outcome: 'done',
        accountId,
        ...(actor === undefined ? {} : { actor }),
        ...(scopes === undefined ? {} : { scopes }),
      }),
    );

  const known = async (id: string): Promise<void> => {
    if ((await orm.em.fork().count(AuthAccount, { id })) === 0) throw new SallyportError('not_found');
  };

  // Told before the transaction: over PGlite a trail in the same database would wait for its end.
  const change = async (
    type: AuthEvent['type'],
    id: string,
    apply: (account: AuthAccountRow) => void,
    scopes?: readonly string[],
  ): Promise<void> => {
    await known(id);
    await tell(type, id, scopes);
    await orm.em.fork().transactional(async (em) => {
      const account = await em.findOne(AuthAccount, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (account === null) throw new SallyportError('not_found');
      apply(account);
    });
  };

  /** A change that ends sessions: by the epoch, and their rows as well. */
  const ending = async (
    type: AuthEvent['type'],
    id: string,
    apply: (account: AuthAccountRow) => void,
  ): Promise<void> => {
    await change(type, id, (account) => {
      apply(account);
      account.epoch += 1;
    });
    await available(() => sessions?.removeOfAccount(id));
  };

  return {
    async create({ login: text, password, scopes, attributes = {} }) {
      const login = normaliseLogin(text);
      if (login === undefined) throw new SallyportError('rule_broken', { detail: 'The login is not well formed.' });
      checkScopes(scopes);
      const passwordHash = password === undefined ? null : await passwords.hash(password);
      const id = `account_${randomBytes(16).toString('base64url')}`;
      await tell('account.created', id, scopes);
      const at = clock.now();
      const em = orm.em.fork();
      em.create(AuthAccount, {
        id,
        login,
        passwordHash,
        active: true,
        scopes,
        attributes,
        epoch: 0,
        createdAt: at,
        passwordChangedAt: password === undefined ? null : at,
        lastLoginAt: null,
      });
      await em.flush().catch((cause: unknown) => {
        if (!(cause instanceof UniqueConstraintViolationException)) throw cause;
        throw new SallyportError('duplicate', { detail: 'There is an account with this login.' });
      });
      return { id, login };
    },
    async idOf(text) {
      const login = normaliseLogin(text);
      const account = login === undefined ? null : await orm.em.fork().findOne(AuthAccount, { login });
      if (account === null) throw new SallyportError('not_found');
      return account.id;
    },
    async setPassword(id, password) {
      const passwordHash = await passwords.hash(password);
      await ending('account.password-changed', id, (account) => {
        account.passwordHash = passwordHash;
        account.passwordChangedAt = clock.now();
      });
    },
    disable: (id) =>
      ending('account.disabled', id, (account) => {
        account.active = false;
      }),
    enable: (id) =>
      change('account.enabled', id, (account) => {
        account.active = true;
      }),
    async setScopes(id, scopes) {
      checkScopes(scopes);
      const apply = (account: AuthAccountRow) => {
        account.scopes = scopes;
      };
      await change('account.scopes-changed', id, apply, scopes);
    },
    endSessions: (id) => ending('account.sessions-ended', id, () => {}),
    async delete(id) {
      await known(id);
      await tell('account.deleted', id);
      await orm.em.fork().nativeDelete(AuthAccount, { id });
      await available(() => sessions?.removeOfAccount(id));
    },
  };
}

function checkScopes(scopes: readonly string[]): void {
  if (scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) return;
  throw new SallyportError('rule_broken', { detail: 'A scope is not well formed.' });
}
