import type { MikroORM } from '@mikro-orm/core';
import { type Api, ClockService, createApi, type Plugin, silentLogger } from '@sallyport/core';
import { call, type TestResponse } from '@sallyport/core/testing';
import {
  bearer,
  type ClientStore,
  clients,
  createMemoryClientStore,
  type MemoryClientStore,
  type SecretHasher,
  type TokenKind,
  tokenEndpoint,
} from '../src/index.ts';
import { basic, formType, start } from './calls.ts';
import { testClient, testHasher } from './clients.ts';

export const hasher: SecretHasher = testHasher();

/** Two clients, and a resource server that holds the scope `introspect`. */
export const alice = testClient(hasher, { clientId: 'alice' });
export const bob = testClient(hasher, { clientId: 'bob', scopes: ['partner:read'] });
export const server = testClient(hasher, {
  clientId: 'server',
  scopes: ['introspect'],
  attributes: { audience: 'api' },
});

export type Person = Pick<typeof alice, 'clientId' | 'secret'>;
export const basicOf = ({ clientId, secret }: Person): string => basic(clientId, secret);

export const memoryClients = (): MemoryClientStore =>
  createMemoryClientStore([alice.client, bob.client, server.client]);

/** Routes that need the scopes `partner:read`, of which documents tell, and `admin`, of which they do not. */
export const protectedRoutes: Plugin = {
  name: 'test.partners',
  routes: () => [
    {
      method: 'GET',
      path: '/partners',
      name: 'test.partners',
      scope: ['partner:read'],
      handle: ({ principal }) => ({ kind: 'value', status: 200, value: { caller: 'id' in principal && principal.id } }),
    },
    {
      method: 'GET',
      path: '/admin',
      name: 'test.admin',
      scope: ['admin'],
      hidden: true,
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    },
  ],
};

export interface OAuthApi {
  readonly api: Api;
  readonly clock: { now: Date };
  /** A form, sent by this client. */
  post(path: string, fields: Readonly<Record<string, string>>, by?: Person): Promise<TestResponse>;
  token(by: Person, path?: string): Promise<string>;
  /** The status that the protected route answers the bearer. */
  use(token: string): Promise<number>;
}

export interface OAuthApiOptions {
  readonly orm: MikroORM;
  readonly tokens: readonly TokenKind[];
  readonly plugins: readonly Plugin[];
  readonly store?: ClientStore;
  readonly basePath?: string;
  /** Address of metadata in the challenge. */
  readonly challenge?: string;
}

/** An API with a token endpoint for each kind, `/oauth/token` and `/oauth/token-1`, and the plugins to be tested. */
export async function oauthApi(options: OAuthApiOptions): Promise<OAuthApi> {
  const { orm, tokens, plugins, store = memoryClients(), basePath = '', challenge } = options;
  const clock = { now: start };
  const suffix = (index: number): string => (index === 0 ? '' : `-${index}`);
  const api = await createApi({
    orm,
    basePath,
    resources: [],
    plugins: [
      clients({ store, hasher }),
      ...tokens.map((kind, index) =>
        tokenEndpoint({ tokens: kind, path: `/oauth/token${suffix(index)}`, name: `oauth.token${suffix(index)}` }),
      ),
      ...(tokens.length === 0
        ? []
        : [bearer({ tokens, ...(challenge === undefined ? {} : { resourceMetadata: challenge }) })]),
      protectedRoutes,
      ...plugins,
    ],
    services: (services) => services.register(ClockService, () => ({ now: () => clock.now })),
    logger: silentLogger,
  });
  const post: OAuthApi['post'] = (path, fields, by) =>
    call(api, 'POST', basePath + path, {
      headers: { 'content-type': formType, ...(by === undefined ? {} : { authorization: basicOf(by) }) },
      body: new URLSearchParams(fields).toString(),
    });
  return {
    api,
    clock,
    post,
    async token(by, path = '/oauth/token') {
      const { body, status } = await post(path, { grant_type: 'client_credentials' }, by);
      if (status !== 200) throw new Error(`no token: ${status}`);
      return (body as { access_token: string }).access_token;
    },
    async use(token) {
      const headers = { authorization: `Bearer ${token}` };
      return (await call(api, 'GET', `${basePath}/partners`, { headers })).status;
    },
  };
}
