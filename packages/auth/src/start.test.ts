import type { MikroORM } from '@mikro-orm/core';
import {
  type Api,
  ConfigurationError,
  createApi,
  defineScopes,
  openDatabase,
  type Plugin,
  RateLimiterService,
  silentLogger,
} from '@sallyport/core';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pepper, signingSecret, testHasher } from '../test-support/clients.ts';
import { entities as usualEntities } from '../test-support/databases.ts';
import {
  AuthAccount,
  AuthAuditService,
  AuthClient,
  AuthRate,
  AuthSession,
  apiKeys,
  authAudit,
  bearer,
  ChangeFeedService,
  ClientAdministrationService,
  clients,
  createAccountStore,
  createApiKeyStore,
  createClientStore,
  createMemoryAccountStore,
  createMemoryClientStore,
  createMemorySessionStore,
  createMemoryTokenStore,
  createPasswordHasher,
  createRevocationStore,
  createSessionStore,
  createSqlAuditTrail,
  createSqlRateLimiter,
  createTokenStore,
  createUsedAssertions,
  foreignJwt,
  introspectionEndpoint,
  jwtTokens,
  opaqueTokens,
  publicAccount,
  revocationEndpoint,
  sessions,
  tokenEndpoint,
} from './index.ts';

const entities = [AuthAccount, AuthSession, ...usualEntities];
const hasher = testHasher();
const passwords = createPasswordHasher({ peppers: { current: 'k1', keys: { k1: pepper } } });
const memory = clients({ store: createMemoryClientStore(), hasher });
const tokens = opaqueTokens({ store: createMemoryTokenStore() });
const jwt = (orm: MikroORM) =>
  jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    issuer: 'https://api.example',
    revocations: createRevocationStore(orm),
  });

/** Tables, and plugins that cannot do without. */
const needs: readonly (readonly [tables: readonly string[], plugins: (orm: MikroORM) => readonly Plugin[]])[] = [
  [['sallyport_client'], (orm) => [clients({ store: createClientStore(orm), hasher })]],
  [['sallyport_client'], (orm) => [memory, tokenEndpoint({ tokens, clients: createClientStore(orm) })]],
  [['sallyport_token'], (orm) => [memory, bearer({ tokens: [opaqueTokens({ store: createTokenStore(orm) })] })]],
  [
    ['sallyport_client', 'sallyport_token'],
    (orm) => [memory, tokenEndpoint({ tokens: opaqueTokens({ store: createTokenStore(orm, { withClients: true }) }) })],
  ],
  [['sallyport_revoked_token'], (orm) => [memory, bearer({ tokens: [jwt(orm)] })]],
  [['sallyport_api_key'], (orm) => [memory, apiKeys({ store: createApiKeyStore(orm) })]],
  [['sallyport_rate_count'], (orm) => [memory, tokenEndpoint({ tokens, limiter: createSqlRateLimiter(orm) })]],
  [
    ['sallyport_rate'],
    (orm) => [memory, tokenEndpoint({ tokens, limiter: createSqlRateLimiter(orm, { window: 'sliding' }) })],
  ],
  [
    ['sallyport_rate'],
    (orm) => [
      sessions({
        accounts: createMemoryAccountStore(),
        store: createMemorySessionStore(),
        passwords,
        limiter: createSqlRateLimiter(orm, { window: 'sliding', insurance: false }),
      }),
    ],
  ],
  [['sallyport_auth_event'], (orm) => [authAudit({ trail: createSqlAuditTrail(orm) })]],
  [
    ['sallyport_used_assertion'],
    (orm) => [
      memory,
      tokenEndpoint({
        tokens,
        credentials: { ways: ['assertion'] },
        assertions: { used: createUsedAssertions(orm), audience: 'https://api.example' },
      }),
    ],
  ],
  [
    ['sallyport_account', 'sallyport_session'],
    (orm) => [sessions({ accounts: createAccountStore(orm), store: createSessionStore(orm), passwords })],
  ],
  [
    ['sallyport_account', 'sallyport_session'],
    (orm) => [
      sessions({
        accounts: createMemoryAccountStore(),
        store: createSessionStore(orm, { withAccounts: true }),
        passwords,
      }),
    ],
  ],
];

