import type { MikroORM } from '@mikro-orm/core';
import { conformingTo } from '@sallyport/plugins/testing';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, type OAuthServer, oauthServer, openTables } from './server.ts';

/** The libraries that other programs are made with find every endpoint by themselves, over a socket. */
describe.each(['opaque', 'HS256'] as const)('clients of OAuth 2.0 and %s tokens', (kind) => {
  let orm: MikroORM;
  let server: OAuthServer;
  let issuer: string;
  let resource: URL;
  let app: Credentials;
  let keeper: Credentials;

  beforeAll(async () => {
    orm = await openTables();
    server = await oauthServer(orm, 'node', kind);
    ({ issuer, app, keeper } = server);
    resource = new URL(issuer);
  });
  afterAll(async () => {
    await server.close();
    await orm.close();
  });

  it.each([
    ['client_secret_basic', openid.ClientSecretBasic],
    ['client_secret_post', openid.ClientSecretPost],
  ])('R26, R30, R33, R34: openid-client, by %s', async (_name, method) => {
    const connect = ({ clientId, secret }: typeof app) =>
      openid.discovery(resource, clientId, undefined, method(secret), {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests],
      });
    const [config, watching] = await Promise.all([connect(app), connect(keeper)]);
    expect(config.serverMetadata()).toMatchObject({ issuer, grant_types_supported: ['client_credentials'] });
    const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'people:read' });
    const people = new URL(`${issuer}/people`);
    expect((await openid.fetchProtectedResource(config, token, people, 'GET')).status).toBe(200);
    expect(await openid.tokenIntrospection(watching, token)).toMatchObject({
      active: true,
      client_id: app.clientId,
      sub: app.clientId,
      scope: 'people:read',
      iss: issuer,
      exp: expect.any(Number),
      token_type: 'Bearer',
    });
    await openid.tokenRevocation(watching, token);
    expect(await openid.tokenIntrospection(watching, token)).toMatchObject({ active: true });
    await openid.tokenRevocation(config, token, { token_type_hint: 'refresh_token' });
    expect(await openid.tokenIntrospection(watching, token)).toEqual({ active: false });
    await expect(openid.fetchProtectedResource(config, token, people, 'GET')).rejects.toMatchObject({ status: 401 });
  });

  it('R26, R30, R33, R34, R35: oauth4webapi, from the challenge of the API on', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const client: oauth.Client = { client_id: app.clientId };
    const authentication = oauth.ClientSecretBasic(app.secret);
    const people = new URL(`${issuer}/people`);
    const refused = await fetch(people);
    expect(refused.headers.get('www-authenticate')).toContain(`resource_metadata="${new URL(issuer).origin}`);

    const described = await oauth.resourceDiscoveryRequest(resource, insecure);
    const about = await oauth.processResourceDiscoveryResponse(resource, described);
    expect(about).toMatchObject({
      authorization_servers: [issuer],
      scopes_supported: ['introspect', 'people:read', 'people:write'],
    });

    const discovered = await oauth.discoveryRequest(resource, { algorithm: 'oauth2', ...insecure });
    const as = await oauth.processDiscoveryResponse(resource, discovered);
    const granted = await oauth.clientCredentialsGrantRequest(as, client, authentication, {}, insecure);
    const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, granted);
    const look = async () => {
      const answer = await oauth.introspectionRequest(as, client, authentication, token, insecure);
      return oauth.processIntrospectionResponse(as, client, answer);
    };
    expect(await look()).toMatchObject({ active: true, client_id: app.clientId, scope: 'people:read' });
    const revoke = async (by: oauth.ClientAuth) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(as, client, by, token, insecure));
    await expect(revoke(oauth.ClientSecretBasic('wrong'))).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      cause: [{ scheme: 'basic' }],
    });
    expect(await look()).toMatchObject({ active: true });
    expect(await revoke(authentication)).toBeUndefined();
    expect(await look()).toEqual({ active: false });
  });

  it('answers as its OpenAPI documents say', async () => {
    const { api, wellKnown: root } = server;
    const conforming = conformingTo(api);
    const send = (path: string, body: string, { clientId, secret } = app) =>
      conforming.call(api, 'POST', `/api/v1${path}`, {
        headers: {
          authorization: `Basic ${btoa(`${clientId}:${secret}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body,
      });
    const { access_token: token } = (await send('/oauth/token', 'grant_type=client_credentials')).body as {
      access_token: string;
    };
    const statuses = [];
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/introspect']) {
      for (const body of [`token=${token}`, '', 'token=a&token=b']) statuses.push((await send(path, body)).status);
      statuses.push((await send(path, `token=${token}`, { ...app, secret: 'wrong' })).status);
    }
    expect(statuses).toEqual([1, 2, 3].flatMap(() => [200, 400, 400, 401]));
    const wellKnown = conformingTo(root);
    for (const name of ['oauth-authorization-server', 'oauth-protected-resource']) {
      expect((await wellKnown.call(root, 'GET', `/.well-known/${name}/api/v1`)).status).toBe(200);
    }
    const paths = Object.keys(conforming.document.paths ?? {});
    expect(paths).toEqual(expect.arrayContaining(['/oauth/revoke', '/oauth/introspect']));
  });
});
