/**
 * Everything of this benchmark that touches `@sallyport/auth`: the API under test, and its tables with the clients that
 * all contenders share.
 */
import { generateKeyPairSync } from 'node:crypto';
import { defineEntity, type MikroORM } from '@mikro-orm/core';
import {
  AuthClient,
  AuthRevokedToken,
  AuthToken,
  bearer,
  changeFeed,
  clients,
  createClientStore,
  createRevocationStore,
  createSecretHasher,
  createSqlChangeFeed,
  createTokenStore,
  introspectionEndpoint,
  issueSecret,
  jwtTokens,
  opaqueTokens,
  revocationEndpoint,
  type SecretScheme,
  type TokenKind,
  tokenEndpoint,
} from '@sallyport/auth';
import {
  type Api,
  createApi,
  createLogger,
  defineResource,
  key,
  openDatabase,
  type Plugin,
  type RouteDefinition,
} from '@sallyport/core';
import { authPaths, authScope, constantAnswer, loopback, pepper, tokenSeconds } from '../shared/auth-wire.ts';
import { databaseUrl, poolSize } from '../shared/config.ts';

const NoteSchema = defineEntity({
  name: 'Note',
  tableName: 'bench_note',
  properties: (p) => ({ id: p.integer().primary(), title: p.text() }),
});
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

const notes = defineResource(Note, {
  name: 'note',
  path: '/note',
  key: key.natural('id'),
  scope: 'note',
  fields: (f) => ({ title: f.field('title') }),
  operations: { read: true },
});

const open = (url: string): Promise<MikroORM> =>
  openDatabase({ url, entities: [Note, AuthClient, AuthToken, AuthRevokedToken], connections: poolSize });

/** What differs between the servers of this benchmark. */
export interface AuthApiChoices {
  readonly tokens: 'opaque' | 'jwt';
  /** The hasher's default scheme: what an unknown client is made to look like. */
  readonly scheme: SecretScheme;
  /** Whether every refusal costs a slow hash (`padFailures`). */
  readonly padded: boolean;
  /** Whether the token endpoint counts by address, with the limits it has unless told. */
  readonly limited: boolean;
}

const hasherOf = ({ scheme, padded }: Pick<AuthApiChoices, 'scheme' | 'padded'>) =>
  createSecretHasher({ peppers: { current: 'p1', keys: { p1: pepper } }, scheme, padFailures: padded });

function kindOf(orm: MikroORM, { tokens }: AuthApiChoices): TokenKind {
  if (tokens === 'opaque') {
    const store = createTokenStore(orm, { withClients: true });
    return opaqueTokens({ store, lifetimeSeconds: tokenSeconds });
  }
  return jwtTokens({
    algorithm: 'ES256',
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    issuer: 'https://auth.example.org',
    lifetimeSeconds: tokenSeconds,
    revocations: createRevocationStore(orm),
  });
}

function constantRoute(path: string, name: string, scope: RouteDefinition['scope']): RouteDefinition {
  const handle: RouteDefinition['handle'] = () => ({ kind: 'value', status: 200, value: constantAnswer });
  return { method: 'GET', path, name, scope, envelope: 'none', handle };
}

const constantRoutes: Plugin = {
  name: 'bench.constant',
  routes: () => [
    constantRoute(authPaths.open, 'bench.open', 'public'),
    constantRoute(authPaths.guarded, 'bench.guarded', [authScope]),
  ],
};

/** The API under test: token, revocation and introspection endpoint, two constant routes, one resource. */
export async function createAuthApi(choices: AuthApiChoices): Promise<Api> {
  const orm = await open(databaseUrl);
  const kind = kindOf(orm, choices);
  const endpoint = choices.limited ? {} : ({ limits: false } as const);
  return createApi({
    name: 'benchmark',
    orm,
    resources: [notes],
    plugins: [
      // What lets tokens, clients and revocations be remembered for seconds, and be ended by another process at once.
      changeFeed(createSqlChangeFeed(orm)),
      clients({ store: createClientStore(orm), hasher: hasherOf(choices) }),
      tokenEndpoint({ tokens: kind, ...endpoint }),
      revocationEndpoint({ tokens: [kind], ...endpoint }),
      introspectionEndpoint({ tokens: [kind], ...endpoint }),
      bearer({ tokens: [kind] }),
      constantRoutes,
    ],
    trustedProxies: [loopback],
    logger: createLogger({ level: 'error' }),
  });
}

/** A client and its secret. */
export interface Person {
  readonly clientId: string;
  readonly secret: string;
}

/** A client to be stored. */
export interface NewPerson extends Person {
  readonly scheme: SecretScheme;
  readonly active?: boolean;
  readonly expiresAt?: Date;
}

/** A client with a secret such as the server itself would issue. Ids have the same length. */
export const newPerson = (name: string, about: Omit<NewPerson, keyof Person>): NewPerson => ({
  clientId: `client-${name.padEnd(32, '-')}`,
  secret: issueSecret(),
  ...about,
});

/** Makes the tables of the API in an empty database, with these clients and `noteCount` notes. */
export async function createTables(url: string, people: readonly NewPerson[], noteCount: number): Promise<void> {
  const orm = await open(url);
  try {
    await orm.schema.create();
    const hasher = hasherOf({ scheme: 'hmac-sha256', padded: false });
    const createdAt = new Date();
    const em = orm.em.fork();
    for (const { clientId, secret, scheme, active = true, expiresAt = null } of people) {
      const hash = scheme === 'hmac-sha256' ? hasher.hash(clientId, secret) : await hasher.import(secret, scheme);
      em.create(AuthClient, {
        clientId,
        name: clientId,
        active,
        expiresAt,
        secrets: [{ id: 's1', hash, createdAt: createdAt.toISOString() }],
        keys: null,
        scopes: [authScope, 'note:read'],
        tokenLifetimeSeconds: null,
        apis: null,
        limits: null,
        epoch: 0,
        attributes: {},
        createdAt,
        lastUsedAt: null,
        requestCount: 0,
        secretUse: {},
      });
    }
    for (let id = 1; id <= noteCount; id += 1) em.create(Note, { id, title: `Note ${id}` });
    await em.flush();
  } finally {
    await orm.close();
  }
}
