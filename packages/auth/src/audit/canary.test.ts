import { ClockService, createApi } from '@sallyport/core';
import { call, memoryLogger, type TestResponse } from '@sallyport/core/testing';
import { CompactSign } from 'jose';
import { describe, expect, it } from 'vitest';
import { basic, formType, start } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { ormOfFile } from '../../test-support/databases.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import { protectedRoutes } from '../../test-support/oauth-api.ts';
import {
  type AuthAuditTrail,
  apiKeys,
  authAudit,
  bearer,
  clients,
  createApiKeyAdmin,
  createMemoryApiKeyStore,
  createMemoryClientStore,
  createMemoryTokenStore,
  createMemoryUsedAssertions,
  introspectionEndpoint,
  jwtTokens,
  memoryAuditTrail,
  opaqueTokens,
  revocationEndpoint,
  tokenEndpoint,
} from '../index.ts';

/**
 * SECURITY 4.15: what callers send as a secret or a token, wherever they put it and whatever state the stores are in,
 * stands in no log, no event and no error.
 */
const orm = ormOfFile();
const hasher = testHasher();
const audience = 'https://auth.test';
const { privateKey, publicJwk } = keyPair('ES256');
const ways = ['basic', 'form', 'json', 'multipart', 'assertion'] as const;

/** Every text that a log line, with its errors and their causes, would print. */
function printed(value: unknown, depth = 0): string {
  if (depth > 8) return '';
  if (value instanceof Error) {
    const own = Object.values(value).map((one) => printed(one, depth + 1));
    return [value.message, value.stack, printed(value.cause, depth + 1), ...own].join('\n');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, one]) => `${name}=${printed(one, depth + 1)}`)
      .join('\n');
  }
  return String(value);
}

