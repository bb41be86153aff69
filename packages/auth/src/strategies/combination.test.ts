import {
  type ApiOptions,
  type AuthenticationStrategy,
  ClockService,
  createApi,
  openDatabase,
  type Plugin,
  SallyportError,
} from '@sallyport/core';
import { call, memoryLogger } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { foreignServer, status } from '../../test-support/foreign-server.ts';
import { audience, foreignKeys, signJwt, userClaims } from '../../test-support/foreign-tokens.ts';
import {
  type ApiKeyStore,
  AuthClient,
  apiKeys,
  bearer,
  type ClientStore,
  clients,
  createApiKeyAdmin,
  createMemoryApiKeyStore,
  createMemoryClientStore,
  createMemoryTokenStore,
  customStrategy,
  foreignJwt,
  opaqueTokens,
  publicAccount,
} from '../index.ts';

const { client } = testClient(testHasher());
let orm: Awaited<ReturnType<typeof openDatabase>>;
beforeAll(async () => {
  orm = await openDatabase({ entities: [AuthClient] });
});
afterAll(() => orm?.close());

const whoami: Plugin = {
  name: 'test.whoami',
  routes: () => [
    {
      method: 'GET',
      path: '/whoami',
      name: 'test.whoami',
      scope: ['partner:read'],
      handle: ({ principal }) => ({
        kind: 'value',
        status: 200,
        value: 'id' in principal ? [principal.kind, principal.id, principal.strategy] : [principal.kind],
      }),
    },
  ],
};

/** An API that knows the client, or the clients of another store. */
const apiOf = (
  { plugins = [], ...more }: Partial<ApiOptions>,
  store: ClientStore = createMemoryClientStore([client]),
) => createApi({ orm, resources: [], logger: memoryLogger(), ...more, plugins: [clients({ store }), ...plugins] });

/** A key of the client. */
async function issueKey(keys: ApiKeyStore, store: ClientStore): Promise<string> {
  const admin = createApiKeyAdmin({ store: keys, clients: store, clock: { now: () => start } });
  return (await admin.issue({ clientId: client.clientId, name: 'ci' })).key;
}

/** One API that takes tokens of its own, a server's, API keys, and what a gateway signs. */
async function arrange() {
  const server = await foreignServer();
  server.answer('/keys', foreignKeys);
  const store = createMemoryClientStore([client]);
  const keys = createMemoryApiKeyStore();
  const opaque = opaqueTokens({ store: createMemoryTokenStore(), clients: store });
  const issuer = `${server.origin}/realm`;
  const foreign = foreignJwt({
    issuer,
    audience,
    jwksUri: `${server.origin}/keys`,
    scopes: { reader: 'partner:read' },
    scopeClaims: [['realm_access', 'roles']],
    idPrefix: 'kc:',
    allowHttp: true,
  });
  const gateway = customStrategy({
    name: 'gateway',
    credentials: 'x-gateway',
    challenge: 'Gateway realm="api"',
    authenticate: ({ head }) =>
      head.headers['x-gateway'] === 'sesame' ? { kind: 'user', id: 'zoe', scopes: ['partner:read'] } : undefined,
  });
  const logger = memoryLogger();
  const api = await apiOf(
    {
      name: 'api',
      plugins: [bearer({ tokens: [opaque, foreign] }), apiKeys({ store: keys }), whoami],
      auth: [gateway],
      logger,
      services: (services) => services.register(ClockService, () => ({ now: () => start })),
    },
    store,
  );
  const setup = { services: api.services, api: { name: 'api', basePath: '' } };
  const key = await issueKey(keys, store);
  const { token } = await opaque.connect(setup).issue({ client, scopes: client.scopes, now: start });
  const jwt = (claims: object) => signJwt({ ...userClaims, iss: issuer, ...claims });
  const get = (headers: Record<string, string>, target = '/whoami') => call(api, 'GET', target, { headers });
  return { get, jwt, key, logger, server, token };
}

