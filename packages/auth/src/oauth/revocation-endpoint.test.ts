import { call } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formType, later, start } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { databases, ormOfFile, type TestDatabase } from '../../test-support/databases.ts';
import { alice, basicOf, bob, hasher, memoryClients, oauthApi, server } from '../../test-support/oauth-api.ts';
import { unknownToken } from '../../test-support/tokens.ts';
import {
  apiError,
  createClientAdmin,
  createClientStore,
  createMemoryRevocations,
  createMemoryTokenStore,
  createRevocationStore,
  createTokenStore,
  defineTokenKind,
  jwtTokens,
  type OpaqueTokenOptions,
  opaqueTokens,
  type RevocationEndpointOptions,
  type RevocationStore,
  revocationEndpoint,
  type TokenKind,
} from '../index.ts';

const revokePath = '/oauth/revoke';
const jwt = (revocations?: RevocationStore): TokenKind =>
  jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    issuer: 'https://id.test',
    ...(revocations === undefined ? {} : { revocations }),
  });
const opaque = (options: OpaqueTokenOptions = {}): TokenKind =>
  opaqueTokens({ store: createMemoryTokenStore(), ...options });

const database = ormOfFile();

const arrange = (tokens: readonly TokenKind[] = [opaque()], change: Partial<RevocationEndpointOptions> = {}) =>
  oauthApi({ orm: database(), tokens, plugins: [revocationEndpoint({ tokens, ...change })] });

const done = { status: 200, text: '{}', headers: { 'cache-control': 'no-store', pragma: 'no-cache' } };

