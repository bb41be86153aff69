import { later, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { json, startForeignServer, status } from '../../test-support/foreign-server.ts';
import { audience, foreignKeys, otherKey, signJwt, userClaims } from '../../test-support/foreign-tokens.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import {
  apiKeys,
  type BearerOptions,
  bearer,
  type ClientStore,
  clients,
  createApiKeyAdmin,
  createMemoryApiKeyStore,
  createMemoryClientStore,
  createMemoryTokenStore,
  customStrategy,
  foreignJwt,
  jwtTokens,
  opaqueTokens,
  publicAccount,
  remoteIntrospection,
} from '../index.ts';
import { strategyConformance } from '../testing/index.ts';

const hasher = testHasher();
const { client } = testClient(hasher);
const { client: gone } = testClient(hasher, { clientId: 'gone', active: false });
const failing = () => Promise.reject(new Error('down'));

/** The clients, or a store of them that has stopped. */
const clientsWhen = (down: boolean): ClientStore =>
  down ? { find: failing } : createMemoryClientStore([client, gone]);

/** The strategy that takes tokens of one kind. */
const bearing = (kind: BearerOptions['tokens'][number]) => strategyOf(bearer({ tokens: [kind] }), testSetup());
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

strategyConformance({
  name: 'bearer, opaque tokens',
  async open({ down }) {
    const store = createMemoryTokenStore();
    const issuing = opaqueTokens({ store, clients: clientsWhen(false) }).connect(testSetup());
    const issue = async (one: typeof client, now = start) =>
      (await issuing.issue({ client: one, scopes: client.scopes, now })).token;
    const [good, revoked, old, dead] = [
      await issue(client),
      await issue(client),
      await issue(client, later(-7200)),
      await issue(gone),
    ];
    await issuing.revoke(revoked, start);
    const tokens = opaqueTokens({ store: down ? { ...store, find: failing } : store, clients: clientsWhen(down) });
    return {
      strategy: bearing(tokens),
      now: start,
      good: withToken(good),
      bad: {
        revoked: withToken(revoked),
        expired: withToken(old),
        'of a disabled client': withToken(dead),
        altered: withToken(`${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`),
      },
    };
  },
});

strategyConformance({
  name: 'bearer, own JWT',
  async open({ down }) {
    const options = { algorithm: 'HS256', key: signingSecret, issuer: 'https://own.test' } as const;
    const issuing = jwtTokens({ ...options, clients: clientsWhen(false) }).connect(testSetup());
    const another = jwtTokens({ ...options, key: `another-${signingSecret}`, clients: clientsWhen(false) });
    const grant = { client, scopes: client.scopes, now: start };
    const { token: good } = await issuing.issue(grant);
    const { token: old } = await issuing.issue({ ...grant, now: later(-7200) });
    const { token: dead } = await issuing.issue({ ...grant, client: gone });
    const { token: forged } = await another.connect(testSetup()).issue(grant);
    return {
      strategy: bearing(jwtTokens({ ...options, clients: clientsWhen(down) })),
      now: start,
      good: withToken(good),
      bad: {
        expired: withToken(old),
        forged: withToken(forged),
        'of a disabled client': withToken(dead),
        altered: withToken(good.replace(/\.(.)/, '.A')),
      },
    };
  },
});

strategyConformance({
  name: 'bearer, foreign JWT',
  async open({ down }) {
    const server = await startForeignServer();
    server.answer('/keys', down ? status(500) : foreignKeys);
    const issuer = `${server.origin}/realm`;
    const kind = foreignJwt({
      issuer,
      audience,
      jwksUri: `${server.origin}/keys`,
      scopes: ['tag:search'],
      allowHttp: true,
    });
    const claims = { ...userClaims, iss: issuer };
    return {
      strategy: bearing(kind),
      now: start,
      good: withToken(signJwt(claims)),
      bad: {
        expired: withToken(signJwt({ ...claims, iat: 1000, exp: 2000 })),
        forged: withToken(signJwt(claims, {}, otherKey.privateKey)),
        'for another API': withToken(signJwt({ ...claims, aud: 'other' })),
        'of another issuer': withToken(signJwt({ ...claims, iss: 'https://other.test' })),
      },
      close: () => server.close(),
    };
  },
});

strategyConformance({
  name: 'bearer, introspection at another server',
  async open({ down }) {
    const server = await startForeignServer();
    server.answer('/introspect', (response, request) => {
      const token = new URLSearchParams(request.body).get('token') ?? '';
      const answer = token === 'good-token-of-ada' ? { ...userClaims, active: true } : { active: false };
      (down ? status(500) : json(answer))(response, request);
    });
    const kind = remoteIntrospection({
      endpoint: `${server.origin}/introspect`,
      clientId: 'api',
      clientSecret: 'secret-of-the-api',
      audience,
      scopes: ['tag:search'],
      allowHttp: true,
    });
    return {
      strategy: bearing(kind),
      now: start,
      good: withToken('good-token-of-ada'),
      bad: { unknown: withToken('a-token-of-nobody'), altered: withToken('good-token-of-adb') },
      close: () => server.close(),
    };
  },
});

strategyConformance({
  name: 'API keys',
  async open({ down }) {
    const store = createMemoryApiKeyStore();
    const admin = createApiKeyAdmin({ store, clients: clientsWhen(false), clock: { now: () => start } });
    const issue = (change: object = {}) => admin.issue({ clientId: client.clientId, name: 'x', ...change });
    const [good, revoked, short, dead] = [
      await issue(),
      await issue(),
      await issue({ expiresAt: later(1) }),
      await issue({ clientId: gone.clientId }),
    ];
    await admin.revoke(revoked.id);
    const withKey = (key: string) => ({ headers: { 'x-api-key': key } });
    const asked = down ? { ...store, find: failing } : store;
    return {
      strategy: strategyOf(apiKeys({ store: asked, clients: clientsWhen(down) }), testSetup()),
      now: later(1),
      good: withKey(good.key),
      bad: {
        revoked: withKey(revoked.key),
        expired: withKey(short.key),
        'of a disabled client': withKey(dead.key),
        altered: withKey(`${good.key}x`),
      },
    };
  },
});

strategyConformance({
  name: 'a function of the user',
  open({ down }) {
    const known = new Map([['gateway-secret-of-ada', 'ada']]);
    return {
      strategy: customStrategy({
        name: 'gateway',
        credentials: 'x-gateway',
        authenticate: async ({ head }) => {
          if (down) throw new Error(`no answer about ${head.headers['x-gateway']}`);
          const id = known.get(head.headers['x-gateway'] ?? '');
          return id === undefined ? undefined : { kind: 'user', id, scopes: ['tag:search'] };
        },
      }),
      good: { headers: { 'x-gateway': 'gateway-secret-of-ada' } },
      bad: { unknown: { headers: { 'x-gateway': 'gateway-secret-of-bob' } } },
    };
  },
});

strategyConformance({
  name: 'public account',
  open({ down }) {
    const setup = testSetup();
    clients({ store: clientsWhen(down) }).services?.(setup);
    return {
      strategy: strategyOf(publicAccount({ clientId: client.clientId, resources: ['country'] }), setup),
      now: start,
      good: { headers: {}, resource: 'country' },
      bad: {},
      none: { headers: {}, resource: 'partner' },
    };
  },
});
