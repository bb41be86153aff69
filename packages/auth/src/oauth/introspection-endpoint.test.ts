import { call } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { formType, later, start } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { databases, ormOfFile } from '../../test-support/databases.ts';
import { alice, basicOf, bob, hasher, memoryClients, oauthApi, server } from '../../test-support/oauth-api.ts';
import { unknownToken } from '../../test-support/tokens.ts';
import {
  apiError,
  createClientAdmin,
  createClientStore,
  createMemoryTokenStore,
  createTokenStore,
  defineTokenKind,
  type IntrospectionEndpointOptions,
  introspectionEndpoint,
  jwtTokens,
  opaqueTokens,
  revocationEndpoint,
  type TokenKind,
} from '../index.ts';

const path = '/oauth/introspect';
const opaque = (): TokenKind => opaqueTokens({ store: createMemoryTokenStore() });
const jwt = (): TokenKind => jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'https://id.test' });

const database = ormOfFile();

async function arrange(tokens: readonly TokenKind[] = [opaque()], change: Partial<IntrospectionEndpointOptions> = {}) {
  const store = memoryClients();
  const plugins = [introspectionEndpoint({ tokens, ...change }), revocationEndpoint({ tokens })];
  return { ...(await oauthApi({ orm: database(), tokens, store, plugins })), store };
}

