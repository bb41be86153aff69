import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { MikroORM } from '@mikro-orm/core';
import { fetchHandler } from '@sallyport/adapters/fetch';
import { frameworks, serveOn } from '@sallyport/adapters/serve-on';
import {
  AuthClient,
  AuthRevokedToken,
  AuthToken,
  AuthUsedAssertion,
  authorizationServerMetadata,
  bearer,
  clients,
  createClientAdmin,
  createClientStore,
  createRevocationStore,
  createSecretHasher,
  createTokenStore,
  introspectionEndpoint,
  jwksEndpoint,
  jwtTokens,
  opaqueTokens,
  protectedResourceMetadata,
  revocationEndpoint,
  type TokenKind,
  tokenEndpoint,
  wellKnownUrl,
} from '@sallyport/auth';
import {
  type Api,
  type ApiOptions,
  createApi,
  definePlugin,
  openDatabase,
  type RequestHandler,
  silentLogger,
} from '@sallyport/core';
import { generateKeyPair } from 'jose';

/** Everything that an API can be served on. */
export const hosts = [...frameworks, 'fetch'] as const;
export type Host = (typeof hosts)[number];

/** Both kinds of token; of JWT one whose key others can look up. */
export const kinds = ['opaque', 'JWT'] as const;
/** `HS256`: a JWT whose key nobody else is told. */
export type Kind = (typeof kinds)[number] | 'HS256';

export interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

/** An authorisation server and the API that it guards, over a socket. */
export interface OAuthServer {
  readonly origin: string;
  /** `<origin>/api/v1`. */
  readonly issuer: string;
  /** May read people. */
  readonly app: Credentials;
  /** May look into all tokens. */
  readonly keeper: Credentials;
  readonly api: Api;
  /** The API at the root that tells of the other. */
  readonly wellKnown: Api;
  close(): Promise<void>;
}

/** Routes that need a token of the scope `people:read`, or of `people:write`. */
export const people = definePlugin({
  name: 'test.people',
  routes: () =>
    (['read', 'write'] as const).map((action) => ({
      method: action === 'read' ? 'GET' : 'POST',
      path: '/people',
      name: `people.${action}`,
      scope: [`people:${action}`] as const,
      ...(action === 'read' ? {} : { body: { kinds: ['json'] as const } }),
      handle: () => ({ kind: 'value' as const, status: 200, value: [] }),
    })),
});

/** A host that listens. What it serves may need its address, and is told later. */
export interface Listening {
  readonly origin: string;
  /** From now on it serves these; the first that owns a target answers, or else the last. */
  serve(...apis: readonly RequestHandler[]): void;
  close(): Promise<unknown>;
}

export async function listening(host: Host): Promise<Listening> {
  let served: readonly RequestHandler[] = [];
  const owner = (target: string) => served.find((api) => api.owns(target)) ?? served.at(-1);
  const { origin, close } = await listen(host, {
    owns: (target) => served.some((api) => api.owns(target)),
    handle: (raw, handling) => owner(raw.target)?.handle(raw, handling) ?? Promise.resolve(undefined),
  });
  return {
    origin,
    serve: (...apis) => {
      served = apis;
    },
    close,
  };
}

async function listen(host: Host, api: RequestHandler) {
  if (host !== 'fetch') {
    const running = await serveOn(host, api);
    return { origin: running.url, close: () => running.close({ timeoutMs: 0 }) };
  }
  const server: Server = createServer(bridged(fetchHandler(api)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A Fetch handler behind Node's server, as little as will do. */
function bridged(handle: (request: Request) => Promise<Response>): Parameters<typeof createServer>[1] {
  return async (incoming, outgoing) => {
    const headers = new Headers();
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
    }
    const bodiless = incoming.method === 'GET' || incoming.method === 'HEAD';
    const request = new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host}`), {
      method: incoming.method ?? 'GET',
      headers,
      ...(bodiless ? {} : { body: Readable.toWeb(incoming) as unknown as ReadableStream, duplex: 'half' }),
    });
    const response = await handle(request);
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
}

/** An embedded database with the tables of `@sallyport/auth`; servers may share one. */
export async function openTables(): Promise<MikroORM> {
  const orm = await openDatabase({ entities: [AuthClient, AuthToken, AuthRevokedToken, AuthUsedAssertion] });
  await orm.schema.create();
  return orm;
}

/** Where clients are kept, and who makes them. */
export function clientsIn(orm: MikroORM) {
  const store = createClientStore(orm);
  const hasher = createSecretHasher({ peppers: { current: 'k', keys: { k: 'p3pPer-of-the-tests-0123456789-abcd' } } });
  return { store, hasher, admin: createClientAdmin(orm, store, hasher) };
}

/** Starts it with every endpoint of `@sallyport/auth`, and two clients of its own. */
export async function oauthServer(
  orm: MikroORM,
  host: Host,
  kind: Kind,
  { requireTls = false, ...options }: Partial<ApiOptions> & { readonly requireTls?: boolean } = {},
): Promise<OAuthServer> {
  // The issuer has the port in it, which is known once something listens.
  const { origin, serve, close } = await listening(host);
  const issuer = `${origin}/api/v1`;
  const { store, hasher, admin } = clientsIn(orm);
  const app = await admin.create({ name: 'App', scopes: ['people:read'] });
  const keeper = await admin.create({ name: 'Resource server', scopes: ['introspect'] });
  const tokens = await tokensOf(kind, orm, issuer);
  const api = await createApi({
    basePath: '/api/v1',
    orm,
    resources: [],
    logger: silentLogger,
    ...options,
    plugins: [
      clients({ store, hasher }),
      tokenEndpoint({ tokens, requireTls }),
      revocationEndpoint({ tokens: [tokens] }),
      introspectionEndpoint({ tokens: [tokens], scope: 'introspect', issuer }),
      bearer({ tokens: [tokens], resourceMetadata: wellKnownUrl('oauth-protected-resource', issuer) }),
      ...(kind === 'JWT' ? [jwksEndpoint({ tokens: [tokens as ReturnType<typeof jwtTokens>] })] : []),
      people,
      ...(options.plugins ?? []),
    ],
  });
  const about = { of: [api], allowHttp: true };
  const wellKnown = await createApi({
    name: 'well-known',
    orm,
    resources: [],
    plugins: [
      authorizationServerMetadata({ issuer, ...about }),
      protectedResourceMetadata({ resource: issuer, authorizationServers: [issuer], ...about }),
    ],
    logger: silentLogger,
  });
  serve(wellKnown, api);
  return {
    origin,
    issuer,
    app,
    keeper,
    api,
    wellKnown,
    async close() {
      await close();
      await Promise.all([api.close(), wellKnown.close()]);
    },
  };
}

async function tokensOf(kind: Kind, orm: MikroORM, issuer: string): Promise<TokenKind> {
  if (kind === 'opaque') return opaqueTokens({ store: createTokenStore(orm) });
  const rest = { issuer, revocations: createRevocationStore(orm) };
  return kind === 'HS256'
    ? jwtTokens({ algorithm: kind, key: 'a-signing-secret-of-the-oauth-tests-0123456789', ...rest })
    : jwtTokens({ algorithm: 'ES256', key: await generateKeyPair('ES256', { extractable: true }), ...rest });
}
