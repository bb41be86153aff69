import { SallyportError } from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import { basic, caller, form, formType, start, testSetup } from '../../test-support/calls.ts';
import { testClient } from '../../test-support/clients.ts';
import { arrange, grant, hasher, uncached } from '../../test-support/token-endpoint.ts';
import {
  apiError,
  type ClientStore,
  createMemoryClientStore,
  createMemoryTokenStore,
  createSecretHasher,
  issueSecret,
  jwtTokens,
  opaqueTokens,
  tokenEndpoint,
} from '../index.ts';

describe('issuing', () => {
  it('R12, R13, R14: answers the token, its scope and no refresh token, and nothing keeps it', async () => {
    const { call, good, clientId, secret, clients } = arrange();
    const answer = await call(good);
    expect(answer.status).toBe(200);
    expect(answer.headers).toEqual(uncached);
    expect(answer.json).toEqual({
      access_token: expect.stringMatching(/^spt_[A-Za-z0-9_-]{49}$/),
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'partner:read partner:create',
    });
    const byBasic = await call({ ...form(grant), authorization: basic(clientId, secret) });
    expect(byBasic.status).toBe(200);
    expect(clients.uses(clientId)).toEqual({ count: 2, lastUsedAt: start });
  });

  it('R11: grants a subset, and refuses more', async () => {
    const { call, clientId, secret } = arrange();
    const ask = async (scope: string) => {
      const { status, json } = await call(form({ ...grant, client_id: clientId, client_secret: secret, scope }));
      return status === 200 ? json.scope : json.error;
    };
    expect(await ask('partner:read')).toBe('partner:read');
    expect(await ask('partner:read partner:read')).toBe('partner:read');
    expect(await ask('')).toBe('partner:read partner:create');
    for (const bad of [
      'admin',
      'partner:read admin',
      '"x',
      'partner:read\tpartner:create',
      ' partner:read',
      'a  b',
      'é',
    ]) {
      expect(await ask(bad)).toBe('invalid_scope');
    }
    expect(await ask(Array.from({ length: 300 }, (_, index) => `s${index}`).join(' '))).toBe('invalid_scope');
    const lenient = arrange({ scopeParameter: 'ignore' });
    const wide = form({ ...grant, client_id: lenient.clientId, client_secret: lenient.secret, scope: 'admin' });
    expect((await lenient.call(wide)).json.scope).toBe('partner:read partner:create');
  });

  it('lets a client without scopes log in', async () => {
    const bare = testClient(hasher, { clientId: 'bare', scopes: [] });
    const { call } = arrange({ clients: createMemoryClientStore([bare.client]) });
    const answer = await call(form({ ...grant, client_id: 'bare', client_secret: bare.secret }));
    expect(answer.json).toMatchObject({ scope: '' });
  });

  it('follows the lifetime of the client, up to the maximum', async () => {
    for (const [wanted, given] of [
      [1800, 1800],
      [999_999, 3600],
      [-1, 600],
    ] as const) {
      const one = testClient(hasher, { tokenLifetimeSeconds: wanted });
      const { call } = arrange({ clients: createMemoryClientStore([one.client]) });
      const answer = await call(form({ ...grant, client_id: one.clientId, client_secret: one.secret }));
      expect(answer.json.expires_in).toBe(given);
    }
  });

  it('goes on when the use cannot be recorded', async () => {
    const { clients, good, options } = arrange();
    const store: ClientStore = { ...clients, recordUse: () => Promise.reject(new Error('down')) };
    expect((await caller(tokenEndpoint({ ...options, clients: store }), testSetup())(good)).status).toBe(200);
  });
});

