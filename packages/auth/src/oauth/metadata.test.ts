import { generateKeyPairSync } from 'node:crypto';
import { type Api, createApi, type Plugin, silentLogger } from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { ormOfFile } from '../../test-support/databases.ts';
import { alice, type OAuthApiOptions, oauthApi } from '../../test-support/oauth-api.ts';
import {
  type AuthorizationServerMetadataOptions,
  authorizationServerDocument,
  authorizationServerMetadata,
  createMemoryTokenStore,
  createMemoryUsedAssertions,
  introspectionEndpoint,
  jwksEndpoint,
  opaqueTokens,
  protectedResourceMetadata,
  revocationEndpoint,
  tokenEndpoint,
  wellKnownUrl,
} from '../index.ts';

const database = ormOfFile();

const kind = () => opaqueTokens({ store: createMemoryTokenStore() });
const arrange = async (plugins: readonly Plugin[], options: Partial<OAuthApiOptions> = {}): Promise<Api> =>
  (await oauthApi({ orm: database(), tokens: [kind()], plugins, ...options })).api;
/** An API at the root that has nothing but these plugins. */
const rootApi = (plugins: readonly Plugin[]): Promise<Api> =>
  createApi({ name: 'well-known', orm: database(), resources: [], plugins, logger: silentLogger });

const server = '/.well-known/oauth-authorization-server';
const resource = '/.well-known/oauth-protected-resource';
const issuer = 'https://id.example.org';

/** A key set that is no plugin of ours. */
const ownKeys: Plugin = {
  name: 'test.jwks',
  routes: () => [
    {
      method: 'GET',
      path: '/keys',
      name: 'keys',
      scope: 'public',
      handle: () => ({ kind: 'value', status: 200, value: { keys: [] } }),
    },
  ],
};

describe('R34: the metadata of the authorization server', () => {
  it('tell of what the plan has', async () => {
    const tokens = [kind()];
    const plugins = [
      revocationEndpoint({ tokens, credentials: { ways: ['basic'] } }),
      introspectionEndpoint({ tokens, scope: 'introspect', path: '/oauth/look' }),
      authorizationServerMetadata({ issuer, documentation: 'https://docs.example.org' }),
      jwksEndpoint({
        keys: { algorithm: 'ES256', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
      }),
    ];
    const answer = await call(await arrange(plugins, { tokens }), 'GET', server);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
    });
    expect(answer.body).toEqual({
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: ['introspect', 'partner:read'],
      jwks_uri: `${issuer}/oauth/jwks`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: ['client_secret_basic'],
      introspection_endpoint: `${issuer}/oauth/look`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      service_documentation: 'https://docs.example.org',
    });
  });

  it('tell of assertions, and what they are signed with, where an endpoint takes them', async () => {
    const tokens = [kind()];
    const assertions = { used: createMemoryUsedAssertions(), audience: issuer };
    const plugins = [
      revocationEndpoint({ tokens, credentials: { ways: ['basic', 'assertion'] }, assertions }),
      introspectionEndpoint({ tokens, credentials: { ways: ['assertion'] }, assertions }),
      authorizationServerMetadata({ issuer }),
    ];
    const { body } = await call(await arrange(plugins, { tokens }), 'GET', server);
    const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
    expect(body).toMatchObject({
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_methods_supported: ['private_key_jwt'],
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    });
    expect(body).not.toHaveProperty('token_endpoint_auth_signing_alg_values_supported');
    const path = '/oauth/signed';
    const signed = tokenEndpoint({
      tokens: kind(),
      name: 'signed',
      path,
      credentials: { ways: ['assertion'] },
      assertions,
    });
    const metadata = authorizationServerMetadata({ issuer, routes: { token: 'signed' } });
    expect((await call(await arrange([signed, metadata], { tokens }), 'GET', server)).body).toMatchObject({
      token_endpoint: issuer + path,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
    });
  });

  it('tell of nothing that it has not', async () => {
    const { body, text } = await call(await arrange([authorizationServerMetadata({ issuer })]), 'GET', server);
    expect(Object.keys(body as object)).toEqual([
      'issuer',
      'token_endpoint',
      'token_endpoint_auth_methods_supported',
      'grant_types_supported',
      'response_types_supported',
      'scopes_supported',
    ]);
    expect(text).not.toContain('none');
    const bare = await call(await arrange([authorizationServerMetadata({ issuer, scopes: [] })]), 'GET', server);
    expect(bare.body).not.toHaveProperty('scopes_supported');
  });

  it('want one endpoint of each kind, or the name of one', async () => {
    const tokens = [kind(), kind()];
    const metadata = (routes?: AuthorizationServerMetadataOptions['routes']) =>
      arrange([authorizationServerMetadata({ issuer, ...(routes === undefined ? {} : { routes }) })], { tokens });
    await expect(metadata()).rejects.toThrow(/routes\.token.*several/);
    await expect(metadata({ token: 'other' })).rejects.toThrow('no such route as "other"');
    await expect(metadata({ token: 'oauth.token', jwks: 'keys' })).rejects.toThrow('no such route as "keys"');
    const { body } = await call(await metadata({ token: 'oauth.token-1' }), 'GET', server);
    expect(body).toMatchObject({ token_endpoint: `${issuer}/oauth/token-1` });
    const keys = await arrange([ownKeys, authorizationServerMetadata({ issuer, routes: { jwks: 'keys' } })]);
    expect((await call(keys, 'GET', server)).body).toMatchObject({ jwks_uri: `${issuer}/keys` });
    await expect(arrange([authorizationServerMetadata({ issuer })], { tokens: [] })).rejects.toThrow(
      'there is no token endpoint',
    );
    const jsonOnly = revocationEndpoint({ tokens: [kind()], credentials: { ways: ['json'] } });
    await expect(arrange([jsonOnly, authorizationServerMetadata({ issuer })])).rejects.toThrow(/oauth\.revoke/);
  });
});

