import type { MikroORM } from '@mikro-orm/core';
import {
  authorizationServerMetadata,
  bearer,
  type ClientAdministration,
  clients,
  createTokenStore,
  createUsedAssertions,
  introspectionEndpoint,
  opaqueTokens,
  revocationEndpoint,
  tokenEndpoint,
} from '@sallyport/auth';
import { createApi, silentLogger } from '@sallyport/core';
import { exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientsIn, type Listening, listening, openTables } from './server.ts';

/** The libraries that other programs are made with authenticate by a key of their own, over a socket. */
describe.each(['ES256', 'Ed25519'])('R49: clients of OAuth 2.0 with a key for %s', (algorithm) => {
  let orm: MikroORM;
  let server: Listening;
  let issuer: URL;
  let admin: ClientAdministration;
  let clientId: string;
  let key: openid.CryptoKey;

  const made = async () => {
    const { privateKey, publicKey } = await oauth.generateKeyPair(algorithm);
    return { privateKey, jwk: await exportJWK(publicKey) };
  };

  beforeAll(async () => {
    orm = await openTables();
    server = await listening('node');
    issuer = new URL(server.origin);
    const { store, admin: own } = clientsIn(orm);
    admin = own;
    const { privateKey, jwk } = await made();
    key = privateKey;
    ({ clientId } = await admin.create({ name: 'App', scopes: ['people:read'], jwks: { keys: [jwk] } }));

    const tokens = opaqueTokens({ store: createTokenStore(orm) });
    const signing = {
      credentials: { ways: ['assertion'] as const },
      // A URL's text has the slash that its origin has not.
      assertions: { used: createUsedAssertions(orm), audience: issuer.href },
    };
    const api = await createApi({
      orm,
      resources: [],
      plugins: [
        clients({ store }),
        tokenEndpoint({ tokens, ...signing }),
        revocationEndpoint({ tokens: [tokens], ...signing }),
        introspectionEndpoint({ tokens: [tokens], ...signing }),
        bearer({ tokens: [tokens] }),
        authorizationServerMetadata({ issuer: issuer.href, allowHttp: true }),
      ],
      logger: silentLogger,
    });
    server.serve(api);
  });
  afterAll(async () => {
    await server.close();
    await orm.close();
  });

  it('openid-client', async () => {
    const connect = (privateKey: openid.CryptoKey) =>
      openid.discovery(issuer, clientId, undefined, openid.PrivateKeyJwt(privateKey), {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests],
      });
    const config = await connect(key);
    expect(config.serverMetadata()).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining([algorithm]),
    });
    const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'people:read' });
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true, client_id: clientId });
    await openid.tokenRevocation(config, token);
    expect(await openid.tokenIntrospection(config, token)).toEqual({ active: false });

    const stranger = await connect((await made()).privateKey);
    await expect(openid.clientCredentialsGrant(stranger)).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
    });
  });

  it('oauth4webapi, and never twice by one assertion', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const client: oauth.Client = { client_id: clientId };
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    const as = await oauth.processDiscoveryResponse(issuer, found);
    let sent: URLSearchParams | undefined;
    const authentication: oauth.ClientAuth = async (server, about, body, headers) => {
      await oauth.PrivateKeyJwt(key)(server, about, body, headers);
      sent = new URLSearchParams(body);
    };
    const granted = await oauth.clientCredentialsGrantRequest(as, client, authentication, {}, insecure);
    const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, granted);
    expect(token).toMatch(/^spt_/);
    const [header = ''] = sent?.get('client_assertion')?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: algorithm });

    const looked = await oauth.introspectionRequest(as, client, authentication, token, insecure);
    expect(await oauth.processIntrospectionResponse(as, client, looked)).toMatchObject({ active: true });
    const replay: oauth.ClientAuth = (_as, _client, body) => {
      for (const name of ['client_id', 'client_assertion', 'client_assertion_type'])
        body.set(name, sent?.get(name) ?? '');
    };
    const again = await oauth.clientCredentialsGrantRequest(as, client, replay, {}, insecure);
    await expect(oauth.processClientCredentialsResponse(as, client, again)).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
    });
  });

  it('a rotation: both keys, then the new one', async () => {
    const fresh = await made();
    const second = { ...fresh.jwk, kid: 'second' };
    const { privateKey, jwk } = await made();
    const issued = await admin.create({ name: 'B', scopes: [], jwks: { keys: [{ ...jwk, kid: 'first' }] } });
    const insecure = { [oauth.allowInsecureRequests]: true };
    const as = { issuer: issuer.href, token_endpoint: new URL('/oauth/token', issuer).href };
    const client = { client_id: issued.clientId };
    const status = async (kid: string, by: openid.CryptoKey) =>
      (await oauth.clientCredentialsGrantRequest(as, client, oauth.PrivateKeyJwt({ key: by, kid }), {}, insecure))
        .status;
    const both = async () => [await status('first', privateKey), await status('second', fresh.privateKey)];
    expect(await both()).toEqual([200, 401]);
    await admin.setKeys(issued.clientId, { keys: [{ ...jwk, kid: 'first' }, second] });
    expect(await both()).toEqual([200, 200]);
    await admin.setKeys(issued.clientId, { keys: [second] });
    expect(await both()).toEqual([401, 200]);
  });
});