describe('several ways to say who is calling', () => {
  it('stand on one API, each for itself', async () => {
    const { get, token, key, jwt } = await arrange();
    const roles = { realm_access: { roles: ['reader', 'uma_authorization'] } };
    for (const [headers, caller] of [
      [{ authorization: `Bearer ${token}` }, ['client', 'client-one', 'auth.bearer']],
      [{ authorization: `Bearer ${jwt(roles)}` }, ['user', 'kc:f5f1-ada', 'auth.bearer']],
      [{ 'x-api-key': key }, ['client', 'client-one', 'auth.api-keys']],
      [{ 'x-gateway': 'sesame' }, ['user', 'zoe', 'gateway']],
    ] as const) {
      const { status: code, body } = await get(headers);
      expect([code, body]).toEqual([200, caller]);
    }
    // A server that grants what it has no right to grants nothing.
    expect((await get({ authorization: `Bearer ${jwt({ scope: 'partner:read' })}` })).status).toBe(403);
  });

  it('R20: are refused together with 400, good or bad', async () => {
    const { get, token, key } = await arrange();
    for (const headers of [
      { authorization: `Bearer ${token}`, 'x-api-key': key },
      { authorization: 'Bearer bad', 'x-api-key': key },
      { authorization: `Bearer ${token}`, 'x-api-key': 'bad' },
      { authorization: 'Bearer', 'x-gateway': 'sesame' },
      { 'x-api-key': key, 'x-gateway': 'sesame' },
    ]) {
      const { status: code, body } = await get(headers);
      expect([code, (body as { code: string }).code]).toEqual([400, 'malformed_request']);
    }
    // Basic is nobody's here: a proxy may have asked for it.
    expect((await get({ authorization: 'Basic YTpi', 'x-api-key': key })).status).toBe(200);
  });

  it('R19: are all named in one 401', async () => {
    const { get } = await arrange();
    const { status: code, headers } = await get({});
    expect(code).toBe(401);
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="api", ApiKey realm="api", header="X-API-Key", Gateway realm="api"',
    );
  });

  it('R22: are never taken out of the address, and nothing of them is logged', async () => {
    const { get, token, key, logger } = await arrange();
    for (const query of [`access_token=${token}`, `api_key=${key}`, `x-api-key=${key}`, 'x-gateway=sesame']) {
      expect((await get({}, `/whoami?${query}`)).status).toBe(401);
    }
    await get({ 'x-api-key': key });
    await get({ 'x-api-key': `${key}x` });
    await get({ authorization: `Bearer ${token}x` });
    expect(JSON.stringify(logger.lines)).not.toMatch(new RegExp(`${key.slice(9, 30)}|${token.slice(4, 30)}`));
  });

  it('are not let in by the trouble of one', async () => {
    const { get, jwt, server, key } = await arrange();
    server.answer('/keys', status(500));
    const down = await get({ authorization: `Bearer ${jwt({})}` });
    expect([down.status, down.headers['retry-after']]).toEqual([503, '5']);
    expect((await get({ 'x-api-key': key })).status).toBe(200);
  });

  it('make nobody system', async () => {
    const { get, jwt } = await arrange();
    for (const claims of [
      { sub: 'system', kind: 'system' },
      { principal: { kind: 'system' } },
      { scope: 'system all *' },
    ]) {
      expect((await get({ authorization: `Bearer ${jwt(claims)}` })).status).toBe(403);
    }
    for (const headers of [{ 'x-gateway': 'system' }, { 'x-api-key': 'system' }, { authorization: 'Bearer system' }]) {
      expect((await get(headers as Record<string, string>)).status).toBe(401);
    }
  });
});

it('a public account is asked when nobody else has found a caller, wherever it stands', async () => {
  const byHand: AuthenticationStrategy = {
    name: 'by-hand',
    scheme: { name: 'by-hand', definition: { type: 'apiKey', in: 'header', name: 'x-hand' } },
    authenticate({ head }) {
      const sent = head.headers['x-hand'];
      if (sent === undefined) return undefined;
      if (sent !== 'sesame') throw new SallyportError('invalid_token');
      return { kind: 'user', id: 'zoe', scopes: new Set(), strategy: 'by-hand', attributes: {} };
    },
  };
  const api = await apiOf({ plugins: [publicAccount({ clientId: client.clientId })], auth: [byHand] });
  expect(api.plan.strategies.map(({ name }) => name)).toEqual(['by-hand', 'auth.public']);
});

it('another server whose ids could be those of callers of ours needs a prefix beside any other strategy', async () => {
  const foreign = foreignJwt({
    issuer: 'https://idp.example.org',
    audience,
    jwksUri: 'https://idp.example.org/keys',
    scopes: ['partner:read'],
  });
  const plugins = [bearer({ tokens: [foreign] })];
  await expect(apiOf({ plugins })).resolves.toBeDefined();
  const keys = apiKeys({ store: createMemoryApiKeyStore() });
  await expect(apiOf({ plugins: [...plugins, keys] })).rejects.toThrow('idPrefix');
});

it('a key of a client that is gone opens no other client of its id', async () => {
  const store = createMemoryClientStore([{ ...client, epoch: 900 }]);
  const keys = createMemoryApiKeyStore();
  const key = await issueKey(keys, store);
  const api = await apiOf({ plugins: [apiKeys({ store: keys, cacheSeconds: 0 }), whoami] }, store);
  const use = async () => (await call(api, 'GET', '/whoami', { headers: { 'x-api-key': key } })).status;
  expect(await use()).toBe(200);
  store.delete(client.clientId);
  store.set({ ...client, epoch: 12 });
  expect(await use()).toBe(401);
});