describe('refusing', () => {
  it('R10, R14: tells the grant types apart', async () => {
    const { call, clientId, secret } = arrange();
    const ask = async (fields: Record<string, string>) => {
      const { status, json } = await call(form({ client_id: clientId, client_secret: secret, ...fields }));
      return [status, json.error];
    };
    expect(await ask({})).toEqual([400, 'invalid_request']);
    expect(await ask({ grant_type: 'refresh_token', refresh_token: 'x' })).toEqual([400, 'unsupported_grant_type']);
    expect(await ask({ grant_type: 'Client_Credentials' })).toEqual([400, 'unsupported_grant_type']);
    const barred = testClient(hasher, { grantTypes: ['password'] });
    const other = arrange({ clients: createMemoryClientStore([barred.client]) });
    const answer = await other.call(form({ ...grant, client_id: barred.clientId, client_secret: barred.secret }));
    expect([answer.status, answer.json.error]).toEqual([400, 'unauthorized_client']);
  });

  it('R15: answers unknown, wrong, disabled and expired byte by byte alike', async () => {
    const right = testClient(hasher, { clientId: 'right' });
    const disabled = testClient(hasher, { clientId: 'disabled', active: false });
    const expired = testClient(hasher, { clientId: 'expired', expiresAt: start });
    const { call } = arrange({ clients: createMemoryClientStore([right.client, disabled.client, expired.client]) });
    const attempts = [
      ['nobody', issueSecret()],
      ['right', issueSecret()],
      ['disabled', disabled.secret],
      ['expired', expired.secret],
    ] as const;
    for (const send of ['basic', 'form'] as const) {
      const answers = await Promise.all(
        attempts.map(([id, secret]) =>
          send === 'basic'
            ? call({ ...form(grant), authorization: basic(id, secret) })
            : call(form({ ...grant, client_id: id, client_secret: secret })),
        ),
      );
      expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(answers[0]).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
      expect(answers[0]?.headers['WWW-Authenticate']).toBe(send === 'basic' ? 'Basic realm="test"' : undefined);
      expect(answers[0]?.headers).toMatchObject(uncached);
    }
  });

  it('R4: does not look at the query', async () => {
    const { call, clientId, secret } = arrange();
    const query = Object.entries({ ...grant, client_id: clientId, client_secret: secret });
    expect((await call({ query, contentType: formType, body: '' })).status).toBe(401);
    expect((await call({ query, ...form(grant) })).status).toBe(401);
  });

  it('R16: never reflects what was sent', async () => {
    const { call } = arrange();
    const nasty = '"\r\n<script>\\';
    for (const fields of [
      { ...grant, client_id: nasty, client_secret: nasty },
      { grant_type: nasty, client_id: 'a', client_secret: 'b' },
      { ...grant, client_id: 'a', client_secret: 'b', scope: nasty },
      { [nasty]: nasty },
    ]) {
      const answer = await call(form(fields));
      expect(answer.text).not.toContain('<');
      expect(Object.keys(answer.json).sort()).toEqual(['error', 'error_description']);
      expect(String(answer.json.error_description)).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(answer.headers).toMatchObject(uncached);
    }
  });

  it('R18: wants TLS when told to', async () => {
    const { call, good } = arrange({ requireTls: true });
    expect((await call({ ...good, secure: false })).json.error).toBe('invalid_request');
    expect((await call({ ...good, secure: true })).status).toBe(200);
  });

  it('answers 503 when a store is down, and never a token', async () => {
    const down: ClientStore = { find: () => Promise.reject(new Error('db.internal refused')) };
    const first = arrange({ clients: down });
    const answer = await first.call(first.good);
    expect(answer).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } });
    expect(answer.headers).toMatchObject({ 'Retry-After': '5', ...uncached });
    expect(answer.text).not.toContain('db.internal');
    const away = () => Promise.reject(new Error('x'));
    const limiter = { take: away, peek: away, clear: away };
    const second = arrange({ limiter, limits: { perMinute: 1, counts: 'all' } });
    expect((await second.call(second.good)).status).toBe(503);
    const store = { ...createMemoryTokenStore(), insert: () => Promise.reject(new Error('x')) };
    const third = arrange();
    const broken = caller(
      tokenEndpoint({ ...third.options, tokens: opaqueTokens({ store, clients: third.clients }) }),
      testSetup(),
    );
    expect((await broken(third.good)).status).toBe(503);
  });

  it('answers 500 when no token can be made', async () => {
    const { options, clients, good } = arrange();
    const tokens = jwtTokens({ algorithm: 'HS256', key: 'short', issuer: 'i', clients, whenKeyUnusable: 'fail-calls' });
    const answer = await caller(tokenEndpoint({ ...options, tokens }), testSetup())(good);
    expect(answer).toMatchObject({ status: 500, json: { error: 'server_error' } });
    expect(answer.text).not.toContain('short');
  });
});