async function arrange(stores: 'up' | 'down' | 'no trail') {
  const log = memoryLogger();
  const kept = memoryAuditTrail();
  let broken: typeof stores = 'up';
  const trail: AuthAuditTrail = {
    record: (event) => (broken === 'no trail' ? Promise.reject(new Error('the trail is full')) : kept.record(event)),
  };
  const person = testClient(hasher, { clientId: 'shop', keys: { keys: [publicJwk] } });
  const known = createMemoryClientStore([person.client]);
  const memory = createMemoryTokenStore();
  const down = () => Promise.reject(new Error('the database is gone'));
  const store = {
    ...known,
    find: (clientId: string) => (broken === 'down' ? down() : known.find(clientId)),
  };
  const tokens = [
    opaqueTokens({ store: { ...memory, find: (digest) => (broken === 'down' ? down() : memory.find(digest)) } }),
    jwtTokens({ algorithm: 'HS256', key: 'a-signing-key-of-the-canaries-0123456789-abc', issuer: audience }),
  ] as const;
  const keys = createMemoryApiKeyStore();
  const apiKey = (await createApiKeyAdmin({ store: keys, clients: known }).issue({ clientId: 'shop', name: 'k' })).key;
  const common = {
    credentials: { ways },
    assertions: { used: createMemoryUsedAssertions(), audience },
    limits: false,
  } as const;
  const api = await createApi({
    name: 'tests',
    orm: orm(),
    resources: [],
    plugins: [
      clients({ store, hasher }),
      tokenEndpoint({ tokens: tokens[0], ...common }),
      tokenEndpoint({ tokens: tokens[1], path: '/oauth/jwt', name: 'oauth.jwt', ...common }),
      revocationEndpoint({ tokens, ...common }),
      introspectionEndpoint({ tokens, ...common }),
      bearer({ tokens }),
      apiKeys({ store: keys }),
      protectedRoutes,
      authAudit({ trail, anonymousCalls: true }),
    ],
    services: (services) => services.register(ClockService, () => ({ now: () => start })),
    logger: log,
  });
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    call(api, 'POST', path, {
      headers: { 'content-type': formType, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  const granted = async (path: string) => {
    const answer = await form(
      path,
      { grant_type: 'client_credentials' },
      { authorization: basic('shop', person.secret) },
    );
    return String((answer.body as { access_token: string }).access_token);
  };
  const issued = { opaque: await granted('/oauth/token'), jwt: await granted('/oauth/jwt') };
  broken = stores;
  return { api, log, kept, form, apiKey, secret: person.secret, issued };
}

const assertionOf = (jti: string) =>
  new CompactSign(
    Buffer.from(JSON.stringify({ iss: 'shop', sub: 'shop', aud: audience, exp: start.getTime() / 1000 + 60, jti })),
  )
    .setProtectedHeader({ alg: 'ES256' })
    .sign(privateKey);

describe.each(['up', 'down', 'no trail'] as const)('with the stores %s', (stores) => {
  it('R48: no secret and no token stands in a log, an event or an error', async () => {
    const { api, log, kept, form, apiKey, secret, issued } = await arrange(stores);
    const wrong = 'sps_live_canary-of-a-wrong-secret';
    const assertion = await assertionOf('canary-jti');
    const canaries = new Set([secret, wrong, apiKey, issued.opaque, issued.jwt, assertion, 'canary-jti']);
    for (const jwt of [issued.jwt, assertion]) for (const part of jwt.split('.').slice(1)) canaries.add(part);
    const answers: TestResponse[] = [];
    const ask = async (answer: Promise<TestResponse>) => {
      answers.push(await answer);
    };
    const texts = [secret, wrong, apiKey, issued.opaque, issued.jwt, assertion, `${issued.jwt}x`, `${issued.opaque}x`];

    for (const path of ['/oauth/token', '/oauth/jwt', '/oauth/revoke', '/oauth/introspect']) {
      for (const text of texts) {
        const grant = { grant_type: 'client_credentials', token: issued.jwt };
        await ask(form(path, { ...grant, client_id: 'shop', client_secret: text }));
        await ask(form(path, { ...grant, client_id: text, client_secret: text }));
        await ask(form(path, { ...grant, client_id: text }));
        await ask(form(path, { ...grant, scope: text }, { authorization: basic('shop', secret) }));
        await ask(form(path, { grant_type: text }, { authorization: basic('shop', secret) }));
        await ask(form(path, { token: text, token_type_hint: text }, { authorization: basic('shop', secret) }));
        await ask(form(path, grant, { authorization: basic(text, text) }));
        await ask(form(path, grant, { authorization: `Basic ${text}` }));
        await ask(form(path, grant, { authorization: `Bearer ${text}` }));
        await ask(form(`${path}?client_secret=${text}`, grant));
        await ask(form(path, { ...grant, client_assertion: text, client_assertion_type: 'x' }));
        await ask(form(path, { ...grant, client_assertion: text, client_assertion_type: assertionType }));
        await ask(call(api, 'POST', path, { body: { ...grant, client_id: 'shop', client_secret: { text } } }));
        await ask(call(api, 'POST', path, { headers: { 'content-type': formType }, body: `${text}=${text}&%${text}` }));
        await ask(call(api, 'POST', path, { headers: { 'content-type': text.slice(0, 40) }, body: text }));
      }
    }
    for (const text of texts) {
      await ask(call(api, 'GET', '/partners', { headers: { authorization: `Bearer ${text}` } }));
      await ask(call(api, 'GET', '/partners', { headers: { authorization: `Bearer ${text}, ${text}` } }));
      await ask(call(api, 'GET', '/partners', { headers: { authorization: text } }));
      await ask(call(api, 'GET', '/partners', { headers: { 'x-api-key': text } }));
      await ask(call(api, 'GET', '/partners', { headers: { 'x-api-key': text, authorization: `Bearer ${text}` } }));
      await ask(call(api, 'GET', `/partners?access_token=${text}`));
      await ask(call(api, 'GET', `/${text}`));
      await ask(call(api, 'GET', '/admin', { headers: { authorization: `Bearer ${text}` } }));
    }

    const refusals = answers.filter(({ status }) => status >= 400);
    expect(refusals.length).toBeGreaterThan(300);
    const told = [
      ...log.lines.map((line) => printed(line)),
      ...kept.events.map((event) => printed(event)),
      ...refusals.map(({ headers, text }) => `${printed(headers)}\n${text}`),
    ];
    for (const canary of canaries) {
      expect(told.filter((text) => text.includes(canary))).toEqual([]);
    }
    const basics = [...canaries].map((canary) => Buffer.from(`shop:${canary}`).toString('base64').slice(8));
    for (const encoded of basics) expect(told.filter((text) => text.includes(encoded))).toEqual([]);
    if (stores !== 'no trail') expect(kept.events.length).toBeGreaterThan(20);
  });
});

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

it('a grant and a revocation that the trail does not take are answered 503', async () => {
  const { form, secret, issued } = await arrange('no trail');
  const headers = { authorization: basic('shop', secret) };
  const granted = await form('/oauth/token', { grant_type: 'client_credentials' }, headers);
  expect([granted.status, granted.body]).toEqual([503, expect.objectContaining({ error: 'temporarily_unavailable' })]);
  expect(granted.text).not.toContain('access_token');
  expect((await form('/oauth/revoke', { token: issued.opaque }, headers)).status).toBe(503);
});

it('tells the trail what was granted, refused and revoked, of whom, and why', async () => {
  const { form, kept, secret, issued } = await arrange('up');
  const own = { authorization: basic('shop', secret) };
  await form('/oauth/revoke', { token: issued.opaque }, own);
  await form('/oauth/token', { grant_type: 'client_credentials' }, { authorization: basic('shop', 'wrong') });
  await form('/oauth/token', { grant_type: 'client_credentials' }, { authorization: basic('nobody', 'wrong') });
  await form('/oauth/token', { grant_type: 'client_credentials', scope: 'more' }, own);
  const fact = { at: start, api: 'tests', requestId: expect.any(String), network: '127.0.0.1' };
  const refused = { ...fact, type: 'token.refused', outcome: 'refused', by: 'oauth.token' };
  expect(kept.events).toEqual([
    { ...fact, type: 'token.issued', outcome: 'done', by: 'oauth.token', clientId: 'shop', scopes: expect.any(Array) },
    { ...fact, type: 'token.issued', outcome: 'done', by: 'oauth.jwt', clientId: 'shop', scopes: expect.any(Array) },
    { ...fact, type: 'token.revoked', outcome: 'done', by: 'oauth.revoke', clientId: 'shop' },
    { ...refused, reason: 'credentials_invalid', clientId: 'shop' },
    { ...refused, reason: 'credentials_invalid' },
    { ...refused, reason: 'scope_invalid', clientId: 'shop' },
  ]);
});
