import { ClockService } from '@sallyport/core';
import { testDatabases } from '@sallyport/core/testing';
import { call } from '@sallyport/plugins/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, type Json, now, openWorld, requestToken, type World } from './testing/index.ts';

// Secure API contract, section 3: who may do what.
describe.each(testDatabases())('access on $name', (database) => {
  let world: World;
  let acme: Caller;
  let globex: Caller;
  let clock = now;
  beforeAll(async () => {
    world = await openWorld(database, {
      services: (services) => services.register(ClockService, () => ({ now: () => clock })),
    });
    acme = await world.caller({ clientId: 'acme' });
    globex = await world.caller({ clientId: 'globex', company: 'Globex' });
  });
  afterAll(() => world?.close());

  describe.each(['/api/oauth2/token', '/api/jwt/token'])('a token of %s', (path) => {
    const ways = (): Readonly<Record<string, { headers: Record<string, string>; body: string }>> => {
      const { clientId, secret } = acme.credentials;
      const form = 'application/x-www-form-urlencoded';
      const parts = [`client_id"\r\n\r\n${clientId}`, `client_secret"\r\n\r\n${secret}`];
      return {
        multipart: {
          headers: { 'content-type': 'multipart/form-data; boundary=b' },
          body: `${parts.map((part) => `--b\r\nContent-Disposition: form-data; name="${part}\r\n`).join('')}--b--\r\n`,
        },
        form: {
          headers: { 'content-type': form },
          body: `grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`,
        },
        json: {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ client_id: clientId, client_secret: secret }),
        },
        basic: {
          headers: {
            'content-type': form,
            authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
          },
          body: 'grant_type=client_credentials',
        },
      };
    };

    it.each(['multipart', 'form', 'json', 'basic'])('is given for credentials sent by %s', async (way) => {
      const { status, body, headers } = await call(world.api, 'POST', path, ways()[way]);
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          access_token: expect.any(String),
          token_type: 'Bearer',
          expires_in: 1800,
          scope: 'create read update delete search rpc',
        },
      });
      expect(headers['cache-control']).toBe('no-store');
      const authorization = `Bearer ${(body as Json).access_token}`;
      expect((await world.ask('GET', '/api/partner/rest', undefined, { authorization })).status).toBe(200);
    });

    it('is refused alike for a wrong secret and an unknown client', async () => {
      const { clientId } = acme.credentials;
      const wrong = await requestToken(world.api, path, { clientId, secret: 'wrong' });
      const unknown = await requestToken(world.api, path, { clientId: 'nobody', secret: 'wrong' });
      expect(wrong).toMatchObject({ status: 401, body: { jsonrpc: '2.0', id: null, error: { code: 401 } } });
      expect(told(wrong.body)).toEqual(told(unknown.body));
    });

    it('lives as long as the client’s tokens do', async () => {
      const short = await world.caller({ clientId: `short${path.replaceAll('/', '-')}`, lifetime: 60 });
      const { body } = await requestToken(world.api, path, short.credentials);
      expect((body as Json).expires_in).toBe(60);
      const authorization = `Bearer ${(body as Json).access_token}`;
      const ask = async () => (await world.ask('GET', '/api/partner/rest', undefined, { authorization })).status;
      expect(await ask()).toBe(200);
      clock = new Date(now.getTime() + 90_000);
      expect(await ask()).toBe(401);
      clock = now;
    });

    it('ends with its client, at once', async () => {
      const client = await world.caller({ clientId: `ends${path.replaceAll('/', '-')}` });
      const { body } = await requestToken(world.api, path, client.credentials);
      const authorization = `Bearer ${(body as Json).access_token}`;
      const ask = async () => (await world.ask('GET', '/api/partner/rest', undefined, { authorization })).status;
      expect(await ask()).toBe(200);
      await world.admin.disable(client.credentials.clientId);
      expect(await ask()).toBe(401);
      expect((await requestToken(world.api, path, client.credentials)).status).toBe(401);
    });

    it('has no more scopes than were asked for', async () => {
      const { body } = await requestToken(world.api, path, acme.credentials, { scope: 'search' });
      const authorization = `Bearer ${(body as Json).access_token}`;
      expect((body as Json).scope).toBe('search');
      expect((await world.ask('GET', '/api/partner/rest', undefined, { authorization })).status).toBe(200);
      expect((await world.ask('POST', '/api/partner/rest', {}, { authorization })).status).toBe(403);
    });
  });

  it('keeps only a digest of a token', async () => {
    const rows = await world.open.orm.em.getConnection().execute('select * from sallyport_token');
    expect(JSON.stringify(rows)).not.toContain(acme.token.slice(4));
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('signs with %s and takes no other', async (jwtAlgorithm) => {
    const other = await world.another({ jwtAlgorithm });
    const { body } = await requestToken(other, '/api/jwt/token', acme.credentials);
    const token = String((body as Json).access_token);
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
      alg: jwtAlgorithm,
    });
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(other, 'GET', '/api/partner/rest', { headers })).status).toBe(200);
    expect((await world.ask('GET', '/api/partner/rest', undefined, headers)).status).toBe(
      jwtAlgorithm === 'HS256' ? 200 : 401,
    );
    await other.close();
  });

  describe('scopes', () => {
    const attempts = async ({ ask }: Caller) => {
      const { id } = (await acme.find('partner', '[("name","=","Gemini Furniture")]')).records[0] ?? { id: '' };
      return {
        search: (await ask('GET', '/api/partner/rest')).status,
        read: (await ask('GET', `/api/partner/rest/${id}`)).status,
        create: (await ask('POST', '/api/partner/rest', {})).status,
        update: (await ask('PATCH', `/api/partner/rest/${id}`, {})).status,
        delete: (await ask('DELETE', '/api/partner/rest/AAAAAAAA')).status,
        other: (await ask('GET', '/api/order/rest')).status,
      };
    };
    const none = { search: 403, read: 403, create: 403, update: 403, delete: 403, other: 403 };

    it.each([
      ['search', { search: 200, other: 200 }],
      ['read', { read: 200 }],
      ['create', { create: 200 }],
      ['update', { update: 200 }],
      ['delete', { delete: 404 }],
      ['rpc', {}],
      ['partner:search', { search: 200 }],
      ['partner:read', { read: 200 }],
      ['order:search', { other: 200 }],
      ['partner', {}],
      ['*', {}],
    ])('let no more through than they say: %s', async (scope, open) => {
      const client = await world.caller({ clientId: `only-${scope.replace(/\W/g, '-')}`, scopes: [scope] });
      expect(await attempts(client)).toEqual({ ...none, ...open });
    });

    it('decide what a relation shows', async () => {
      const narrow = await world.caller({ clientId: 'narrow', scopes: ['order:search', 'partner:read'] });
      const { records } = await narrow.find('order', '[("reference","=","S00001")]');
      expect(records[0]?.customer).toEqual([
        expect.any(String),
        { name: 'Azure Interior', country: expect.any(String), labels: [expect.any(String)] },
      ]);
      const domain = encodeURIComponent('[("customer.country.code","=","US")]');
      expect((await narrow.ask('GET', `/api/order/rest?domain=${domain}`)).error.code).toBe(400);
    });
  });

  describe('modes', () => {
    it('public: no caller is needed, and the call runs as the account', async () => {
      const { status, result } = await world.ask('GET', '/api/country/rest');
      expect({ status, length: result.length }).toEqual({ status: 200, length: 4 });
      expect((await world.ask('GET', `/api/country/rest/${result.records[0]?.id}`)).status).toBe(200);
      expect((await world.ask('POST', '/api/country/rest', { code: 'NL', name: 'Netherlands' })).status).toBe(403);
    });

    it('public: bad credentials are refused all the same', async () => {
      const bad = { authorization: 'Bearer spt_bad' };
      expect((await world.ask('GET', '/api/country/rest', undefined, bad)).status).toBe(401);
    });

    it('public: a disabled account closes it', async () => {
      await world.admin.disable('guest');
      expect((await world.ask('GET', '/api/country/rest')).status).toBe(401);
      await world.admin.enable('guest');
      expect((await world.ask('GET', '/api/country/rest')).status).toBe(200);
    });

    it('user: a caller is needed', async () => {
      for (const resource of ['partner', 'order', 'company', 'tag', 'nothing']) {
        const { status, headers } = await world.ask('GET', `/api/${resource}/rest`);
        expect({ status, challenge: headers['www-authenticate'] }).toEqual({
          status: 401,
          challenge: 'Bearer realm="partners"',
        });
      }
    });
  });

  describe('the server’s domain', () => {
    const named = (caller: Caller, name: string) => caller.find('partner', JSON.stringify([['name', '=', name]]));

    it('parts the companies', async () => {
      const [ours, theirs] = [await acme.find('partner', '[]'), await globex.find('partner', '[]')];
      const ids = new Set(ours.records.map(({ id }) => id));
      expect(theirs.records.some(({ id }) => ids.has(id))).toBe(false);
      expect((await acme.find('company', '[]')).records).toMatchObject([{ name: 'Acme' }]);
      expect((await globex.find('order', '[]')).records.map(({ reference }) => reference)).toEqual([
        'S00012',
        'S00009',
      ]);
    });

    it('holds for reading, changing and deleting', async () => {
      const id = (await named(globex, 'Ready Mat')).records[0]?.id;
      for (const [method, body] of [['GET'], ['PATCH', { name: 'Ours' }], ['DELETE']] as const) {
        expect((await acme.ask(method, `/api/partner/rest/${id}`, body)).status, method).toBe(404);
      }
      expect((await globex.ask('GET', `/api/partner/rest/${id}`)).result.name).toBe('Ready Mat');
    });

    it('holds for relations: shown, filtered, written', async () => {
      const [theirs] = (await named(globex, 'Ready Mat')).records;
      const made = await acme.ask('POST', '/api/partner/rest', { name: 'X', parent: theirs?.id });
      expect(made.error).toMatchObject({ code: 422, data: { name: 'unresolved_reference' } });
      const [retired] = (await acme.find('partner', '[("name","=","Azure Interior")]')).records;
      expect(JSON.stringify(retired?.labels)).toContain('Gold');
      expect(JSON.stringify(retired?.labels)).not.toContain('Retired');
      expect((await acme.find('partner', '[("labels.name","=","Retired")]')).length).toBe(0);
      const order = { reference: 'T1', customer: theirs?.id, lines: [{ product: 'A', quantity: 1, price: 1 }] };
      expect((await acme.ask('POST', '/api/order/rest', order)).error.data.name).toBe('unresolved_reference');
    });

    it('refuses to move a record out of it', async () => {
      const company = (await globex.find('company', '[]')).records[0]?.id;
      const { id } = (await named(acme, 'Floyd Steward')).records[0] ?? { id: '' };
      expect((await acme.ask('PATCH', `/api/partner/rest/${id}`, { company })).error.data.name).toBe(
        'unresolved_reference',
      );
      expect((await named(acme, 'Floyd Steward')).length).toBe(1);
    });

    it('refuses to make a record outside of it, or to leave it by a field of its own', async () => {
      const made = await acme.ask('POST', '/api/tag/rest', { name: 'Dead at birth', active: false });
      expect(made).toMatchObject({ status: 403, error: { code: 403, data: { name: 'forbidden' } } });
      const [press] = (await acme.find('tag', '[("name","=","Press")]')).records;
      const left = await acme.ask('PATCH', `/api/tag/rest/${press?.id}`, { name: 'Gone', active: false });
      expect(left.status).toBe(403);
      expect((await acme.find('tag', '[]')).records.map(({ name }) => name)).toEqual(['Gold', 'Press', 'Silver']);
    });

    it('has nothing for a client without a company', async () => {
      const stray = await world.caller({ clientId: 'stray', company: 'Nowhere' });
      expect((await stray.find('partner', '[]')).length).toBe(0);
      expect((await stray.ask('POST', '/api/partner/rest', { name: 'X' })).error.code).toBe(422);
    });
  });
});

/** An error body without what differs between two calls. */
function told(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id'));
}