describe('errors of the API', () => {
  const errors = vi.fn(apiError);

  it('are thrown for the envelope, with the headers of the fault', async () => {
    const { options, clientId } = arrange();
    const plugin = tokenEndpoint({ ...options, errors });
    const call = caller(plugin, testSetup());
    const attempt = call({ ...form(grant), authorization: basic(clientId, 'wrong') });
    await expect(attempt).rejects.toBeInstanceOf(SallyportError);
    await expect(attempt).rejects.toMatchObject({
      code: 'unauthenticated',
      status: 401,
      headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache', 'WWW-Authenticate': 'Basic realm="test"' },
    });
    await expect(call({})).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(call(form({ client_id: 'a', client_secret: 'b' }))).rejects.toMatchObject({
      code: 'malformed_request',
    });
  });

  it('keep the status, title and headers that an example gives them', async () => {
    const { options } = arrange();
    const plugin = tokenEndpoint({
      ...options,
      errors: (fault) =>
        new SallyportError(fault.code === 'credentials_invalid' ? 'credentials_invalid' : 'token_request_unreadable', {
          status: fault.code === 'credentials_invalid' ? 401 : 400,
          title: 'No',
          detail: 'ours',
          headers: { pragma: 'mine' },
        }),
    });
    await expect(caller(plugin, testSetup())({})).rejects.toMatchObject({
      code: 'token_request_unreadable',
      status: 400,
      title: 'No',
      detail: 'ours',
      headers: { pragma: 'mine', 'Cache-Control': 'no-store' },
    });
  });
});

it('describes itself', () => {
  const { options, setup } = arrange();
  const [route] = tokenEndpoint(options).routes?.({} as never, setup) ?? [];
  expect(route).toMatchObject({
    method: 'POST',
    path: '/oauth/token',
    name: 'oauth.token',
    scope: 'public',
    envelope: 'none',
    body: { kinds: ['any'], limit: 8192 },
  });
  expect(Object.keys(route?.responses ?? {})).toEqual(['200', '400', '401', '429', '500', '503']);
  const second = tokenEndpoint({ ...options, name: 'jwt.token', path: '/jwt/token', errors: apiError });
  expect(second.routes?.({} as never, setup)[0]).toMatchObject({
    name: 'jwt.token',
    path: '/jwt/token',
    envelope: 'api',
  });
});

it('refuses limits without a number at the start', () => {
  const { options } = arrange();
  expect(() => tokenEndpoint({ ...options, limits: { counts: 'all' } }).routes?.({} as never, testSetup())).toThrow();
});

it('serves imported clients through the slow scheme', async () => {
  const slow = createSecretHasher({
    peppers: { current: 'k', keys: { k: 'p3pPer-of-the-tests-0123456789-abcdefghij' } },
    scheme: 'openspp',
  });
  const imported = { ...testClient(hasher).client, secrets: [{ hash: await slow.import('mV3-kept', 'openspp') }] };
  const { call } = arrange({ clients: createMemoryClientStore([imported]), hasher: slow });
  expect((await call(form({ ...grant, client_id: imported.clientId, client_secret: 'mV3-kept' }))).status).toBe(200);
  expect((await call(form({ ...grant, client_id: imported.clientId, client_secret: 'mV3-keep' }))).status).toBe(401);
});
