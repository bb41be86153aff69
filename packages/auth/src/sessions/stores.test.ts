import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { password, passwords, sessionEntities } from '../../test-support/sessions.ts';
import {
  type AccountRecord,
  AuthAccount,
  createAccountAdmin,
  createAccountStore,
  createMemoryAccountStore,
  createMemorySessionStore,
  createSessionStore,
  memoryAuditTrail,
  type SessionStore,
  type StoredSession,
} from '../index.ts';

const session = (digest: string, change: Partial<StoredSession> = {}): StoredSession => ({
  digest: digest.padEnd(43, '_'),
  accountId: 'a1',
  epoch: 0,
  createdAt: start,
  lastSeenAt: start,
  idleExpiresAt: later(1800),
  expiresAt: later(3600),
  ...change,
});

/** What every `SessionStore` does. `accountId` keeps the cases apart. */
function storeSuite(store: () => SessionStore): void {
  const found = async (digest: string) => (await store().find(digest.padEnd(43, '_'))) as StoredSession | undefined;

  it('keeps a session as it was, to the millisecond', async () => {
    const kept = session('kept', { accountId: 'keeps', createdAt: later(0.001), expiresAt: later(3599.999), epoch: 7 });
    await store().insert(kept, 5);
    expect(await found('kept')).toEqual(kept);
    expect(await found('KEPT')).toBeUndefined();
    await store().remove(kept.digest);
    await store().remove(kept.digest);
    expect(await found('kept')).toBeUndefined();
  });

  it('moves one on, never back, past its end, or from the dead', async () => {
    const digest = session('moves').digest;
    await store().insert(session('moves', { accountId: 'moves' }), 5);
    await store().touch(digest, later(600), later(2400));
    expect(await found('moves')).toMatchObject({ lastSeenAt: later(600), idleExpiresAt: later(2400) });
    await store().touch(digest, later(300), later(2100));
    expect(await found('moves')).toMatchObject({ lastSeenAt: later(600), idleExpiresAt: later(2400) });
    await store().touch(digest, later(2399), later(9999));
    expect(await found('moves')).toMatchObject({ lastSeenAt: later(2399), idleExpiresAt: later(3600) });
    await store().touch(digest, later(3600), later(5400));
    expect(await found('moves')).toMatchObject({ idleExpiresAt: later(3600) });
    await store().remove(digest);
    await store().touch(digest, later(2400), later(3000));
    expect(await found('moves')).toBeUndefined();
  });

  it('ends the longest unused of an account beyond so many, and never the newest', async () => {
    const of = { accountId: 'many' };
    await store().insert(session('other', { accountId: 'few' }), 3);
    await store().insert(session('m1', { ...of, lastSeenAt: later(50) }), 3);
    await store().insert(session('m2', { ...of, lastSeenAt: later(10) }), 3);
    await store().insert(session('m3', { ...of, lastSeenAt: later(30) }), 3);
    await store().insert(session('m4', of), 3);
    const there = await Promise.all(['m1', 'm2', 'm3', 'm4', 'other'].map(async (name) => (await found(name)) && name));
    expect(there).toEqual(['m1', undefined, 'm3', 'm4', 'other']);
    await store().insert(session('m5', of), 1);
    const last = await Promise.all(['m1', 'm3', 'm4', 'm5'].map(async (name) => (await found(name)) && name));
    expect(last).toEqual([undefined, undefined, undefined, 'm5']);
  });

  it('drops those of an account, and those that have expired', async () => {
    await store().insert(session('d1', { accountId: 'drops' }), 5);
    await store().insert(session('d2', { accountId: 'drops' }), 5);
    await store().insert(session('d3', { accountId: 'stays', idleExpiresAt: later(60) }), 5);
    await store().insert(session('d4', { accountId: 'stays', idleExpiresAt: later(61) }), 5);
    await store().removeOfAccount('drops');
    await store().removeExpired?.(later(60));
    const there = await Promise.all(['d1', 'd2', 'd3', 'd4'].map(async (name) => (await found(name)) && name));
    expect(there).toEqual([undefined, undefined, undefined, 'd4']);
  });
}

describe('sessions in memory', () => {
  const store = createMemorySessionStore();
  storeSuite(() => store);
});

describe('accounts in memory', () => {
  const account: AccountRecord = {
    id: 'a1',
    login: 'ada',
    passwordHash: 'h1',
    active: true,
    scopes: [],
    attributes: {},
    epoch: 0,
  };

  it('are found, changed and gone', async () => {
    const store = createMemoryAccountStore([account]);
    expect([await store.findByLogin('ada'), await store.find('a1')]).toEqual([account, account]);
    expect([await store.findByLogin('a1'), await store.find('ada')]).toEqual([undefined, undefined]);
    await store.upgradePassword('a1', 'h0', 'h2');
    expect((await store.find('a1'))?.passwordHash).toBe('h1');
    await store.upgradePassword('a1', 'h1', 'h2');
    expect((await store.find('a1'))?.passwordHash).toBe('h2');
    await store.recordLogin('a1', start);
    expect(store.lastLogin('a1')).toBe(start);
    store.set({ ...account, active: false });
    expect((await store.find('a1'))?.active).toBe(false);
    store.delete('a1');
    expect(await store.find('a1')).toBeUndefined();
  });
});