describe('R33: issuer and address', () => {
  it('come from the configuration, whatever the request says', async () => {
    const api = await arrange([authorizationServerMetadata({ issuer })]);
    const plain = await call(api, 'GET', server);
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    };
    expect((await call(api, 'GET', server, { headers })).text).toBe(plain.text);
    expect(plain.text).not.toContain('evil');
    expect((await call(api, 'HEAD', server)).status).toBe(200);
  });

  it.each([
    ['https://id.example.org', server],
    ['https://id.example.org/', server],
    ['https://id.example.org/tenants/one', `${server}/tenants/one`],
    ['https://ID.example.org:8443/one/', `${server}/one`],
  ])('%s: the segment comes between host and path', async (identifier, path) => {
    const api = await arrange([authorizationServerMetadata({ issuer: identifier })]);
    expect((await call(api, 'GET', path)).body).toMatchObject({ issuer: identifier });
    expect(new URL(wellKnownUrl('oauth-authorization-server', identifier)).pathname).toBe(path);
    const credentials = { authorization: 'Bearer x' };
    expect((await call(api, 'GET', `/tenants/one${server}`, { headers: credentials })).status).toBe(401);
  });

  it('an API below the root is told of by one at the root', async () => {
    const issuer = 'https://id.example.org/api/v1';
    const options = { basePath: '/api/v1' };
    await expect(arrange([authorizationServerMetadata({ issuer })], options)).rejects.toThrow(/outside of \/api\/v1/);
    const api = await arrange([revocationEndpoint({ tokens: [kind()] })], options);
    const root = await rootApi([authorizationServerMetadata({ issuer, of: [api] })]);
    const answer = await call(root, 'GET', `${server}/api/v1`);
    expect(answer.body).toMatchObject({
      issuer,
      token_endpoint: 'https://id.example.org/api/v1/oauth/token',
      revocation_endpoint: 'https://id.example.org/api/v1/oauth/revoke',
      scopes_supported: ['partner:read'],
    });
    // The two share a host: each leaves to the other what is not its own.
    expect([root.owns('/api/v1/oauth/token'), api.owns(`${server}/api/v1`)]).toEqual([false, false]);
  });

  it('endpoints may be reached elsewhere', async () => {
    const api = await arrange([]);
    const document = authorizationServerDocument({ issuer, origin: 'https://gateway.example/inner/' }, [api.plan]);
    expect(document.token_endpoint).toBe('https://gateway.example/inner/oauth/token');
    expect(() => authorizationServerDocument({ issuer, origin: '/inner' }, [api.plan])).toThrow('origin');
  });

  it.each([
    'http://id.example.org',
    'id.example.org',
    '',
    'https://id.example.org?x=1',
    'https://id.example.org/#x',
    'https://id.example.org?',
    'https://user:secret@id.example.org',
    'https://id.example.org/a b',
    'ftp://id.example.org',
  ])('refuses the issuer "%s" at the start', (wrong) => {
    expect(() => authorizationServerMetadata({ issuer: wrong })).toThrow('authorizationServerMetadata.issuer');
  });

  it('takes http where told', () => {
    expect(() => authorizationServerMetadata({ issuer: 'http://127.0.0.1:8080', allowHttp: true })).not.toThrow();
    expect(() => authorizationServerMetadata({ issuer, maxAgeSeconds: -1 })).toThrow('maxAgeSeconds');
  });
});

