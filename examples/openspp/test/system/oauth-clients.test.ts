import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base } from './requests/request.ts';
import { bootstrap } from './support/bootstrap.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

/** Characters that clients escape in HTTP Basic (RFC 6749 section 2.3.1), and some that mean something in a form. */
const clientId = 'field_app-1.test~x';
const clientSecret = "s3cret-text_of.32~characters!*'()+%&=/: and more";

/** The libraries that other programs are made with, against the token endpoint as it stands. */
describe('clients of OAuth 2.0', () => {
  let server: OpenSppProcess;
  let issuer: { readonly issuer: string; readonly token_endpoint: string };
  let people: URL;
  beforeAll(async () => {
    const [first] = bootstrap.clients ?? [];
    if (first === undefined) throw new Error('the bootstrap file has no client');
    server = await startOpenSpp({ bootstrap: { ...bootstrap, clients: [{ ...first, clientId, clientSecret }] } });
    issuer = { issuer: server.origin, token_endpoint: `${server.origin}${base}/oauth/token` };
    people = new URL(`${server.origin}${base}/Individual?_count=1`);
  });
  afterAll(() => server?.stop());

  const granted = { token_type: 'bearer', expires_in: 86_400, scope: expect.stringContaining('individual:all') };
  const onePerson = { data: [{ type: 'Individual' }], meta: { count: 1 } };

  it.each([
    ['client_secret_post', openid.ClientSecretPost(clientSecret)],
    ['client_secret_basic', openid.ClientSecretBasic(clientSecret)],
  ])('openid-client gets a token by %s and calls the API', async (_, authentication) => {
    const config = new openid.Configuration(issuer, clientId, {}, authentication);
    openid.allowInsecureRequests(config);
    const tokens = await openid.clientCredentialsGrant(config);
    expect(tokens).toMatchObject(granted);
    const response = await openid.fetchProtectedResource(config, tokens.access_token, people, 'GET');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(onePerson);
  });

  const insecure = { [oauth.allowInsecureRequests]: true };
  const client: oauth.Client = { client_id: clientId };

  it.each([
    ['client_secret_post', oauth.ClientSecretPost(clientSecret)],
    ['client_secret_basic', oauth.ClientSecretBasic(clientSecret)],
  ])('oauth4webapi gets a token by %s and calls the API', async (_, authentication) => {
    const answer = await oauth.clientCredentialsGrantRequest(issuer, client, authentication, {}, insecure);
    const tokens = await oauth.processClientCredentialsResponse(issuer, client, answer);
    expect(tokens).toMatchObject(granted);
    const { access_token: token } = tokens;
    const response = await oauth.protectedResourceRequest(token, 'GET', people, undefined, undefined, insecure);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(onePerson);
  });

  it('oauth4webapi reads the challenges of refusals', async () => {
    const wrong = oauth.ClientSecretBasic('wrong');
    const answer = await oauth.clientCredentialsGrantRequest(issuer, client, wrong, {}, insecure);
    expect(answer.status).toBe(401);
    await expect(oauth.processClientCredentialsResponse(issuer, client, answer)).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      cause: [{ scheme: 'basic' }],
    });
    const call = oauth.protectedResourceRequest('no.token.here', 'GET', people, undefined, undefined, insecure);
    await expect(call).rejects.toMatchObject({ name: 'WWWAuthenticateChallengeError', cause: [{ scheme: 'bearer' }] });
  });
});
