import { type Plugin, SallyportError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { basic, caller, form, head, start, type TokenCall, testSetup } from '../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../test-support/clients.ts';
import {
  apiError,
  type BearerFaultKind,
  bearer,
  clients,
  createMemoryClientStore,
  createMemoryTokenStore,
  jwtTokens,
  opaqueTokens,
  type TokenFaultCode,
  tokenEndpoint,
} from './index.ts';

const hasher = testHasher();
const one = testClient(hasher);
const store = createMemoryClientStore([one.client]);
const registry = clients({ store, hasher });

/** Asks a token endpoint for a token, and a strategy who its bearer is. */
async function walk(endpoint: Plugin, strategy: Plugin, call: TokenCall) {
  const setup = testSetup();
  registry.services?.(setup);
  const { json } = await caller(endpoint, setup)(call);
  const strategies = typeof strategy.strategies === 'function' ? strategy.strategies(setup) : [];
  const authorization = `Bearer ${json.access_token}`;
  const principal = await strategies[0]?.authenticate({
    head: head({ authorization }),
    now: start,
    services: setup.services,
  });
  return { answer: json, caller: principal?.kind === 'client' ? principal.id : undefined };
}

it('composes the strict default', async () => {
  const tokens = opaqueTokens({ store: createMemoryTokenStore() });
  const call = { ...form({ grant_type: 'client_credentials' }), authorization: basic(one.clientId, one.secret) };
  expect(await walk(tokenEndpoint({ tokens }), bearer({ tokens: [tokens] }), call)).toMatchObject({
    answer: { expires_in: 600 },
    caller: one.clientId,
  });
});

it('composes OpenSPP', async () => {
  const codes: Partial<Record<TokenFaultCode, [code: string, status: number]>> = {
    credentials_invalid: ['credentials_invalid', 401],
    grant_type_missing: ['grant_type_unsupported', 400],
    grant_type_unsupported: ['grant_type_unsupported', 400],
    too_many_requests: ['too_many_token_requests', 429],
    token_not_issued: ['token_not_issued', 500],
  };
  const renamed: Partial<Record<BearerFaultKind, [code: string, status: number]>> = {
    malformed: ['token_invalid', 401],
    key_unusable: ['server_not_configured', 500],
  };
  const tokens = jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    whenKeyUnusable: 'fail-calls',
    issuer: 'openspp-api-v2',
    audience: 'openspp',
    typ: 'JWT',
    scopeClaim: 'scopes',
    scopesFrom: 'client',
    epoch: false,
    requireClaims: ['exp'],
    lifetimeSeconds: 86_400,
    maxLifetimeSeconds: 86_400,
  });
  const endpoint = tokenEndpoint({
    tokens,
    credentials: {
      ways: ['basic', 'form', 'json'],
      multiple: 'form-over-basic',
      absentGrantType: 'assume-without-body',
      basicEncoding: 'raw',
    },
    scopeParameter: 'ignore',
    limits: { perMinute: 5, perDay: 50, counts: 'readable' },
    errors: (fault) => {
      const [code, status] = codes[fault.code] ?? ['token_request_unreadable', 400];
      return fault.code === 'unavailable' ? apiError(fault) : new SallyportError(code, { status });
    },
  });
  const strategy = bearer({
    tokens: [tokens],
    schemeless: true,
    realm: false,
    faults: ({ kind, cause }) => {
      const [code, status] = renamed[kind] ?? [kind, 401];
      return new SallyportError(code, { status, cause });
    },
  });
  const body = JSON.stringify({ grant_type: 'client_credentials', client_id: one.clientId, client_secret: one.secret });
  expect(await walk(endpoint, strategy, { body, contentType: 'application/json' })).toMatchObject({
    answer: { expires_in: 86_400, scope: 'partner:read partner:create' },
    caller: one.clientId,
  });
  await expect(walk(endpoint, strategy, { body: '{', contentType: 'application/json' })).rejects.toMatchObject({
    code: 'token_request_unreadable',
  });
});

it('composes Secure API, with two token endpoints and one strategy', async () => {
  const opaque = opaqueTokens({ store: createMemoryTokenStore(), lifetimeSeconds: 1800 });
  const jwt = jwtTokens({
    algorithm: 'HS512',
    key: signingSecret,
    issuer: 'https://partners.test',
    clientCacheSeconds: 5,
  });
  const shared = {
    credentials: { ways: ['basic', 'form', 'json', 'multipart'], absentGrantType: 'assume' },
    errors: apiError,
  } as const;
  const strategy = bearer({ tokens: [opaque, jwt] });
  const data = new FormData();
  data.set('client_id', one.clientId);
  data.set('client_secret', one.secret);
  const response = new Response(data);
  const call = { contentType: response.headers.get('content-type') ?? '', body: await response.bytes() };
  expect(await walk(tokenEndpoint({ ...shared, tokens: opaque, path: '/oauth2/token' }), strategy, call)).toMatchObject(
    {
      answer: { expires_in: 1800, token_type: 'Bearer' },
      caller: one.clientId,
    },
  );
  const second = tokenEndpoint({ ...shared, tokens: jwt, path: '/jwt/token', name: 'jwt.token' });
  expect((await walk(second, strategy, call)).caller).toBe(one.clientId);
});