const dead = '{"active":false}';
const uncached = { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json' };
const issuedAt = start.getTime() / 1000;
/** What is told of a token of hers, whatever its kind. */
const ofAlice = {
  active: true,
  client_id: 'alice',
  sub: 'alice',
  scope: 'partner:read partner:create',
  token_type: 'Bearer',
  iat: issuedAt,
  exp: issuedAt + 600,
  aud: 'api',
  iss: 'https://id.test',
};

describe.each([
  ['opaque', opaque],
  ['JWT', jwt],
])('R30: %s tokens', (_, kind) => {
  it('a dead token of any kind is answered exactly {"active":false}', async () => {
    const { post, token, clock, store } = await arrange([kind()], { scope: 'introspect' });
    const revoked = await token(alice);
    await post('/oauth/revoke', { token: revoked }, alice);
    const ofBob = await token(bob);
    const old = await token(alice);
    store.set({ ...bob.client, active: false });
    const texts = [revoked, ofBob, 'x', 'a.b.c', '..', 'é"\r\n', unknownToken, 'a'.repeat(9000)];
    clock.now = later(599);
    expect((await post(path, { token: old }, server)).body).toMatchObject({ active: true });
    for (const by of [alice, server]) {
      for (const text of texts) {
        const answer = await post(path, { token: text }, by);
        expect([answer.status, answer.text]).toEqual([200, dead]);
        expect(answer.headers).toMatchObject(uncached);
      }
    }
    clock.now = later(606);
    expect((await post(path, { token: old }, server)).text).toBe(dead);
    store.set({ ...bob.client, epoch: bob.client.epoch + 1 });
    expect((await post(path, { token: ofBob }, server)).text).toBe(dead);
  });

  it("another client's token is answered as a dead one, and the caller's own is told", async () => {
    const { post, token } = await arrange([kind()]);
    const one = await token(alice);
    expect((await post(path, { token: one }, bob)).text).toBe(dead);
    expect((await post(path, { token: one }, server)).text).toBe(dead);
    expect((await post(path, { token: one }, alice)).body).toMatchObject({ active: true, client_id: 'alice' });
  });

  it('nobody is told anything without authentication', async () => {
    const { api, post, token, store } = await arrange([kind()]);
    const one = await token(alice);
    const nobody = await post(path, { token: one });
    expect(nobody).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const wrong = await post(path, { token: one }, { clientId: 'alice', secret: 'wrong' });
    expect(wrong).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="api"' } });
    const headers = { 'content-type': formType, authorization: `Bearer ${one}` };
    expect((await call(api, 'POST', path, { headers, body: `token=${one}` })).status).toBe(401);
    store.set({ ...alice.client, active: false });
    expect((await post(path, { token: one }, alice)).text).toBe(wrong.text);
  });
});

describe('R31: what is told of a token that holds', () => {
  it('an opaque one', async () => {
    const { post, token } = await arrange([opaque()], { issuer: 'https://id.test' });
    const answer = await post(path, { token: await token(alice) }, alice);
    expect(answer.headers).toMatchObject(uncached);
    expect(answer.body).toEqual({
      ...ofAlice,
    });
  });

  it('a JWT', async () => {
    const { post, token } = await arrange([jwt()], { issuer: 'https://not.the.token' });
    expect((await post(path, { token: await token(alice) }, alice)).body).toEqual({
      ...ofAlice,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    });
  });

  it('one of a kind that only verifies', async () => {
    const real = opaque();
    const plain = defineTokenKind('plain', (setup) => {
      const { recognises, issue, verify, revoke } = real.connect(setup);
      return { recognises, issue, verify, revoke };
    });
    const { post, token } = await arrange([plain]);
    expect((await post(path, { token: await token(bob) }, bob)).body).toEqual({
      active: true,
      client_id: 'bob',
      sub: 'bob',
      scope: 'partner:read',
      token_type: 'Bearer',
      exp: issuedAt + 600,
    });
  });

  it('the scopes that the client still holds; none when it holds none', async () => {
    const { post, token, store } = await arrange();
    const one = await token(alice);
    store.set({ ...alice.client, scopes: ['partner:create', 'partner:delete'] });
    expect((await post(path, { token: one }, alice)).body).toMatchObject({ scope: 'partner:create' });
    store.set({ ...alice.client, scopes: [] });
    expect((await post(path, { token: one }, alice)).body).not.toHaveProperty('scope');
  });
});

describe('R31: who may look into the tokens of others', () => {
  it('holders of the scope, as long as they hold it', async () => {
    const { post, token, store } = await arrange([opaque()], { scope: 'introspect' });
    const one = await token(alice);
    expect((await post(path, { token: one }, server)).body).toMatchObject({ active: true, client_id: 'alice' });
    expect((await post(path, { token: one }, bob)).text).toBe(dead);
    store.set({ ...server.client, scopes: [] });
    expect((await post(path, { token: one }, server)).text).toBe(dead);
  });

  it('whom the application lets, and as many scopes as it lets them see', async () => {
    const mayIntrospect = vi.fn<NonNullable<IntrospectionEndpointOptions['mayIntrospect']>>(
      async (caller, { aud }) => caller.attributes.audience === aud && ['partner:read', 'admin'],
    );
    const { post, token } = await arrange([opaque()], { mayIntrospect });
    const one = await token(alice);
    const told = (await post(path, { token: one }, server)).body;
    expect(told).toMatchObject({ active: true, scope: 'partner:read', client_id: 'alice' });
    expect((await post(path, { token: one }, bob)).text).toBe(dead);
    expect(mayIntrospect).toHaveBeenCalledTimes(2);
    await post(path, { token: one }, alice);
    await post(path, { token: 'x' }, bob);
    expect(mayIntrospect).toHaveBeenCalledTimes(2);
    mayIntrospect.mockResolvedValue([]);
    expect((await post(path, { token: one }, server)).body).not.toHaveProperty('scope');
    mayIntrospect.mockResolvedValue(true);
    expect((await post(path, { token: one }, bob)).body).toMatchObject({ scope: 'partner:read partner:create' });
  });

  it('nobody, when the application cannot say', async () => {
    const mayIntrospect = () => Promise.reject(new Error('partner 7 is secret'));
    const { post, token } = await arrange([opaque()], { mayIntrospect });
    const answer = await post(path, { token: await token(alice) }, server);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('alice');
    expect(answer.text).not.toContain('secret');
  });
});

describe('R32: the request', () => {
  it('is a POST with the token in its body', async () => {
    const { api, post, token } = await arrange();
    const one = await token(alice);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const refused = await call(api, method, `${path}?token=${one}`, { headers: { authorization: `Bearer ${one}` } });
      expect(refused).toMatchObject({ status: 405, headers: { allow: 'POST, OPTIONS' } });
    }
    expect((await post(`${path}?token=${one}`, {}, alice)).status).toBe(400);
    expect(await post(path, {}, alice)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const headers = { authorization: basicOf(alice), 'content-type': formType };
    const twice = await call(api, 'POST', path, { headers, body: `token=${one}&token=${one}` });
    expect(twice).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const json = { authorization: basicOf(alice), 'content-type': 'application/json' };
    expect((await call(api, 'POST', path, { headers: json, body: { token: one } })).status).toBe(400);
    const hinted = await post(path, { token: one, token_type_hint: 'refresh_token' }, alice);
    expect(hinted.body).toMatchObject({ active: true });
  });

  it('R18: comes over TLS where that is asked', async () => {
    const { post, token } = await arrange(undefined, { requireTls: true });
    expect((await post(path, { token: await token(alice) }, alice)).status).toBe(400);
  });

  it('is limited against scanning for tokens', async () => {
    const { post } = await arrange(undefined, { limits: [{ perMinute: 2, counts: 'all' }] });
    for (const status of [200, 200, 429]) expect((await post(path, { token: 'x' }, alice)).status).toBe(status);
    const byDefault = await arrange();
    const wrong = { clientId: 'alice', secret: 'wrong' };
    for (let turn = 0; turn < 30; turn += 1) await byDefault.post(path, { token: 'x' }, wrong);
    const refused = await byDefault.post(path, { token: 'x' }, alice);
    expect(refused).toMatchObject({ status: 429, headers: { 'cache-control': 'no-store' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});

it('R27: a store that is away is 503, and never "not active"', async () => {
  const memory = createMemoryTokenStore();
  const down = () => Promise.reject(new Error('db.internal refused'));
  const away = { status: 503, headers: { 'retry-after': '5', 'cache-control': 'no-store' } };
  const { post, token } = await arrange([opaqueTokens({ store: memory, cacheSeconds: 1 })]);
  const one = await token(alice);
  await post(path, { token: one }, alice);
  memory.find = down;
  // Remembered by `verify`, and the store is asked what the token says of itself.
  const refused = await post(path, { token: one }, alice);
  expect(refused).toMatchObject({ ...away, body: { error: 'temporarily_unavailable' } });
  expect(refused.text).not.toContain('db.internal');
  expect(await post(path, { token: unknownToken }, alice)).toMatchObject(away);
  const keyless = jwtTokens({ algorithm: 'HS256', key: undefined, issuer: 'i', whenKeyUnusable: 'fail-calls' });
  const other = await arrange([keyless]);
  expect(await other.post(path, { token: 'a.b.c' }, alice)).toMatchObject(away);
});

it('a token that another process revokes while it is looked into is dead', async () => {
  const memory = createMemoryTokenStore();
  const { post, token, use } = await arrange([opaqueTokens({ store: memory })]);
  const one = await token(alice);
  expect(await use(one)).toBe(200);
  memory.find = async () => undefined;
  expect((await post(path, { token: one }, alice)).text).toBe(dead);
});

it('answers errors in the envelope of the API where told', async () => {
  const { post } = await arrange(undefined, { errors: apiError });
  const refused = await post(path, { token: 'x' });
  expect(refused.status).toBe(401);
  expect(String(refused.headers['content-type'])).toContain('application/problem+json');
});

it('describes itself', async () => {
  const { api } = await arrange();
  const route = api.plan.routes.find(({ name }) => name === 'oauth.introspect');
  expect(route).toMatchObject({ method: 'POST', path, scope: 'public', envelope: 'none' });
  expect(Object.keys(route?.responses ?? {})).toEqual(['200', '400', '401', '429', '503']);
});

describe.each(databases)('over %s', (_, open) => {
  it('R30, R31: tells a token of the database, until its client is disabled', async () => {
    const shared = await open();
    try {
      const store = createClientStore(shared.orm);
      const admin = createClientAdmin(shared.orm, store, hasher);
      const owner = await admin.create({ clientId: 'owner', name: 'Owner', scopes: ['partner:read'] });
      const keeper = await admin.create({ clientId: 'keeper', name: 'Keeper', scopes: ['introspect'] });
      const tokens = [opaqueTokens({ store: createTokenStore(shared.orm, { withClients: true }) })];
      const plugins = [introspectionEndpoint({ tokens, scope: 'introspect' })];
      const { post, token } = await oauthApi({ orm: shared.orm, tokens, store, plugins });
      const one = await token(owner);
      expect((await post(path, { token: one }, keeper)).body).toMatchObject({
        active: true,
        client_id: 'owner',
        scope: 'partner:read',
        iat: issuedAt,
        exp: issuedAt + 600,
      });
      await admin.disable('owner');
      expect((await post(path, { token: one }, keeper)).text).toBe(dead);
    } finally {
      await shared.close();
    }
  });
});
