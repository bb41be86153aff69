import { inspect } from 'node:util';
import type { Plugin } from '@sallyport/core';
import { CompactSign } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { basic, caller, form, later, start, testSetup } from '../../test-support/calls.ts';
import { testClient } from '../../test-support/clients.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import { grant, hasher, uncached } from '../../test-support/token-endpoint.ts';
import {
  type ClientEndpointOptions,
  clientAssertionType,
  createMemoryClientStore,
  createMemoryTokenStore,
  createMemoryUsedAssertions,
  introspectionEndpoint,
  opaqueTokens,
  readTokenRequest,
  revocationEndpoint,
  tokenEndpoint,
} from '../index.ts';

const issuer = 'https://auth.test';
const { privateKey, publicJwk } = keyPair('ES256');
const keys = { keys: [{ ...publicJwk, kid: 'one' }] };
const both = testClient(hasher, { clientId: 'both', keys });
const signer = { ...both.client, clientId: 'signer', secrets: [] };
const ways = ['basic', 'form', 'assertion'] as const;

let jti = 0;
async function signed(clientId = 'signer', change: object = {}, key = privateKey, at = start) {
  const now = Math.floor(at.getTime() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: issuer, iat: now, exp: now + 60, jti: `j${jti++}`, ...change };
  const assertion = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(key);
  return { client_assertion: assertion, client_assertion_type: clientAssertionType };
}

const endpoints = {
  token: (options: ClientEndpointOptions, tokens = kind()) => tokenEndpoint({ ...options, tokens }),
  revoke: (options: ClientEndpointOptions, tokens = kind()) => revocationEndpoint({ ...options, tokens: [tokens] }),
  introspect: (options: ClientEndpointOptions, tokens = kind()) =>
    introspectionEndpoint({ ...options, tokens: [tokens] }),
};
const kind = () => opaqueTokens({ store: createMemoryTokenStore(), clients: clients() });
const clients = () =>
  createMemoryClientStore([
    both.client,
    signer,
    { ...signer, clientId: 'disabled', active: false },
    { ...signer, clientId: 'expired', expiresAt: start },
    testClient(hasher, { clientId: 'secret-only' }).client,
  ]);

const options = (change: ClientEndpointOptions = {}): ClientEndpointOptions => ({
  clients: clients(),
  hasher,
  limits: false,
  credentials: { ways },
  assertions: { used: createMemoryUsedAssertions(), audience: [issuer, `${issuer}/oauth/token`] },
  ...change,
});
const arrange = (change: ClientEndpointOptions = {}) => caller(endpoints.token(options(change)), testSetup());