const everything = (orm: MikroORM): readonly Plugin[] => [
  clients({ store: createClientStore(orm), hasher }),
  authAudit({ trail: createSqlAuditTrail(orm) }),
  tokenEndpoint({
    tokens: opaqueTokens({ store: createTokenStore(orm) }),
    limiter: createSqlRateLimiter(orm),
    credentials: { ways: ['basic', 'assertion'] },
    assertions: { used: createUsedAssertions(orm), audience: 'https://api.example' },
  }),
  bearer({ tokens: [jwt(orm)] }),
  apiKeys({ store: createApiKeyStore(orm) }),
  sessions({ accounts: createAccountStore(orm), store: createSessionStore(orm), passwords }),
];

const starting = (orm: MikroORM, plugins: readonly Plugin[]): Promise<Api> =>
  createApi({ orm, resources: [], plugins, logger: silentLogger });

describe.each(testDatabases())('an API over a database without tables, on $name', ({ open }) => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await open(entities, { empty: true });
  });
  afterAll(() => database?.close());

  const started = vi.fn();
  const observer: Plugin = { name: 'test.observer', start: started };

  it.each(needs)('does not start without %j', async (tables, plugins) => {
    const fault = await starting(database.orm, [...plugins(database.orm), observer]).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ConfigurationError);
    const [, names = ''] =
      /^database: there is no table (.+): run your migrations, or /.exec((fault as Error).message) ?? [];
    expect(
      names
        .split(', ')
        .map((name) => name.replace(/ \(Auth\w+\)$/, ''))
        .sort(),
    ).toEqual(tables);
    // Nothing has to be stopped again.
    expect(started).not.toHaveBeenCalled();
  });

  it('names all tables at once, and starts when they are there, after one query', async () => {
    const plugins = everything(database.orm);
    const fault: unknown = await starting(database.orm, plugins).catch((error: unknown) => error);
    const named = new Set([...String(fault).matchAll(/sallyport_\w+/g)].map(([name]) => name));
    expect(named).toEqual(new Set(entities.filter((one) => one !== AuthRate).map(({ meta }) => meta.tableName)));

    await database.orm.schema.create();
    // A `pg.Pool` and a PGlite alike have `query`; MikroORM's type of it depends on the driver.
    const native = (await database.orm.em.getConnection().getNativeClient()) as { query(text: unknown): unknown };
    const query = vi.spyOn(native, 'query');
    const api = await starting(database.orm, [...plugins, observer]);
    try {
      expect([query.mock.calls.length, started.mock.calls.length]).toEqual([1, 1]);
    } finally {
      query.mockRestore();
      await api.close();
    }
  });

  it('asks a trail and a limiter that are services, too', async () => {
    await database.orm.schema.drop();
    const services = { trail: createSqlAuditTrail(database.orm), limiter: createSqlRateLimiter(database.orm) };
    const fault = createApi({
      orm: database.orm,
      resources: [],
      plugins: [memory, tokenEndpoint({ tokens })],
      services(registry) {
        registry.register(AuthAuditService, () => services.trail);
        registry.register(RateLimiterService, () => services.limiter);
      },
      logger: silentLogger,
    });
    await expect(fault).rejects.toThrow(
      /sallyport_auth_event .+ sallyport_rate_count |sallyport_rate_count .+ sallyport_auth_event /,
    );
  });
});

it('finds its tables in the schema of the ORM', async () => {
  const orm = await openDatabase({ entities, orm: { schema: 'guard' } });
  try {
    await expect(starting(orm, everything(orm))).rejects.toThrow(/^database: there is no table /);
    await orm.schema.create();
    const api = await starting(orm, everything(orm));
    await api.close();
    expect(await createClientStore(orm).find('nobody')).toBeUndefined();
    const rule = { limit: 1, windowSeconds: 60 };
    for (const window of ['fixed', 'sliding'] as const) {
      const limiter = createSqlRateLimiter(orm, { window, insurance: false });
      expect(await limiter.take('one', [rule], new Date())).toMatchObject({ allowed: true });
    }
  } finally {
    await orm.close(true);
  }
});

it('starts while the database is away', async () => {
  const orm = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', entities });
  const api = await starting(orm, everything(orm));
  await api.close();
  await orm.close(true);
});

it('does not start when a store is over an ORM without its entity', async () => {
  const orm = await openDatabase({ entities: [AuthClient] });
  try {
    await expect(starting(orm, [memory, bearer({ tokens: [jwt(orm)] })])).rejects.toThrow(
      new ConfigurationError('orm.entities', 'lack AuthRevokedToken, which a store needs'),
    );
  } finally {
    await orm.close(true);
  }
});

