import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { jarOf, password, said, sessionEntities, sessionWorld } from '../../test-support/sessions.ts';
import { AuthAccount, AuthSession } from '../index.ts';

const cookieName = '__Host-session';

describe.each(testDatabases())('sessions on $name', (database) => {
  let open: OpenTestDatabase;
  beforeAll(async () => {
    open = await database.open(sessionEntities);
  });
  afterAll(() => open?.close());
  beforeEach(async () => {
    const em = open.orm.em.fork();
    await em.nativeDelete(AuthSession, {});
    await em.nativeDelete(AuthAccount, {});
  });

  async function arrange(change: Parameters<typeof sessionWorld>[1] = {}) {
    const world = await sessionWorld(open.orm, change);
    const scopes = ['see'];
    const ada = await world.admin.create({ login: 'Ada', password, scopes, attributes: { company: 'Acme' } });
    return { ...world, ada };
  }
  const rows = () => open.orm.em.fork().find(AuthSession, {});

  it('opens one for the right password, whose calls run as that user', async () => {
    const { jar, ada } = await arrange();
    const browser = jar();
    expect((await browser.ask('GET', '/who')).status).toBe(401);
    const answer = await browser.logIn();
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        account: { id: ada.id, login: 'ada' },
        csrfToken: expect.stringMatching(/^[\w-]{43}$/),
        expiresAt: later(43_200).toISOString(),
        idleExpiresAt: later(1800).toISOString(),
      },
    });
    const id = browser.cookies.get(cookieName) ?? '';
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(answer.headers['set-cookie']).toBe(`${cookieName}=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`);
    expect(answer.text).not.toContain(id);
    const called = await browser.ask('GET', '/who');
    expect(called.body).toEqual({
      kind: 'user',
      id: ada.id,
      scopes: ['see'],
      strategy: 'auth.session',
      attributes: { company: 'Acme' },
    });
    expect(called.headers.vary).toContain('Cookie');
    expect(JSON.stringify(await rows())).not.toContain(id);
    expect(JSON.stringify(await open.orm.em.fork().find(AuthAccount, {}))).not.toContain(password);
  });

  it('R24: says that answers differ by cookie, and keeps them out of caches', async () => {
    const { jar } = await arrange();
    const browser = jar();
    await browser.logIn();
    for (const path of ['/who', '/session', '/nothing']) {
      const { headers } = await browser.ask('GET', path);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Authorization, Origin, Accept, Cookie' });
    }
  });

  it('shows the session and its CSRF token to its owner', async () => {
    const { jar, clock } = await arrange();
    const browser = jar();
    expect(await browser.ask('GET', '/session')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const told = (await browser.logIn()).body as object;
    clock.now = later(120);
    const { status, body } = await browser.ask('GET', '/session');
    expect({ status, body }).toEqual({ status: 200, body: { ...told, idleExpiresAt: later(1920).toISOString() } });
  });

  describe('fixation', () => {
    it('gives a new id at each login, and ends the one before', async () => {
      const { jar } = await arrange();
      const browser = jar();
      await browser.logIn();
      const first = browser.cookies.get(cookieName) ?? '';
      await browser.logIn();
      const second = browser.cookies.get(cookieName) ?? '';
      expect(second).not.toBe(first);
      const thief = jar();
      thief.cookies.set(cookieName, first);
      expect((await thief.ask('GET', '/who')).status).toBe(401);
      expect((await browser.ask('GET', '/who')).status).toBe(200);
      expect(await rows()).toHaveLength(1);
    });

    it('never takes over an id that was presented', async () => {
      const { jar } = await arrange();
      const planted = 'p'.repeat(43);
      for (const value of [planted, '', 'x', `${planted}x`]) {
        const browser = jar();
        browser.cookies.set(cookieName, value);
        expect((await browser.logIn()).status).toBe(200);
        expect(browser.cookies.get(cookieName)).not.toBe(value);
        const thief = jar();
        thief.cookies.set(cookieName, value);
        expect((await thief.ask('GET', '/who')).status).toBe(401);
      }
    });

    it('ends the session of another person who used the browser before', async () => {
      const { jar, admin, ada } = await arrange();
      await admin.create({ login: 'bob', password, scopes: [] });
      const browser = jar();
      await browser.logIn();
      await browser.logIn('bob');
      expect((await rows()).filter(({ accountId }) => accountId === ada.id)).toEqual([]);
    });
  });

  it('is over after logging out, for whoever has kept the cookie', async () => {
    const { jar } = await arrange();
    const browser = jar();
    await browser.logIn();
    const kept = browser.cookies.get(cookieName) ?? '';
    const { csrf } = browser;
    const out = await browser.ask('POST', '/session/logout', { headers: { 'x-csrf-token': csrf.token } });
    expect(out.status).toBe(200);
    expect(out.headers['set-cookie']).toMatch(/^__Host-session=; Max-Age=0; Path=\/; HttpOnly; Secure/);
    expect(browser.cookies.size).toBe(0);
    const replay = jar();
    replay.cookies.set(cookieName, kept);
    expect(await replay.ask('GET', '/who')).toMatchObject({ status: 401, body: { code: 'invalid_session' } });
    expect((await replay.ask('POST', '/session/logout')).status).toBe(200);
    expect(replay.cookies.size).toBe(0);
    expect((await jar().ask('POST', '/session/logout')).status).toBe(200);
  });

  describe('ends in time', () => {
    it('when it is not used', async () => {
      const { jar, clock } = await arrange();
      const browser = jar();
      await browser.logIn();
      for (const [seconds, status] of [
        [1799, 200],
        [1799 + 1799, 200],
        [1799 + 1799 + 1800, 401],
        [1799 + 1799, 200],
      ] as const) {
        clock.now = later(seconds);
        expect([seconds, (await browser.ask('GET', '/who')).status]).toEqual([seconds, status]);
      }
    });

    it('whatever the use', async () => {
      const { jar, clock } = await arrange({ absoluteSeconds: 3600, idleSeconds: 1800 });
      const browser = jar();
      await browser.logIn();
      for (let seconds = 600; seconds < 3600; seconds += 600) {
        clock.now = later(seconds);
        expect((await browser.ask('GET', '/who')).status).toBe(200);
      }
      clock.now = later(3599);
      expect((await browser.ask('GET', '/who')).status).toBe(200);
      clock.now = later(3600);
      expect((await browser.ask('GET', '/who')).status).toBe(401);
      expect((await rows()).map(({ idleExpiresAt }) => idleExpiresAt)).toEqual([later(3600)]);
    });

    it('and writes its use at most once a minute', async () => {
      const writes: Date[] = [];
      const { jar, clock } = await arrange({
        storeOf: (own) => ({
          ...own,
          touch: (digest, seen, until) => {
            writes.push(seen);
            return own.touch(digest, seen, until);
          },
        }),
      });
      const browser = jar();
      await browser.logIn();
      for (const seconds of [1, 30, 59, 60, 61, 119, 120, 121]) {
        clock.now = later(seconds);
        await browser.ask('GET', '/who');
      }
      expect(writes).toEqual([later(60), later(120)]);
    });

    it('and its row goes with one of the next logins', async () => {
      const { jar, clock } = await arrange();
      await jar().logIn();
      clock.now = later(1801);
      await jar().logIn();
      expect((await rows()).map(({ createdAt }) => createdAt)).toEqual([later(1801)]);
    });
  });

  describe('ends with its account’s', () => {
    const ways = {
      'other password': ({ admin, ada }: Awaited<ReturnType<typeof arrange>>) =>
        admin.setPassword(ada.id, 'another good password'),
      disabling: ({ admin, ada }: Awaited<ReturnType<typeof arrange>>) => admin.disable(ada.id),
      'being logged out everywhere': ({ admin, ada }: Awaited<ReturnType<typeof arrange>>) => admin.endSessions(ada.id),
      deletion: ({ admin, ada }: Awaited<ReturnType<typeof arrange>>) => admin.delete(ada.id),
    };

    it.each(Object.keys(ways) as (keyof typeof ways)[])('%s', async (way) => {
      const world = await arrange();
      const [one, other] = [world.jar(), world.jar()];
      await one.logIn();
      await other.logIn();
      await ways[way](world);
      for (const browser of [one, other]) expect((await browser.ask('GET', '/who')).status).toBe(401);
      expect(await rows()).toEqual([]);
    });

    it('epoch alone, where rows are left', async () => {
      // The accounts of another store, and a login that was under way when the password changed.
      const { jar, admin, ada } = await arrange({
        accountsOf: (own) => ({
          ...own,
          async findByLogin(login) {
            const account = await own.findByLogin(login);
            if (account !== undefined && account.epoch === 0) await admin.setPassword(ada.id, 'another good password');
            return account;
          },
        }),
      });
      const browser = jar();
      expect((await browser.logIn()).status).toBe(200);
      expect(await rows()).toHaveLength(1);
      expect((await browser.ask('GET', '/who')).status).toBe(401);
    });
  });

  it('goes on with other scopes', async () => {
    const { jar, admin, ada } = await arrange();
    const browser = jar();
    await browser.logIn();
    await admin.setScopes(ada.id, ['nothing']);
    expect(await browser.ask('GET', '/who')).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    await admin.setScopes(ada.id, ['see', 'more']);
    expect((await browser.ask('GET', '/who')).body).toMatchObject({ scopes: ['see', 'more'] });
  });

  it('are no more than so many for an account, however many come at once', async () => {
    const { jar, admin, clock } = await arrange({ sessionsPerAccount: 3 });
    await admin.create({ login: 'bob', password, scopes: ['see'] });
    const bob = jar();
    await bob.logIn('bob');
    const browsers = Array.from({ length: 8 }, jar);
    const statuses = await Promise.all(browsers.map(async (browser) => (await browser.logIn()).status));
    expect(statuses).toEqual(Array(8).fill(200));
    expect(new Set(browsers.map(({ cookies }) => cookies.get(cookieName))).size).toBe(8);
    const open = async () => {
      const asked = await Promise.all(browsers.map((browser) => browser.ask('GET', '/who')));
      return asked.filter(({ status }) => status === 200).length;
    };
    expect(await open()).toBe(3);
    clock.now = later(60);
    expect(await open()).toBe(3);
    const last = jar();
    await last.logIn();
    expect(await open()).toBe(2);
    expect((await last.ask('GET', '/who')).status).toBe(200);
    expect((await bob.ask('GET', '/who')).status).toBe(200);
  });

  it('finds the account by any spelling of its login', async () => {
    const { jar } = await arrange();
    for (const login of ['ADA', ' ada ', 'ａｄａ'])
      expect([login, (await jar().logIn(login)).status]).toEqual([login, 200]);
  });

  it('renews the stored password at a login when it has become weak', async () => {
    const { jar, ada } = await arrange();
    const em = open.orm.em.fork();
    const account = await em.findOneOrFail(AuthAccount, ada.id);
    account.passwordHash =
      '$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$QVW2dG7xyZl3frJMiBe2jrFI9Q4IykTKsQBSuMVdUXk';
    const weak = account.passwordHash;
    await em.flush();
    const stored = async () => (await open.orm.em.fork().findOneOrFail(AuthAccount, ada.id)).passwordHash;
    expect((await jar().logIn('ada', 'not this one')).status).toBe(401);
    expect(await stored()).toBe(weak);
    expect((await jar().logIn('ada', 'weakly stored')).status).toBe(200);
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await jar().logIn('ada', 'weakly stored')).status).toBe(200);
  });

  it('is told apart by its host: an unprefixed cookie is none', async () => {
    const { api, jar } = await arrange();
    const browser = jar();
    await browser.logIn();
    const id = browser.cookies.get(cookieName) ?? '';
    for (const name of ['session', '__host-session', '__Secure-session', ' x__Host-session']) {
      const other = jarOf(() => api);
      other.cookies.set(name, id);
      expect(await other.ask('GET', '/who')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });

  it('answers unknown, wrong and disabled alike, byte for byte', async () => {
    const { jar, admin } = await arrange({ limits: false });
    const { id } = await admin.create({ login: 'gone', password, scopes: ['see'] });
    await admin.disable(id);
    await admin.create({ login: 'new', scopes: ['see'] });
    const answers = [];
    for (const [login, secret] of [
      ['nobody', password],
      ['ada', 'wrong horse battery staple'],
      ['gone', password],
      ['new', password],
      ['ada', 'x'.repeat(1025)],
      ['ada', ''],
      ['x'.repeat(255), password],
      ['a\u0007da', password],
    ] as const) {
      answers.push(said(await jar().logIn(login, secret)));
    }
    expect(answers[0]).toMatchObject({ status: 401 });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await rows()).toEqual([]);
  });

  it('tells its events, of accounts that there are', async () => {
    const { jar, trail, ada } = await arrange();
    const browser = jar();
    await browser.logIn('ada', 'wrong');
    await browser.logIn('nobody', 'wrong');
    await browser.logIn();
    await browser.logIn();
    await browser.ask('POST', '/session/logout');
    await browser.ask('POST', '/session/logout', { headers: { 'x-csrf-token': browser.csrf.token } });
    const told = trail.events.map(({ type, outcome, reason, accountId }) => [type, outcome, reason, accountId]);
    expect(told).toEqual([
      ['account.created', 'done', undefined, ada.id],
      ['session.refused', 'refused', 'invalid_credentials', ada.id],
      ['session.refused', 'refused', 'invalid_credentials', undefined],
      ['session.opened', 'done', undefined, ada.id],
      ['session.opened', 'done', undefined, ada.id],
      ['session.closed', 'done', undefined, ada.id],
      ['session.refused', 'refused', 'csrf_token_invalid', ada.id],
      ['session.closed', 'done', undefined, ada.id],
    ]);
    expect(trail.events[3]).toEqual({
      type: 'session.opened',
      outcome: 'done',
      at: start,
      api: 'shop',
      requestId: expect.any(String),
      network: '127.0.0.1',
      by: 'auth.session',
      accountId: ada.id,
    });
  });
});