describe('R49: a client that signs assertions', () => {
  it('gets a token, once for each', async () => {
    const call = arrange();
    const fields = { ...grant, ...(await signed()) };
    const answer = await call(form(fields));
    expect(answer).toMatchObject({ status: 200, headers: uncached, json: { token_type: 'Bearer', expires_in: 600 } });
    const replay = await call(form(fields));
    expect(replay).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    expect(replay.headers).not.toHaveProperty('WWW-Authenticate');
    expect((await call(form({ ...grant, ...(await signed()), client_id: 'signer' }))).status).toBe(200);
    const meant = await signed('signer', { aud: `${issuer}/oauth/token` });
    expect((await call(form({ ...grant, ...meant, scope: 'partner:read' }))).json.scope).toBe('partner:read');
  });

  it('authenticates at every endpoint, and a used assertion at none', async () => {
    const tokens = kind();
    const given = options();
    const setup = testSetup();
    const at = {
      token: caller(endpoints.token(given, tokens), setup),
      revoke: caller(endpoints.revoke(given, tokens), setup),
      introspect: caller(endpoints.introspect(given, tokens), setup),
    };
    const { access_token: token } = (await at.token(form({ ...grant, ...(await signed()) }))).json as {
      access_token: string;
    };
    const looking = await signed();
    expect((await at.introspect(form({ token, ...looking }))).json).toMatchObject({
      active: true,
      client_id: 'signer',
    });
    for (const call of Object.values(at)) {
      expect((await call(form({ ...grant, token, ...looking }))).status).toBe(401);
    }
    const others = await at.introspect(form({ token, ...(await signed('both')) }));
    expect(others.json).toEqual({ active: false });
  });

  it('R15: unknown, wrong, disabled, expired and replayed are byte by byte alike, and as a wrong secret', async () => {
    const call = arrange();
    const used = await signed();
    await call(form({ ...grant, ...used }));
    const other = keyPair('ES256', 'two').privateKey;
    const attempts = [
      used,
      await signed('nobody'),
      await signed('disabled'),
      await signed('expired'),
      await signed('secret-only'),
      await signed('signer', {}, other),
      await signed('signer', { aud: 'https://other.test' }),
      await signed('signer', { exp: 1 }),
      { ...(await signed()), client_id: 'both' },
      { client_assertion: 'garbage', client_assertion_type: clientAssertionType },
      { client_id: 'signer', client_secret: both.secret },
      { client_id: 'both', client_secret: `${both.secret}x` },
    ];
    const answers = await Promise.all(attempts.map((fields) => call(form({ ...grant, ...fields }))));
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, headers: uncached, json: { error: 'invalid_client' } });
  });

  it('R17: is counted with those who send secrets', async () => {
    const call = arrange({ limits: { perMinute: 2, counts: 'failures' } });
    const bad = async () => (await call(form({ ...grant, ...(await signed('nobody')) }))).status;
    const guess = form({ ...grant, client_id: 'both', client_secret: 'guess' });
    expect([await bad(), (await call(guess)).status, await bad()]).toEqual([401, 401, 429]);
    const fresh = await signed();
    const refused = await call(form({ ...grant, ...fresh }));
    expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': expect.any(String) } });
    // What was refused unseen is not used up.
    expect((await call({ ...form({ ...grant, ...fresh }), address: '192.0.2.8' })).status).toBe(200);
  });

  it('R27: is answered 503 while a store is away, and may try again', async () => {
    const down = () => Promise.reject(new Error('db.internal refused'));
    const away: ClientEndpointOptions[] = [
      { assertions: { used: { use: down }, audience: issuer } },
      { clients: { find: down } },
      { assertions: { used: createMemoryUsedAssertions(), audience: issuer, keysOf: down } },
    ];
    for (const change of away) {
      const answer = await arrange(change)(form({ ...grant, ...(await signed()) }));
      expect(answer).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } });
      expect(answer.headers).toMatchObject({ 'Retry-After': '5', ...uncached });
      expect(answer.text).not.toContain('internal');
    }
  });

  it('is judged after the grant type, so that a mistake there uses nothing up', async () => {
    const use = vi.fn(() => true);
    const call = arrange({ assertions: { used: { use }, audience: issuer } });
    const fields = await signed();
    expect((await call(form({ grant_type: 'password', ...fields }))).json.error).toBe('unsupported_grant_type');
    expect((await call(form(fields))).json.error).toBe('invalid_request');
    expect(use).not.toHaveBeenCalled();
    expect((await call(form({ ...grant, ...fields }))).status).toBe(200);
  });

  it('R48: leaves no trace of the assertion in answers and logs', async () => {
    const fields = await signed('nobody');
    const start = fields.client_assertion.slice(0, 20);
    expect((await arrange()(form({ ...grant, ...fields }))).text).not.toContain(start);
    const body = { kind: 'form' as const, fields: Object.entries(fields) };
    const request = await readTokenRequest(undefined, body, { ways });
    expect(request.assertion?.reveal()).toBe(fields.client_assertion);
    expect(`${JSON.stringify(request)}${String(request.assertion)}${inspect(request)}`).not.toContain(start);
  });
});

describe('R5: one way at a time', () => {
  it.each(['refuse', 'form-over-basic'] as const)('also with `multiple: %s`', async (multiple) => {
    const use = vi.fn(() => true);
    const credentials = { ways: [...ways, 'json' as const], multiple };
    const call = arrange({ credentials, assertions: { used: { use }, audience: issuer } });
    const fields = await signed('both');
    const { client_assertion: assertion, client_assertion_type: type } = fields;
    const authorization = basic('both', both.secret);
    const secret = { client_id: 'both', client_secret: both.secret };
    const attempts = [
      { ...form({ ...grant, ...fields }), authorization },
      { ...form({ ...grant, client_assertion: assertion }), authorization },
      { ...form({ ...grant, client_assertion_type: type }), authorization },
      { ...form({ ...grant, ...fields }), authorization: 'Bearer x' },
      form({ ...grant, ...fields, ...secret }),
      form({ ...grant, ...fields, client_secret: 'x' }),
      form({ ...grant, client_assertion_type: type, ...secret }),
      { contentType: 'application/json', body: JSON.stringify({ ...grant, ...fields, ...secret }) },
    ];
    for (const attempt of attempts) {
      const { status, json } = await call(attempt);
      expect([status, json.error]).toEqual([400, 'invalid_request']);
      expect(json.error_description).toContain('one way');
    }
    expect(use).not.toHaveBeenCalled();
    const alone = await call(form({ ...grant, ...fields }));
    expect(alone.status).toBe(200);
  });

  it('R7: an assertion that stands twice is refused', async () => {
    const { client_assertion: one, client_assertion_type: type } = await signed();
    const fields = new URLSearchParams({ ...grant, client_assertion: one, client_assertion_type: type });
    for (const again of ['client_assertion', 'client_assertion[]', 'client_assertion_type']) {
      const body = `${fields}&${encodeURIComponent(again)}=x`;
      expect((await arrange()({ ...form({}), body })).json.error).toBe('invalid_request');
    }
  });
});