it('names the plugin that was forgotten', async () => {
  const orm = await openDatabase({ entities: [AuthClient] });
  const brought = 'the plugin `clients()` of @sallyport/auth';
  const fault = (plugins: readonly Plugin[]) => expect(starting(orm, plugins)).rejects;
  try {
    await fault([tokenEndpoint({ tokens })]).toThrow(
      `services.sallyport.ClientStore: nobody has registered this service; ${brought} brings it, or \`services\` of createApi`,
    );
    await fault([bearer({ tokens: [tokens] })]).toThrow(brought);
    await fault([publicAccount({ clientId: 'guest' })]).toThrow(brought);
    await fault([clients({ store: createMemoryClientStore() }), tokenEndpoint({ tokens })]).toThrow(
      `services.sallyport.SecretHasher: nobody has registered this service; ${brought}, with its option \`hasher\`, brings it`,
    );
    await fault([memory, bearer({ tokens: [opaqueTokens()] })]).toThrow('the option `store` of `opaqueTokens()`');
    const api = await starting(orm, [memory]);
    for (const [token, hint] of [
      [ClientAdministrationService, `${brought}, with its options \`hasher\` and \`directory\`,`],
      [ChangeFeedService, 'the plugin `changeFeed()` of @sallyport/auth'],
      [AuthAuditService, 'the plugin `authAudit()` of @sallyport/auth, with its option `trail`,'],
      [RateLimiterService, 'a token endpoint of @sallyport/auth (`tokenEndpoint()`)'],
    ] as const) {
      expect(() => api.services.resolve<unknown>(token)).toThrow(`${hint} brings it`);
    }
  } finally {
    await orm.close(true);
  }
});

describe('what types would forbid, and JavaScript hands over', () => {
  const scopes = defineScopes({ others: ['look'] });
  it.each<[string, () => Plugin, string]>([
    ['no tokens to issue', () => tokenEndpoint({} as never), 'tokenEndpoint.tokens: must be there, with connect'],
    [
      'tokens that are a list',
      () => tokenEndpoint({ tokens: [tokens] as never }),
      'tokenEndpoint.tokens: must be there, with connect',
    ],
    [
      'tokens that are none',
      () => revocationEndpoint({ tokens: tokens as never }),
      'revocationEndpoint.tokens: must be a list that is not empty',
    ],
    [
      'a member that is no kind of token',
      () => introspectionEndpoint({ tokens: [tokens, {} as never] }),
      'introspectionEndpoint.tokens[1]: must be there, with connect',
    ],
    [
      'a way that there is none of',
      () => tokenEndpoint({ tokens, credentials: { ways: ['basic', 'jason' as never] } }),
      'tokenEndpoint.credentials.ways[1]: must be "basic" or',
    ],
    [
      'no way',
      () => tokenEndpoint({ tokens, credentials: { ways: [] } }),
      'tokenEndpoint.credentials.ways: must name a way',
    ],
    [
      'a scope that the vocabulary lacks',
      () => introspectionEndpoint({ tokens: [tokens], scope: 'loook' }),
      'introspectionEndpoint.scope: there is no scope "loook"',
    ],
    [
      'a scope for tokens of another server that the vocabulary lacks',
      () =>
        bearer({
          tokens: [
            foreignJwt({
              issuer: 'https://id.example',
              audience: 'https://api.example',
              scopes: { theirs: ['look', 'loook'] },
              idPrefix: 'other:',
            }),
          ],
        }),
      'foreignJwt.scopes: there is no scope "loook"',
    ],
  ])('%s stops the start', async (_, plugin, message) => {
    const orm = await openDatabase({ entities: [AuthClient] });
    try {
      const starting = createApi({ orm, resources: [], scopes, plugins: [memory, plugin()], logger: silentLogger });
      await expect(starting).rejects.toThrow(message);
      await expect(starting).rejects.toThrow(ConfigurationError);
    } finally {
      await orm.close(true);
    }
  });

  it('sessions without a hasher of passwords, or without accounts, are not made', () => {
    const store = createMemorySessionStore();
    const accounts = createMemoryAccountStore();
    expect(() => sessions({ accounts, store } as never)).toThrow(
      'sessions.passwords: must be there, with hash and verify',
    );
    expect(() => sessions({ store, passwords } as never)).toThrow('sessions.accounts: must be there, with find');
  });
});