describe.each(testDatabases())('in $name', (database) => {
  let open: OpenTestDatabase;
  beforeAll(async () => {
    open = await database.open(sessionEntities);
  });
  afterAll(() => open?.close());

  describe('sessions', () => storeSuite(() => createSessionStore(open.orm)));

  const arrange = () => {
    const trail = memoryAuditTrail();
    const clock = { now: () => start };
    const sessions = createSessionStore(open.orm, { withAccounts: true });
    const admin = createAccountAdmin(open.orm, { passwords, sessions, trail, actor: 'operator', clock });
    return { admin, accounts: createAccountStore(open.orm), sessions, trail };
  };

  describe('accounts', () => {
    it('are made, found by login and id, and with their sessions', async () => {
      const { admin, accounts, sessions } = arrange();
      const attributes = { company: 'Acme' };
      const { id, login } = await admin.create({ login: 'Ada', password, scopes: ['read'], attributes });
      expect([id, login]).toEqual([expect.stringMatching(/^account_[\w-]{22}$/), 'ada']);
      const account = await accounts.find(id);
      expect(account).toEqual({
        id,
        login,
        passwordHash: expect.stringMatching(/^\$argon2id\$/),
        active: true,
        scopes: ['read'],
        attributes,
        epoch: 0,
      });
      expect(await accounts.findByLogin('ada')).toEqual(account);
      expect([await accounts.findByLogin('Ada'), await admin.idOf(' ADA ')]).toEqual([undefined, id]);
      await sessions.insert(session('with', { accountId: id }), 5);
      expect((await sessions.find(session('with').digest))?.account).toEqual(account);
      await accounts.recordLogin(id, later(5));
      expect((await open.orm.em.fork().findOneOrFail(AuthAccount, id)).lastLoginAt).toEqual(later(5));
      await accounts.upgradePassword(id, 'another', 'h2');
      expect((await accounts.find(id))?.passwordHash).toBe(account?.passwordHash);
      await accounts.upgradePassword(id, account?.passwordHash ?? '', 'h2');
      expect((await accounts.find(id))?.passwordHash).toBe('h2');
      await admin.delete(id);
      expect(await accounts.find(id)).toBeUndefined();
      expect(await sessions.find(session('with').digest)).toBeUndefined();
    });

    it('change, and each change is told of before it is made', async () => {
      const { admin, accounts, trail } = arrange();
      const { id } = await admin.create({ login: 'bob', scopes: ['read'] });
      await admin.setPassword(id, password);
      await admin.disable(id);
      expect(await accounts.find(id)).toMatchObject({ active: false, epoch: 2 });
      await admin.enable(id);
      await admin.setScopes(id, ['write']);
      expect(await accounts.find(id)).toMatchObject({ active: true, scopes: ['write'], epoch: 2 });
      await admin.endSessions(id);
      expect(await accounts.find(id)).toMatchObject({ epoch: 3 });
      await admin.delete(id);
      const common = { at: start, outcome: 'done', accountId: id, actor: 'operator' };
      expect(trail.events).toEqual([
        { type: 'account.created', ...common, scopes: ['read'] },
        { type: 'account.password-changed', ...common },
        { type: 'account.disabled', ...common },
        { type: 'account.enabled', ...common },
        { type: 'account.scopes-changed', ...common, scopes: ['write'] },
        { type: 'account.sessions-ended', ...common },
        { type: 'account.deleted', ...common },
      ]);
    });

    it('do not change when that cannot be told of', async () => {
      const { admin, accounts } = arrange();
      const { id } = await admin.create({ login: 'cyd', scopes: [] });
      const trail = { record: () => Promise.reject(new Error('down')) };
      const deaf = createAccountAdmin(open.orm, { passwords, trail });
      for (const change of [
        () => deaf.disable(id),
        () => deaf.setPassword(id, password),
        () => deaf.delete(id),
        () => deaf.create({ login: 'dan', scopes: [] }),
      ]) {
        await expect(change()).rejects.toMatchObject({ code: 'unavailable' });
      }
      expect(await accounts.find(id)).toMatchObject({ active: true, passwordHash: undefined, epoch: 0 });
      expect(await accounts.findByLogin('dan')).toBeUndefined();
    });

    it('are refused when something is wrong with them', async () => {
      const { admin, trail } = arrange();
      await admin.create({ login: 'eve', scopes: [] });
      const told = trail.events.length;
      const codes: unknown[] = [];
      for (const change of [
        () => admin.create({ login: ' ', scopes: [] }),
        () => admin.create({ login: 'fay', scopes: ['a b'] }),
        () => admin.create({ login: 'fay', password: 'short', scopes: [] }),
        () => admin.disable('account_nobody'),
        () => admin.delete('account_nobody'),
        () => admin.setPassword('account_nobody', password),
        () => admin.idOf('nobody'),
      ]) {
        codes.push(await change().catch(({ code }: { code: string }) => code));
      }
      expect(codes).toEqual([...Array(3).fill('rule_broken'), ...Array(4).fill('not_found')]);
      expect(trail.events).toHaveLength(told);
      await expect(admin.create({ login: 'EVE', scopes: [] })).rejects.toMatchObject({ code: 'duplicate' });
    });
  });
});
