import type { RunningServer } from '@sallyport/adapters/node';
import { serveOn } from '@sallyport/adapters/serve-on';
import { type AccountAdmin, createAccountAdmin, createSessionStore } from '@sallyport/auth';
import { type Api, ClockService, silentLogger } from '@sallyport/core';
import { testDatabases } from '@sallyport/core/testing';
import { openapiDocument } from '@sallyport/plugins/openapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPartnersLogin } from './api.ts';
import { passwordsOf } from './people.ts';
import { type Json, now, openWorld, type World } from './testing/index.ts';

const password = 'a password of the tests';
const every = ['create', 'read', 'update', 'delete', 'search', 'rpc'];
const json = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly jsonrpc: string;
    readonly id: null;
    readonly result: Json & { readonly records: readonly Json[]; readonly csrf_token: string };
    readonly error: { readonly code: number; readonly message: string; readonly data: { readonly name: string } };
  };
}

// Secure API contract, section 3: sessions and authentication modes, over HTTP.
describe.each(testDatabases())('people on $name', (database) => {
  let world: World;
  let login: Api;
  let running: RunningServer;
  let admin: AccountAdmin;
  let clock = now;
  let ids: Readonly<Record<'ada' | 'gus', string>>;
  beforeAll(async () => {
    const services = (registry: Api['services']) => registry.register(ClockService, () => ({ now: () => clock }));
    world = await openWorld(database, { services });
    const { orm } = world.open;
    login = await createPartnersLogin({ orm, secrets: world.secrets, logger: silentLogger, services });
    running = await serveOn('node', [login, world.api]);
    admin = createAccountAdmin(orm, { passwords: passwordsOf(world.secrets), sessions: createSessionStore(orm) });
    const make = async (name: string, company: string, scopes = every) =>
      (await admin.create({ login: name, password, scopes, attributes: { company } })).id;
    ids = { ada: await make('ada@acme.example', 'Acme'), gus: await make('gus@globex.example', 'Globex') };
    await make('reader@acme.example', 'Acme', ['search']);
    await make('system', 'Acme', ['system']);
  });
  afterAll(async () => {
    await running?.close();
    await login?.close();
    await world?.close();
  });

  /** A client that keeps cookies, as curl does with `-c` and `-b`. */
  function client() {
    let cookie = '';
    const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(running.url + path, {
        method,
        headers: { ...(cookie === '' ? {} : { cookie }), ...(body === undefined ? {} : json), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const given = response.headers.get('set-cookie');
      if (given !== null) cookie = given.includes('Max-Age=0') ? '' : (given.split(';', 1)[0] ?? '');
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: JSON.parse(text) } as Answer;
    };
    const logIn = (name: string, secret = password) =>
      ask('POST', '/web/session/authenticate', {
        jsonrpc: '2.0',
        params: { db: 'partners', login: name, password: secret },
      });
    return {
      ask,
      logIn,
      cookie: () => cookie,
      async as(name: string) {
        const { status } = await logIn(name);
        if (status !== 200) throw new Error(`no session: ${status}`);
        return this;
      },
    };
  }
  const names = ({ body }: Answer) => body.result.records.map(({ name }) => name);

  describe('the session', () => {
    it('is opened as Secure API opens it', async () => {
      const person = client();
      const { status, headers, body } = await person.logIn('Ada@ACME.example');
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          jsonrpc: '2.0',
          id: null,
          result: {
            uid: ids.ada,
            username: 'ada@acme.example',
            csrf_token: expect.any(String),
            expires_at: new Date(now.getTime() + 43_200_000).toISOString(),
          },
        },
      });
      expect(headers.get('set-cookie')).toMatch(/^__Host-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      expect(headers.get('cache-control')).toBe('no-store');
      const again = await person.ask('POST', '/web/session/get_session_info', { jsonrpc: '2.0', params: {} });
      expect(again.body).toEqual(body);
      expect((await client().ask('POST', '/web/session/get_session_info', {})).status).toBe(401);
    });

    it('is refused with 401 and the same error, whatever is wrong', async () => {
      const told = async (name: string, secret: string) => {
        const { status, body } = await client().logIn(name, secret);
        return { status, body: JSON.stringify(body).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id') };
      };
      const wrong = await told('ada@acme.example', 'another password');
      expect(wrong.status).toBe(401);
      expect(JSON.parse(wrong.body)).toMatchObject({
        jsonrpc: '2.0',
        id: null,
        error: { code: 401, message: 'Login or password is wrong.', data: { name: 'invalid_credentials' } },
      });
      expect(await told('nobody@acme.example', password)).toEqual(wrong);
    });

    it('refuses in the application’s way what is no login', async () => {
      for (const body of [{ login: 'ada@acme.example', password }, { params: { login: 'ada' } }, { params: 7 }, []]) {
        const { status, body: told } = await client().ask('POST', '/web/session/authenticate', body);
        expect([status, told.error.code, told.error.data.name]).toEqual([200, 422, 'invalid_body']);
      }
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      expect((await client().ask('POST', '/web/session/authenticate', 'login=ada', form)).status).toBe(415);
    });

    it('ends with destroy', async () => {
      const person = await client().as('ada@acme.example');
      const cookie = person.cookie();
      expect((await person.ask('GET', '/api/partner/rest')).status).toBe(200);
      const out = await person.ask('POST', '/web/session/destroy', { jsonrpc: '2.0', params: {} });
      expect(out.body).toEqual({ jsonrpc: '2.0', id: null, result: true });
      expect(person.cookie()).toBe('');
      const replay = await client().ask('GET', '/api/partner/rest', undefined, { cookie });
      expect([replay.status, replay.body.error.data.name]).toEqual([401, 'invalid_session']);
    });

    it('ends when it is not used, and after twelve hours', async () => {
      const person = await client().as('ada@acme.example');
      const at = async (seconds: number) => {
        clock = new Date(now.getTime() + seconds * 1000);
        return (await person.ask('GET', '/api/partner/rest')).status;
      };
      expect(await at(1799)).toBe(200);
      expect(await at(1799 + 1800)).toBe(401);
      clock = now;
      await person.logIn('ada@acme.example');
      for (let seconds = 1200; seconds < 43_200; seconds += 1200) expect(await at(seconds)).toBe(200);
      expect(await at(43_200)).toBe(401);
      clock = now;
    });

    it('ends when the account is disabled', async () => {
      const person = await client().as('gus@globex.example');
      await admin.disable(ids.gus);
      expect((await person.ask('GET', '/api/partner/rest')).status).toBe(401);
      expect((await person.logIn('gus@globex.example')).status).toBe(401);
      await admin.enable(ids.gus);
      expect((await person.logIn('gus@globex.example')).status).toBe(200);
    });

    it('changes things with the cookie alone, when no page can have asked', async () => {
      const person = await client().as('ada@acme.example');
      const partner = '/api/partner/rest';
      const made = await person.ask('POST', partner, { name: 'By cookie' });
      expect(made).toMatchObject({ status: 200, body: { result: { name: 'By cookie', client: ids.ada } } });
      const one = `${partner}/${made.body.result.id}`;
      expect((await person.ask('PATCH', one, { phone: '1' })).body.result.phone).toBe('1');
      const { result } = (await person.logIn('ada@acme.example')).body;
      for (const headers of [
        { origin: running.url },
        { 'sec-fetch-site': 'same-origin' },
        { referer: `${running.url}/page` },
        { 'x-csrf-token': 'wrong' },
      ]) {
        const refused = await person.ask('DELETE', one, undefined, headers);
        expect([refused.status, refused.body.error.data.name]).toEqual([403, 'csrf_token_invalid']);
      }
      const evil = { origin: 'https://evil.example', 'x-csrf-token': result.csrf_token };
      expect((await person.ask('DELETE', one, undefined, evil)).body.error.data.name).toBe('cross_site_request');
      const right = { origin: running.url, 'x-csrf-token': result.csrf_token };
      expect((await person.ask('DELETE', one, undefined, right)).status).toBe(200);
    });
  });

  it('is in the documents: the cookie among the security schemes, the login among the routes', () => {
    const { components, paths } = openapiDocument(world.api.plan);
    expect(components?.securitySchemes).toMatchObject({
      session: { type: 'apiKey', in: 'cookie', name: '__Host-session' },
    });
    const { security } = paths?.['/country/rest']?.get ?? {};
    expect(security).toEqual(expect.arrayContaining([{ session: expect.any(Array) }, {}]));
    const { paths: routes } = openapiDocument(login.plan);
    expect(Object.keys(routes ?? {})).toEqual([
      '/web/session/authenticate',
      '/web/session/destroy',
      '/web/session/get_session_info',
    ]);
    const { requestBody, responses } = routes?.['/web/session/authenticate']?.post ?? {};
    expect(JSON.stringify(requestBody)).toContain('"required":["params"]');
    expect(Object.keys(responses ?? {})).toEqual(expect.arrayContaining(['200', '401', '403', '429', '503']));
  });

  describe('user mode', () => {
    it('runs with the rights of the person, in the company of the person', async () => {
      const [ada, gus] = [await client().as('ada@acme.example'), await client().as('gus@globex.example')];
      expect(names(await ada.ask('GET', '/api/company/rest'))).toEqual(['Acme']);
      expect(names(await gus.ask('GET', '/api/company/rest'))).toEqual(['Globex']);
      const [ours, theirs] = [await ada.ask('GET', '/api/partner/rest'), await gus.ask('GET', '/api/partner/rest')];
      expect(names(ours)).toContain('Azure Interior');
      expect(names(theirs)).toEqual(['Billy Fox', 'Kim Snyder', 'Ready Mat', 'The Jackson Group']);
      expect(names(ours).filter((name) => names(theirs).includes(name))).toEqual([]);
      const [foreign] = theirs.body.result.records;
      for (const [method, body] of [['GET'], ['PATCH', { name: 'Ours' }], ['DELETE']] as const) {
        expect((await ada.ask(method, `/api/partner/rest/${foreign?.id}`, body)).status).toBe(404);
      }
    });

    it('lets nobody do more than the account may', async () => {
      const reader = await client().as('reader@acme.example');
      expect((await reader.ask('GET', '/api/partner/rest')).status).toBe(200);
      expect((await reader.ask('POST', '/api/partner/rest', { name: 'X' })).status).toBe(403);
      expect((await client().ask('GET', '/api/partner/rest')).status).toBe(401);
    });

    it('has no way to the system: its name is a name', async () => {
      const person = await client().as('system');
      expect((await person.ask('GET', '/api/partner/rest')).status).toBe(403);
      for (const headers of [{ 'x-principal': 'system' }, { cookie: '__Host-session=system' }]) {
        expect((await client().ask('GET', '/api/partner/rest', undefined, headers)).status).toBe(401);
      }
    });
  });

  describe('public mode', () => {
    const countries = '/api/country/rest';
    it('runs as the configured account without credentials, and with the person’s rights in a session', async () => {
      expect((await client().ask('GET', countries)).status).toBe(200);
      expect((await client().ask('POST', countries, { code: 'NL', name: 'Netherlands' })).status).toBe(403);
      const person = await client().as('ada@acme.example');
      const made = await person.ask('POST', countries, { code: 'NL', name: 'Netherlands' });
      expect(made.status).toBe(200);
      expect((await person.ask('DELETE', `${countries}/${made.body.result.id}`)).status).toBe(200);
    });

    it('is no way round: broken credentials are refused, not let in as the account', async () => {
      const { cookie } = await client().as('ada@acme.example');
      for (const headers of [
        { cookie: '__Host-session=' },
        { cookie: '__Host-session=guest' },
        { cookie: `__Host-session=${'A'.repeat(43)}` },
        { cookie: `${cookie()}x` },
        { authorization: 'Bearer guest' },
        { authorization: 'Basic Z3Vlc3Q6' },
        { authorization: 'Bearer guest', cookie: cookie() },
      ]) {
        for (const path of [countries, '/api/partner/rest']) {
          expect([headers, (await client().ask('GET', path, undefined, headers)).status]).toEqual([headers, 401]);
        }
      }
      const twice = { cookie: `${cookie()}; ${cookie()}` };
      expect((await client().ask('GET', countries, undefined, twice)).status).toBe(400);
      expect((await client().ask('GET', '/api/partner/rest', undefined, { cookie: 'other=1' })).status).toBe(401);
      expect((await client().ask('GET', countries, undefined, { cookie: 'other=1' })).status).toBe(200);
    });
  });
});
