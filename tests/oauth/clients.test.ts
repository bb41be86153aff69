import { OAuth2Client } from '@badgateway/oauth2-client';
import type { MikroORM } from '@mikro-orm/core';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, hosts, kinds, type OAuthServer, oauthServer, openTables } from './server.ts';

/** One of the libraries that programs are made with, as its documentation says to use it. */
interface Library {
  token(scope: string): Promise<string>;
  /** Whether the token holds; `undefined` where the library has no introspection. */
  introspect?(token: string): Promise<boolean>;
  revoke(token: string): Promise<void>;
}

type Connect = (server: OAuthServer, by: Credentials) => Library | Promise<Library>;

const openidClient =
  (method: (secret: string) => openid.ClientAuth): Connect =>
  async ({ issuer }, { clientId, secret }) => {
    const config = await openid.discovery(new URL(issuer), clientId, undefined, method(secret), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    });
    return {
      token: async (scope) => (await openid.clientCredentialsGrant(config, { scope })).access_token,
      introspect: async (token) => (await openid.tokenIntrospection(config, token)).active,
      revoke: (token) => openid.tokenRevocation(config, token),
    };
  };

const oauth4webapi =
  (method: (secret: string) => oauth.ClientAuth): Connect =>
  async ({ issuer }, { clientId, secret }) => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const url = new URL(issuer);
    const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure });
    const as = await oauth.processDiscoveryResponse(url, found);
    const client: oauth.Client = { client_id: clientId };
    const by = method(secret);
    return {
      async token(scope) {
        const answer = await oauth.clientCredentialsGrantRequest(as, client, by, { scope }, insecure);
        return (await oauth.processClientCredentialsResponse(as, client, answer)).access_token;
      },
      async introspect(token) {
        const answer = await oauth.introspectionRequest(as, client, by, token, insecure);
        return (await oauth.processIntrospectionResponse(as, client, answer)).active;
      },
      async revoke(token) {
        await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, by, token, insecure));
      },
    };
  };

const simpleOauth2 =
  (options: NonNullable<ConstructorParameters<typeof ClientCredentials>[0]['options']>): Connect =>
  ({ origin }, { clientId: id, secret }) => {
    const client = new ClientCredentials({
      client: { id, secret },
      auth: { tokenHost: origin, tokenPath: '/api/v1/oauth/token', revokePath: '/api/v1/oauth/revoke' },
      options,
    });
    return {
      token: async (scope) => String((await client.getToken({ scope })).token.access_token),
      revoke: (token) => client.createToken({ access_token: token }).revoke('access_token'),
    };
  };

const badgateway =
  (authenticationMethod: NonNullable<ConstructorParameters<typeof OAuth2Client>[0]['authenticationMethod']>): Connect =>
  ({ issuer }, { clientId, secret: clientSecret }) => {
    const client = new OAuth2Client({
      server: issuer,
      discoveryEndpoint: issuer.replace('/api/v1', '/.well-known/oauth-authorization-server/api/v1'),
      clientId,
      clientSecret,
      authenticationMethod,
    });
    const held = (accessToken: string) => ({ accessToken, expiresAt: null, refreshToken: null });
    return {
      token: async (scope) => (await client.clientCredentials({ scope: [scope] })).accessToken,
      introspect: async (token) => (await client.introspect(held(token))).active,
      revoke: (token) => client.revoke(held(token), 'access_token'),
    };
  };

const libraries: readonly (readonly [name: string, connect: Connect])[] = [
  ['openid-client, Basic', openidClient(openid.ClientSecretBasic)],
  ['openid-client, in the body', openidClient(openid.ClientSecretPost)],
  ['oauth4webapi, Basic', oauth4webapi(oauth.ClientSecretBasic)],
  ['oauth4webapi, in the body', oauth4webapi(oauth.ClientSecretPost)],
  ['simple-oauth2, Basic', simpleOauth2({})],
  ['simple-oauth2, Basic without encoding', simpleOauth2({ credentialsEncodingMode: 'loose' })],
  ['simple-oauth2, in the body', simpleOauth2({ authorizationMethod: 'body' })],
  ['@badgateway/oauth2-client, Basic', badgateway('client_secret_basic')],
  ['@badgateway/oauth2-client, Basic without encoding', badgateway('client_secret_basic_interop')],
  ['@badgateway/oauth2-client, in the body', badgateway('client_secret_post')],
];

let orm: MikroORM;
beforeAll(async () => {
  orm = await openTables();
});
afterAll(() => orm.close());

describe.each(hosts.flatMap((host) => kinds.map((kind) => [kind, host] as const)))('%s tokens on %s', (kind, host) => {
  let server: OAuthServer;
  beforeAll(async () => {
    server = await oauthServer(orm, host, kind);
  });
  afterAll(() => server.close());

  const use = async (token: string) =>
    (await fetch(`${server.issuer}/people`, { headers: { authorization: `Bearer ${token}` } })).status;

  it.each(libraries)('%s: gets a token, uses it, looks into it, revokes it', async (_name, connect) => {
    const library = await connect(server, server.app);
    const token = await library.token('people:read');
    expect(await use(token)).toBe(200);
    expect(await library.introspect?.(token)).toBe(library.introspect && true);
    await library.revoke(token);
    expect(await library.introspect?.(token)).toBe(library.introspect && false);
    expect(await use(token)).toBe(401);
  });

  it.each(libraries)('%s: is told of a wrong secret and of a scope it may not have', async (_name, connect) => {
    const stranger = await connect(server, { ...server.app, secret: 'sps_live_wrong' });
    await expect(stranger.token('people:read')).rejects.toThrow();
    const library = await connect(server, server.app);
    await expect(library.token('admin')).rejects.toThrow();
  });
});
