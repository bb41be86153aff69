import { inspect } from 'node:util';
import type { CallerPrincipal } from '@sallyport/core';
import { memoryLogger, type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { later } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { password, passwords, said, sessionEntities, sessionWorld } from '../../test-support/sessions.ts';
import {
  bearer,
  clients,
  createMemoryAccountStore,
  createMemoryClientStore,
  createMemoryTokenStore,
  opaqueTokens,
  sessions,
} from '../index.ts';

const cookieName = '__Host-session';
const down = () => Promise.reject(new Error('the store is down'));

let open: OpenTestDatabase;
beforeAll(async () => {
  const [pglite] = testDatabases();
  if (pglite === undefined) throw new Error('no database');
  open = await pglite.open(sessionEntities);
});
afterAll(() => open?.close());

let people = 0;
/** A person whom no other test knows. */
async function arrange(change: Parameters<typeof sessionWorld>[1] = {}) {
  const world = await sessionWorld(open.orm, change);
  people += 1;
  const login = `person-${people}`;
  const { id } = await world.admin.create({ login, password, scopes: ['see'] });
  const enter = async () => {
    const browser = world.jar();
    expect((await browser.logIn(login)).status).toBe(200);
    return browser;
  };
  return { ...world, login, id, enter };
}

describe('forged requests', () => {
  it('are told by the token, which the login and the session give', async () => {
    const { enter } = await arrange();
    const browser = await enter();
    const post = (headers: Record<string, string> = {}) => browser.ask('POST', '/who', { headers });
    expect(await post()).toMatchObject({ status: 403, body: { code: 'csrf_token_invalid' } });
    const other = await enter();
    expect((await post({ 'x-csrf-token': other.csrf.token })).status).toBe(403);
    const right = { 'x-csrf-token': browser.csrf.token };
    expect((await post(right)).status).toBe(200);
    expect(await post({ ...right, origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'cross_site_request' },
    });
    expect((await post({ ...right, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const { body } = await browser.ask('GET', '/session');
    expect(body).toMatchObject({ csrfToken: browser.csrf.token });
  });

  it('leave the session as it was: no use is counted, nobody is logged out', async () => {
    const { enter, clock, store } = await arrange();
    const touch = vi.spyOn(store, 'touch');
    const browser = await enter();
    clock.now = later(300);
    expect((await browser.ask('POST', '/who')).status).toBe(403);
    expect((await browser.ask('POST', '/session/logout')).status).toBe(403);
    expect(touch).not.toHaveBeenCalled();
    expect((await browser.ask('GET', '/who')).status).toBe(200);
  });

  it('cannot log anybody out, nor take the cookie away', async () => {
    const { jar, enter } = await arrange();
    for (const browser of [jar(), await enter()]) {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      const refused = await browser.ask('POST', '/session/logout', { headers });
      expect([refused.status, refused.headers['set-cookie']]).toEqual([403, undefined]);
    }
    const twice = await jar().ask('POST', '/session/logout', {
      headers: { cookie: '__Host-session=a; __Host-session=b' },
    });
    expect(twice.status).toBe(400);
  });

  it('cannot log anybody in', async () => {
    const { jar, login } = await arrange();
    const browser = jar();
    const own = { origin: 'http://test', 'sec-fetch-site': 'same-origin' };
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await browser.logIn(login, password, { headers });
      expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site_request' } });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    const body = JSON.stringify({ login, password });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
      const sent = { headers: { 'content-type': type }, body };
      expect([type, (await browser.ask('POST', '/session/login', sent)).status]).toEqual([type, 415]);
    }
    expect(browser.cookies.size).toBe(0);
    expect((await browser.logIn(login, password, { headers: own })).status).toBe(200);
  });

  it('come from trusted pages too, when these are named', async () => {
    const { jar, login } = await arrange({ trustedOrigins: ['https://app.example.org'] });
    const headers = { origin: 'https://app.example.org', 'sec-fetch-site': 'same-site' };
    expect((await jar().logIn(login, password, { headers })).status).toBe(200);
  });
});

describe('cookies', () => {
  it('that come twice are refused: one of them was tossed in', async () => {
    const { enter, jar } = await arrange();
    const browser = await enter();
    const id = browser.cookies.get(cookieName);
    for (const cookie of [`${cookieName}=${id}; ${cookieName}=${id}`, `${cookieName}=x; ${cookieName}=${id}`]) {
      for (const path of ['/who', '/session']) {
        const { status, body } = await jar().ask('GET', path, { headers: { cookie } });
        expect({ status, body }).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
      }
    }
  });

  it('that can be no session are refused before a store is asked', async () => {
    const { jar, store } = await arrange();
    const find = vi.spyOn(store, 'find');
    for (const value of [
      '',
      'x',
      'x'.repeat(42),
      'x'.repeat(44),
      'x'.repeat(8000),
      '%00',
      `${'x'.repeat(42)}=`,
      '"x"',
    ]) {
      const { status, body } = await jar().ask('GET', '/who', { headers: { cookie: `${cookieName}=${value}` } });
      expect({ status, body }).toMatchObject({ status: 401, body: { code: 'invalid_session' } });
    }
    expect((await jar().ask('GET', '/who', { headers: { cookie: 'x'.repeat(20_000) } })).status).toBe(431);
    expect(find).not.toHaveBeenCalled();
  });
});

describe('other credentials', () => {
  const { client } = testClient(testHasher(), { clientId: 'machine', scopes: ['see'] });

  async function withTokens() {
    const store = createMemoryClientStore([client]);
    const tokens = opaqueTokens({ store: createMemoryTokenStore(), clients: store });
    const plugins = [clients({ store }), bearer({ tokens: [tokens] })];
    const world = await arrange({ plugins });
    const issuer = tokens.connect({ services: world.api.services, api: { name: 'shop', basePath: '' } });
    const { token } = await issuer.issue({ client, scopes: ['see'], now: world.clock.now });
    return { ...world, authorization: `Bearer ${token}` };
  }

  it('R20: an Authorization header decides, whatever cookie the browser adds', async () => {
    const { enter, authorization, jar } = await withTokens();
    const browser = await enter();
    const ask = (headers: Record<string, string>) => browser.ask('POST', '/who', { headers });
    expect(await ask({ authorization })).toMatchObject({ status: 200, body: { kind: 'client', id: 'machine' } });
    const csrf = { 'x-csrf-token': browser.csrf.token };
    for (const bad of ['Bearer spt_bad', 'Basic YTpi', 'Nothing', '']) {
      expect([bad, (await ask({ authorization: bad, ...csrf })).status]).toEqual([bad, 401]);
    }
    expect((await jar().ask('GET', '/who', { headers: { authorization, cookie: `${cookieName}=bad` } })).status).toBe(
      200,
    );
  });

  it('a broken cookie is refused, not let in as the public account', async () => {
    const scopes = new Set(['see']);
    const guest: CallerPrincipal = { kind: 'client', id: 'guest', scopes, strategy: 'auth.public', attributes: {} };
    const plugins = [{ name: 'auth.public', strategies: [{ name: 'auth.public', authenticate: () => guest }] }];
    const { enter, jar, id } = await arrange({ plugins });
    const ask = async (headers: Record<string, string> = {}) => {
      const { status, body } = await jar().ask('GET', '/who', { headers });
      return status === 200 ? (body as { id: string }).id : status;
    };
    expect(await ask()).toBe('guest');
    expect(await ask({ cookie: 'other=1' })).toBe('guest');
    expect(await ask({ cookie: `${cookieName}=bad` })).toBe(401);
    expect(await ask({ cookie: `${cookieName}=${'x'.repeat(43)}` })).toBe(401);
    const browser = await enter();
    expect(await ask({ cookie: `${cookieName}=${browser.cookies.get(cookieName)}` })).toBe(id);
    expect((await browser.ask('POST', '/who')).status).toBe(403);
  });

  it('nobody becomes the system: not by name, by attributes or by headers', async () => {
    const { jar, admin, clock } = await arrange();
    clock.now = later(0);
    const attributes = { kind: 'system', principal: { kind: 'system' } };
    await admin.create({ login: 'system', password, scopes: ['see', 'system'], attributes });
    const browser = jar();
    await browser.logIn('system');
    const headers = { 'x-principal': 'system', 'x-forwarded-user': 'system', 'x-remote-user': 'system' };
    expect((await browser.ask('GET', '/who', { headers })).body).toMatchObject({ kind: 'user', attributes });
    expect((await jar().ask('GET', '/who', { headers })).status).toBe(401);
  });
});

describe('guessing', () => {
  it('R17: is slowed for a login from one network, in whatever spelling, and its owner comes in from another', async () => {
    const { jar, login, clock } = await arrange();
    const guess = (name = login, secret = 'wrong password') => jar().logIn(name, secret);
    const statuses = [];
    for (let turn = 0; turn < 6; turn += 1)
      statuses.push((await guess(turn % 2 === 0 ? login : login.toUpperCase())).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    const locked = await guess(login, password);
    expect(locked).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    const headers = { 'x-forwarded-for': '192.0.2.9' };
    expect((await jar().logIn(login, password, { headers })).status).toBe(200);
    expect((await jar().logIn('somebody-else', 'wrong password')).status).toBe(401);
    clock.now = later(60);
    expect((await guess(login, password)).status).toBe(200);
  });

  it('locks a login that nobody has in the same way', async () => {
    const { jar, login } = await arrange();
    const lock = async (name: string) => {
      for (let turn = 0; turn < 5; turn += 1) await jar().logIn(name, 'wrong password');
      return said(await jar().logIn(name, 'wrong password'));
    };
    const known = await lock(login);
    expect(known).toMatchObject({ status: 429 });
    expect(await lock('nobody-has-this')).toEqual(known);
  });

  it('is counted however many come at once, and no more of them are hashed than may be wrong', async () => {
    const verify = vi.fn(passwords.verify);
    const { jar, login } = await arrange({ passwords: { ...passwords, verify } });
    const tries = await Promise.all(Array.from({ length: 40 }, () => jar().logIn(login, 'wrong password')));
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(35);
    expect(verify.mock.calls.length).toBeLessThanOrEqual(6);
    expect((await jar().logIn(login)).status).toBe(429);
  });

  it('costs the same work whatever the account', async () => {
    const verify = vi.fn(passwords.verify);
    const { jar, login, admin, id } = await arrange({ passwords: { ...passwords, verify }, limits: false });
    const work = async (name: string) => {
      verify.mockClear();
      await jar().logIn(name, 'wrong password');
      return verify.mock.calls.length;
    };
    expect(await work(login)).toBe(1);
    await admin.disable(id);
    expect(await work(login)).toBe(1);
    expect(await work('nobody')).toBe(1);
    expect(await work('x'.repeat(300))).toBe(1);
  });
});

describe('R27: a store that is down', () => {
  it('is 503, and never yes', async () => {
    const { enter, jar, login, store, accounts } = await arrange({
      accountsOf: (own) => ({ ...own }),
      storeOf: (own) => ({ ...own }),
    });
    const browser = await enter();
    const expectDown = (answer: { status: number; headers: object }) =>
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
    for (const spy of [vi.spyOn(store, 'find'), vi.spyOn(accounts, 'find')]) {
      spy.mockImplementationOnce(down).mockImplementationOnce(down);
      expectDown(await browser.ask('GET', '/who'));
      expectDown(await browser.ask('GET', '/session'));
      expect((await browser.ask('GET', '/who')).status).toBe(200);
    }
    const byLogin = vi.spyOn(accounts, 'findByLogin').mockImplementation(down);
    expectDown(await jar().logIn(login));
    byLogin.mockRestore();
    const insert = vi.spyOn(store, 'insert').mockImplementation(down);
    const refused = await jar().logIn(login);
    expectDown(refused);
    expect(refused.headers['set-cookie']).toBeUndefined();
    insert.mockRestore();
    const remove = vi.spyOn(store, 'remove').mockImplementation(down);
    const out = await browser.ask('POST', '/session/logout', { headers: { 'x-csrf-token': browser.csrf.token } });
    expectDown(out);
    expect(out.headers['set-cookie']).toBeUndefined();
    remove.mockRestore();
  });

  it('of limits or of events, too', async () => {
    const limiter = { take: down, peek: down, clear: down };
    const limited = await arrange({ limiter });
    expect((await limited.jar().logIn(limited.login)).status).toBe(503);
    const { jar, login, trail } = await arrange();
    const record = vi.spyOn(trail, 'record').mockImplementation(down);
    const refused = await jar().logIn(login);
    expect(refused.status).toBe(503);
    expect(refused.headers['set-cookie']).toBeUndefined();
    record.mockRestore();
    expect((await jar().logIn(login)).status).toBe(200);
  });
});

it('R48: shows no password, session id or CSRF token in logs, events, errors or addresses', async () => {
  const logger = memoryLogger();
  const accounts = { broken: false };
  const world = await arrange({
    logger,
    accountsOf: (own) => ({
      ...own,
      findByLogin: (login) => (accounts.broken ? down() : own.findByLogin(login)),
    }),
  });
  const canary = 'canary-password-of-nobody';
  const browser = await world.enter();
  const id = browser.cookies.get(cookieName) ?? '';
  const answers = [
    await browser.ask('GET', '/session'),
    await browser.ask('POST', '/who'),
    await browser.ask('PUT', '/who'),
  ];
  for (const body of [
    { login: world.login, password: canary },
    { login: canary, password: 'x' },
    { login: { canary }, password: canary },
    { login: 'a', password: [canary] },
    { password: canary },
    `{"login":"a","password":"${canary}"`,
    { params: { login: 'a', password: canary } },
  ]) {
    const headers = { 'content-type': 'application/json' };
    answers.push(await world.jar().ask('POST', '/session/login', { headers, body }));
  }
  accounts.broken = true;
  answers.push(await world.jar().logIn(world.login, canary));
  answers.push(await browser.ask('POST', '/session/logout', { headers: { 'x-csrf-token': browser.csrf.token } }));
  answers.push(await browser.ask('GET', '/who', { headers: { cookie: `${cookieName}=${id}` } }));
  expect(answers.map(({ status }) => status)).toEqual([
    200, 403, 403, 401, 401, 422, 422, 422, 400, 422, 503, 200, 401,
  ]);
  const shown = answers.map(({ text, headers }) => `${text}${JSON.stringify(headers)}`).join('\n');
  const kept = inspect([logger.lines, world.trail.events], { depth: 9, maxArrayLength: null });
  expect(logger.lines.length).toBeGreaterThan(10);
  for (const secret of [canary, password, id]) {
    expect(shown).not.toContain(secret);
    expect(kept).not.toContain(secret);
  }
  expect(kept).not.toContain(browser.csrf.token);
  expect(kept).not.toContain(world.login);
});

it('says at the start what does not fit', async () => {
  const options = { accounts: createMemoryAccountStore(), store: {} as never, passwords };
  for (const [change, place] of [
    [{ idleSeconds: 0 }, 'sessions.idleSeconds'],
    [{ idleSeconds: 7200, absoluteSeconds: 3600 }, 'sessions.idleSeconds'],
    [{ absoluteSeconds: 1e12 }, 'sessions.absoluteSeconds'],
    [{ sessionsPerAccount: 0 }, 'sessions.sessionsPerAccount'],
    [{ cookie: { name: '__Host-x' } }, 'sessions.cookie.name'],
    [{ trustedOrigins: ['*'] }, 'sessions.trustedOrigins[0]'],
  ] as const) {
    expect(() => sessions({ ...options, ...change })).toThrow(place);
  }
  const limits = { failures: [{ limit: 0, windowSeconds: 60 }] };
  await expect(sessionWorld(open.orm, { limits })).rejects.toThrow('sessions.limits.failures');
});