describe.each([
  ['opaque', () => opaque()],
  ['JWT', () => jwt()],
])('R26: a client and its %s tokens', (_, kind) => {
  it('ends the token at once, and no other', async () => {
    const { post, token, use } = await arrange([kind()]);
    const [one, two] = [await token(alice), await token(alice)];
    expect([await use(one), await use(two)]).toEqual([200, 200]);
    expect(await post(revokePath, { token: one }, alice)).toMatchObject(done);
    expect([await use(one), await use(two)]).toEqual([401, 200]);
    expect(await post(revokePath, { token: one }, alice)).toMatchObject(done);
  });

  it('answers 200 for a token of another client, which stays valid', async () => {
    const { post, token, use } = await arrange([kind()]);
    const one = await token(alice);
    expect(await post(revokePath, { token: one }, bob)).toMatchObject(done);
    expect(await use(one)).toBe(200);
  });

  it('answers 200 for tokens that are unknown, expired or no tokens at all, all in the same way', async () => {
    const { post, token, clock } = await arrange([kind()]);
    const own = await token(alice);
    const flipped = (own.startsWith('spt_') ? 'spt_A' : 'A') + own.slice(own.startsWith('spt_') ? 5 : 1);
    const answers = [await post(revokePath, { token: own }, alice)];
    for (const text of [flipped, 'x', 'a.b.c', '..', 'é"\r\n', unknownToken, 'a'.repeat(9000)]) {
      answers.push(await post(revokePath, { token: text }, alice));
    }
    const old = await token(alice);
    clock.now = later(4000);
    answers.push(await post(revokePath, { token: old }, alice));
    const told = answers.map(({ status, text, headers }) => ({ status, text, ...headers, 'x-request-id': '' }));
    for (const one of told) expect(one).toEqual(told[0]);
    expect(answers[0]).toMatchObject(done);
    expect(answers[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('wants the client to authenticate, and revokes nothing before it has', async () => {
    const { post, token, use, api } = await arrange([kind()]);
    const one = await token(alice);
    const nobody = await post(revokePath, { token: one });
    expect(nobody).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const wrong = [
      { clientId: 'alice', secret: 'wrong' },
      { clientId: 'nobody', secret: alice.secret },
    ];
    const refused = await Promise.all(wrong.map((by) => post(revokePath, { token: one }, by)));
    expect(refused[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="api"' } });
    expect(refused.map(({ text }) => text)).toEqual([refused[0]?.text, refused[0]?.text]);
    const headers = { 'content-type': formType, authorization: `Bearer ${one}` };
    expect(await call(api, 'POST', revokePath, { headers, body: `token=${one}` })).toMatchObject({ status: 401 });
    expect(await use(one)).toBe(200);
    const inForm = { token: one, client_id: alice.clientId, client_secret: alice.secret };
    expect(await post(revokePath, inForm)).toMatchObject(done);
    expect(await use(one)).toBe(401);
  });
});

describe('R32: the request', () => {
  it('is a POST with the token in its body', async () => {
    const { api, token, use, post } = await arrange();
    const [one, other] = [await token(alice), await token(bob)];
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const target = `${revokePath}?token=${one}`;
      const refused = await call(api, method, target, { headers: { authorization: `Bearer ${other}` } });
      expect(refused).toMatchObject({ status: 405, headers: { allow: 'POST, OPTIONS' } });
      const basic = await call(api, method, target, { headers: { authorization: basicOf(alice) } });
      expect(basic.status).toBe(405);
    }
    expect((await post(`${revokePath}?token=${one}`, {}, alice)).status).toBe(400);
    expect(await post(revokePath, {}, alice)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await post(revokePath, { token: '' }, alice)).status).toBe(400);
    expect(await use(one)).toBe(200);
  });

  it('R5, R7, R9: names the token and the credentials once, in a form', async () => {
    const { api, token, use } = await arrange();
    const one = await token(alice);
    const send = async (body: string, contentType = formType) => {
      const headers = { authorization: basicOf(alice), 'content-type': contentType };
      const answer = await call(api, 'POST', revokePath, { headers, body });
      return [answer.status, (answer.body as { error?: string }).error];
    };
    const refused = [400, 'invalid_request'];
    expect(await send(`token=${one}&token=x`)).toEqual(refused);
    expect(await send(`token[]=${one}`)).toEqual(refused);
    expect(await send(`token=${one}&client_secret=${alice.secret}`)).toEqual(refused);
    expect(await send(`token=${one}&client_id=bob`)).toEqual(refused);
    expect(await send(JSON.stringify({ token: one }), 'application/json')).toEqual(refused);
    expect(await use(one)).toBe(200);
  });

  it('R16: never reflects what was sent', async () => {
    const { post } = await arrange();
    const nasty = '"\r\n<script>\\';
    for (const fields of [{ token: nasty }, { client_id: nasty, client_secret: nasty, token: nasty }]) {
      const { text, headers } = await post(revokePath, fields);
      expect(text + JSON.stringify(headers)).not.toContain('<script>');
    }
  });

  it('R18: comes over TLS where that is asked', async () => {
    const { post, token, use } = await arrange(undefined, { requireTls: true });
    const one = await token(alice);
    expect(await post(revokePath, { token: one }, alice)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    expect(await use(one)).toBe(200);
  });

  it('takes Basic alone where told, and the token still in a form', async () => {
    const { post, token, use } = await arrange(undefined, { credentials: { ways: ['basic'] } });
    const one = await token(alice);
    const inForm = { token: one, client_id: alice.clientId, client_secret: alice.secret };
    expect(await post(revokePath, inForm)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await use(one)).toBe(200);
    expect(await post(revokePath, { token: one }, alice)).toMatchObject(done);
    expect(await use(one)).toBe(401);
  });

  it('is limited in two stages: guesses, and all of them', async () => {
    const guesses = await arrange(undefined, { limits: { perMinute: 2, counts: 'failures' } });
    const wrong = { clientId: 'alice', secret: 'wrong' };
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) {
      statuses.push((await guesses.post(revokePath, { token: 'x' }, wrong)).status);
    }
    expect(statuses).toEqual([401, 401, 429]);
    const refused = await guesses.post(revokePath, { token: 'x' }, alice);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '60', 'cache-control': 'no-store' } });
    const all = await arrange(undefined, { limits: { perMinute: 1, counts: 'all' } });
    expect((await all.post(revokePath, { token: 'x' }, alice)).status).toBe(200);
    expect((await all.post(revokePath, { token: 'x' }, alice)).status).toBe(429);
    const byDefault = await arrange();
    for (let turn = 0; turn < 30; turn += 1) await byDefault.post(revokePath, { token: 'x' }, wrong);
    expect((await byDefault.post(revokePath, { token: 'x' }, alice)).status).toBe(429);
  });
});

describe('R27: while a store is away', () => {
  const down = () => Promise.reject(new Error('db.internal refused'));
  const away = { status: 503, headers: { 'retry-after': '5', 'cache-control': 'no-store' } };

  it('answers 503 with Retry-After, never 200, and the token is as it was', async () => {
    for (const method of ['find', 'remove'] as const) {
      const store = createMemoryTokenStore();
      const { post, token, use } = await arrange([opaque({ store, cacheSeconds: 0 })]);
      const one = await token(alice);
      const works = store[method];
      store[method] = down;
      const refused = await post(revokePath, { token: one }, alice);
      expect(refused).toMatchObject({ ...away, body: { error: 'temporarily_unavailable' } });
      expect(refused.text).not.toContain('db.internal');
      Object.assign(store, { [method]: works });
      expect(await use(one)).toBe(200);
      expect(await post(revokePath, { token: one }, alice)).toMatchObject(done);
      expect(await use(one)).toBe(401);
    }
    for (const method of ['isRevoked', 'revoke'] as const) {
      const revocations = createMemoryRevocations();
      const { post, token } = await arrange([jwt(revocations)]);
      const one = await token(alice);
      Object.assign(revocations, { [method]: down });
      expect(await post(revokePath, { token: one }, alice)).toMatchObject(away);
    }
  });

  it('the store of clients or the limiter', async () => {
    const tokens = [opaque()];
    const store = memoryClients();
    const { post, token } = await oauthApi({
      orm: database(),
      tokens,
      store,
      plugins: [revocationEndpoint({ tokens })],
    });
    const one = await token(alice);
    store.find = down;
    expect(await post(revokePath, { token: one }, alice)).toMatchObject(away);
    const limiter = { take: down, peek: down, clear: down };
    const limited = await arrange(undefined, { limiter });
    expect(await limited.post(revokePath, { token: 'x' }, alice)).toMatchObject(away);
  });

  it('a kind that fails in its own way, or cannot verify', async () => {
    const real = opaque();
    const broken = defineTokenKind('broken', (setup) => ({ ...real.connect(setup), revoke: down }));
    const { post, token } = await arrange([broken]);
    expect(await post(revokePath, { token: await token(alice) }, alice)).toMatchObject(away);
    const keyless = jwtTokens({ algorithm: 'HS256', key: undefined, issuer: 'i', whenKeyUnusable: 'fail-calls' });
    const { post: ask } = await arrange([keyless]);
    expect(await ask(revokePath, { token: 'a.b.c' }, alice)).toMatchObject(away);
  });
});

describe('R29: kinds of token', () => {
  it('recognises the kind whatever the hint says', async () => {
    for (const hint of ['refresh_token', 'access_token', 'nonsense', '']) {
      const { post, token, use } = await arrange([opaque(), jwt()]);
      for (const path of ['/oauth/token', '/oauth/token-1']) {
        const one = await token(alice, path);
        expect(await post(revokePath, { token: one, token_type_hint: hint }, alice)).toMatchObject(done);
        expect(await use(one)).toBe(401);
      }
    }
  });

  it('looks among all kinds that recognise a token', async () => {
    const tokens = [opaque(), opaque()];
    const { post, token, api } = await arrange(tokens);
    const second = await token(alice, '/oauth/token-1');
    const verify = async () => tokens[1]?.connect({ services: api.services, api: { name: 'api', basePath: '' } });
    const service = await verify();
    expect((await service?.verify(second, start))?.client.clientId).toBe('alice');
    expect(await post(revokePath, { token: second }, alice)).toMatchObject(done);
    await expect((async () => service?.verify(second, start))()).rejects.toMatchObject({ kind: 'token_invalid' });
  });

  it('says so when a kind goes on accepting the token', async () => {
    const real = opaque();
    const stubborn = defineTokenKind('stubborn', (setup) => ({ ...real.connect(setup), revoke: async () => {} }));
    const { post, token } = await arrange([stubborn]);
    const refused = await post(revokePath, { token: await token(alice) }, alice);
    expect(refused).toMatchObject({ status: 400, body: { error: 'unsupported_token_type' } });
  });
});

it('answers errors in the envelope of the API where told', async () => {
  const { post } = await arrange(undefined, { errors: apiError });
  const refused = await post(revokePath, { token: 'x' });
  expect(refused).toMatchObject({ status: 401, headers: { 'cache-control': 'no-store' } });
  expect(String(refused.headers['content-type'])).toContain('application/problem+json');
  expect(await post(revokePath, { token: 'x' }, server)).toMatchObject(done);
});

it('describes itself', async () => {
  const { api } = await arrange();
  const route = api.plan.routes.find(({ name }) => name === 'oauth.revoke');
  expect(route).toMatchObject({ method: 'POST', path: revokePath, scope: 'public', envelope: 'none', tags: ['oauth'] });
  expect(Object.keys(route?.body?.content ?? {})).toEqual([formType]);
  expect(Object.keys(route?.responses ?? {})).toEqual(['200', '400', '401', '429', '503']);
  await expect(arrange(undefined, { limits: { counts: 'all' } })).rejects.toThrow('revocationEndpoint.limits[0]');
});

describe.each(databases)('R28: two processes over one %s', (_, open) => {
  let shared: TestDatabase;
  beforeAll(async () => {
    shared = await open();
    const store = createClientStore(shared.orm);
    const admin = createClientAdmin(shared.orm, store, hasher);
    await admin.create({ clientId: 'sql', name: 'SQL', scopes: ['partner:read'] });
  });
  afterAll(() => shared.close());

  /** An API with stores, kinds and caches of its own, as another process has them. */
  const processOf = (cacheSeconds?: number) => {
    const options = cacheSeconds === undefined ? {} : { cacheSeconds };
    const tokens = [
      opaqueTokens({ store: createTokenStore(shared.orm, { withClients: true }), ...options }),
      jwt(createRevocationStore(shared.orm)),
    ];
    const store = createClientStore(shared.orm);
    return oauthApi({ orm: shared.orm, tokens, store, plugins: [revocationEndpoint({ tokens })] });
  };

  it('a token that one revokes is refused by both', async () => {
    const [here, there] = [await processOf(0), await processOf(0)];
    const admin = createClientAdmin(shared.orm, createClientStore(shared.orm), hasher);
    const sql = await admin.rotate('sql');
    for (const path of ['/oauth/token', '/oauth/token-1']) {
      const token = await here.token(sql, path);
      expect([await here.use(token), await there.use(token)]).toEqual([200, 200]);
      expect(await here.post(revokePath, { token }, sql)).toMatchObject(done);
      expect([await here.use(token), await there.use(token)]).toEqual([401, 401]);
    }
  });

  it('by default the other may remember an opaque token for a second, and no longer', async () => {
    const [here, there] = [await processOf(), await processOf()];
    const admin = createClientAdmin(shared.orm, createClientStore(shared.orm), hasher);
    const sql = await admin.rotate('sql');
    const token = await here.token(sql);
    expect(await there.use(token)).toBe(200);
    expect(await here.post(revokePath, { token }, sql)).toMatchObject(done);
    expect(await here.use(token)).toBe(401);
    there.clock.now = later(1);
    expect(await there.use(token)).toBe(401);
  });
});