describe('the parameters of an assertion', () => {
  it('belong together, and the type is that of a JWT', async () => {
    const { client_assertion: assertion } = await signed();
    const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
    for (const fields of [
      { client_assertion: assertion },
      { client_assertion_type: clientAssertionType },
      { client_assertion: assertion, client_assertion_type: saml },
      { client_assertion: assertion, client_assertion_type: clientAssertionType.toUpperCase() },
      { client_assertion: '', client_assertion_type: clientAssertionType },
    ]) {
      const { status, json } = await arrange()(form({ ...grant, ...fields }));
      expect([status, json.error]).toEqual([400, 'invalid_request']);
    }
  });

  it('are read in a form whatever else is, and count for nothing where the way is not taken', async () => {
    const status = async (taken: NonNullable<ClientEndpointOptions['credentials']>['ways'], call: object) =>
      (await arrange({ credentials: { ways: taken ?? [] } })({ ...call })).status;
    const asserted = async () => form({ ...grant, ...(await signed()) });
    for (const taken of [['assertion'], ['basic', 'assertion'], ['json', 'assertion']] as const) {
      expect(await status(taken, await asserted())).toBe(200);
      // A secret in a form is another way, and not taken here.
      const secret = { client_id: 'both', client_secret: both.secret };
      expect(await status(taken, form({ ...grant, ...secret }))).toBe(401);
    }
    const { assertions: _, ...without } = options({ credentials: { ways: ['basic', 'form'] } });
    const call = caller(endpoints.token(without), testSetup());
    expect(await call(await asserted())).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
  });

  it('are never read in the query', async () => {
    const query = Object.entries({ ...grant, ...(await signed()) });
    expect((await arrange()({ ...form(grant), query })).status).toBe(401);
  });
});

describe('the configuration', () => {
  const [place, make] = ['tokenEndpoint', endpoints.token];
  const started = (plugin: Plugin, setup = testSetup()) => plugin.routes?.({} as never, setup)[0];

  it('is checked at the start', () => {
    const used = createMemoryUsedAssertions();
    const refused = (change: object) => () => started(make(options(change)));
    for (const [name, of] of [
      ['tokenEndpoint', endpoints.token],
      ['revocationEndpoint', endpoints.revoke],
      ['introspectionEndpoint', endpoints.introspect],
    ] as const) {
      const { assertions: _, ...without } = options();
      expect(() => started(of(without))).toThrow(`${name}.assertions: must be there`);
    }
    for (const audience of [undefined, '', [], [issuer, ''], [1]]) {
      expect(refused({ assertions: { used, audience } })).toThrow(`${place}.assertions.audience: must name`);
    }
    for (const store of [undefined, null, {}]) {
      expect(refused({ assertions: { used: store, audience: issuer } })).toThrow(`${place}.assertions.used: must be`);
    }
    expect(refused({ credentials: { ways: ['basic'] } })).toThrow(`${place}.credentials.ways: lacks "assertion"`);
  });

  it('has one store of used assertions for all endpoints', () => {
    const setup = testSetup();
    started(make(options()), setup);
    expect(() => started(endpoints.revoke(options()), setup)).toThrow(
      'revocationEndpoint.assertions.used: must be the store that the other endpoints have',
    );
  });

  it('needs no hasher where nobody sends a secret', async () => {
    const { hasher: _, ...rest } = options({ credentials: { ways: ['assertion'] } });
    const call = caller(make(rest), testSetup());
    expect((await call(form({ ...grant, ...(await signed()) }))).status).toBe(200);
    const secret = { client_id: 'both', client_secret: both.secret };
    expect((await call(form({ ...grant, ...secret }))).status).toBe(401);
  });

  it('gives assertions room, and tells of them', () => {
    expect(started(make(options()))?.body).toMatchObject({ limit: 16_384 });
    const { assertions: _, ...without } = options({ credentials: { ways: ['basic', 'form'] } });
    expect(started(make(without))?.body).toMatchObject({ limit: 8192 });
    for (const of of [endpoints.revoke, endpoints.introspect]) {
      expect(started(of(options()))?.body?.limit).toBe(16_384);
      expect(JSON.stringify(started(of(options()))?.body)).toContain(clientAssertionType);
      expect(JSON.stringify(started(of(without))?.body)).not.toContain('assertion');
    }
  });
});

it('a client that is disabled meanwhile gets in no more', async () => {
  const store = clients();
  const call = arrange({ clients: store });
  const ask = async () => (await call({ ...form({ ...grant, ...(await signed()) }), now: later(1) })).status;
  expect(await ask()).toBe(200);
  store.set({ ...signer, active: false });
  expect(await ask()).toBe(401);
  store.set({ ...signer, keys: { keys: [] } });
  expect(await ask()).toBe(401);
});