describe('R35: the metadata of the protected resource', () => {
  const id = 'https://api.example.org/v1';

  it('name the resource, its authorization servers and its scopes', async () => {
    const api = await arrange([], { basePath: '/v1' });
    const plugin = protectedResourceMetadata({ resource: id, authorizationServers: [issuer], of: [api] });
    const answer = await call(await rootApi([plugin]), 'GET', `${resource}/v1`);
    expect(answer.headers).toMatchObject({ 'cache-control': 'public, max-age=300' });
    expect(answer.body).toEqual({
      resource: id,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['partner:read'],
      resource_name: 'api',
    });
  });

  it('stand at the root of an API there, with other wordings', async () => {
    const plugin = protectedResourceMetadata({
      resource: 'https://api.example.org',
      authorizationServers: [issuer],
      title: 'Partners',
      documentation: 'https://docs.example.org',
      scopes: [],
    });
    expect((await call(await arrange([plugin]), 'GET', resource)).body).toEqual({
      resource: 'https://api.example.org',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      resource_name: 'Partners',
      resource_documentation: 'https://docs.example.org',
    });
  });

  it('want https identifiers', () => {
    const make = (name: string, as: string) =>
      protectedResourceMetadata({ resource: name, authorizationServers: [as] });
    expect(() => make('http://api.example.org', issuer)).toThrow('protectedResourceMetadata.resource');
    expect(() => make(id, 'http://id.example.org')).toThrow('authorizationServers');
  });

  it('are named by every challenge of the bearer strategy', async () => {
    const address = wellKnownUrl('oauth-protected-resource', id);
    expect(address).toBe('https://api.example.org/.well-known/oauth-protected-resource/v1');
    const tokens = [kind()];
    const { api, token } = await oauthApi({ orm: database(), tokens, plugins: [], challenge: address });
    const challengeOf = async (authorization?: string, path = '/partners') => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await call(api, 'GET', path, { headers });
      return [answer.status, answer.headers['www-authenticate']];
    };
    const start = `Bearer realm="api", resource_metadata="${address}"`;
    expect(await challengeOf()).toEqual([401, start]);
    expect(await challengeOf('Bearer x')).toEqual([401, `${start}, error="invalid_token"`]);
    expect(await challengeOf('Bearer  x')).toEqual([400, `${start}, error="invalid_request"`]);
    const scopeless = await token(alice);
    expect(await challengeOf(`Bearer ${scopeless}`, '/admin')).toEqual([
      403,
      `${start}, error="insufficient_scope", scope="admin"`,
    ]);
    await expect(oauthApi({ orm: database(), tokens, plugins: [], challenge: '/here' })).rejects.toThrow(
      'bearer.resourceMetadata',
    );
  });
});
