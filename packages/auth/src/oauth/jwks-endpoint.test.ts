import { ClockService, createApi, openDatabase, type Plugin, silentLogger } from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { closeGuardedApis, guardedApi } from '../../test-support/guarded-api.ts';
import { asymmetricAlgorithms, keyPair, privateMembers } from '../../test-support/key-pairs.ts';
import {
  AuthClient,
  configuredClients,
  isJwksRoute,
  type JwksEndpointOptions,
  jwksEndpoint,
  jwtTokens,
} from '../index.ts';

const issuer = 'tests';
const hmac = jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer });
let orm: Awaited<ReturnType<typeof openDatabase>>;
beforeAll(async () => {
  orm = await openDatabase({ entities: [AuthClient] });
});
afterAll(async () => {
  await orm.close();
  await closeGuardedApis();
});

async function publish(options: JwksEndpointOptions, more: readonly Plugin[] = []) {
  let now = start;
  const api = await createApi({
    orm,
    resources: [],
    plugins: [configuredClients([]), jwksEndpoint(options), ...more],
    logger: silentLogger,
    services: (services) => services.register(ClockService, () => ({ now: () => now })),
  });
  const read = async (at = start, headers: Record<string, string> = {}) => {
    now = at;
    const { status, headers: answered, body, text } = await call(api, 'GET', '/oauth/jwks', { headers });
    return { status, headers: answered, body: body as JSONWebKeySet, text };
  };
  return { api, read, kids: async (at: Date) => (await read(at)).body.keys.map(({ kid }) => kid) };
}

describe.each(asymmetricAlgorithms)('a JWK Set of %s', (algorithm) => {
  const { privateKey, privatePem, privateJwk, publicJwk } = keyPair(algorithm);

  it('has public members only, whatever form the key came in', async () => {
    const extra = { ...privateJwk, kid: 'k', ext: true, x5u: 'https://x.test', note: 'not for others' };
    for (const key of [privateKey, privatePem, privateJwk, extra]) {
      const { read } = await publish({ tokens: jwtTokens({ algorithm, key, issuer }) });
      const { status, body, text } = await read();
      expect(status).toBe(200);
      expect(body.keys).toEqual([{ ...publicJwk, kid: expect.any(String), use: 'sig', alg: algorithm }]);
      for (const member of privateMembers) {
        expect(text).not.toContain(`"${member}":`);
        const value = (privateJwk as Record<string, unknown>)[member];
        if (typeof value === 'string') expect(text).not.toContain(value);
      }
    }
  });

  it('verifies what the API signs, for anyone', async () => {
    const tokens = jwtTokens({ algorithm, key: privatePem, issuer });
    const { api, token } = await guardedApi(tokens, [jwksEndpoint({ tokens })]);
    const set = createLocalJWKSet((await call(api, 'GET', '/oauth/jwks')).body as JSONWebKeySet);
    const { payload } = await jwtVerify(await token(), set, { issuer, audience: 'api', currentDate: start });
    expect(payload.client_id).toBe('client-one');
  });
});

describe('the endpoint', () => {
  const es = keyPair('ES256');
  const next = keyPair('ES256', 'two');

  it('may be cached for five minutes, and is not sent twice', async () => {
    const { read } = await publish({ keys: { algorithm: 'ES256', key: es.privatePem } });
    const { headers } = await read();
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=300',
      'content-type': 'application/jwk-set+json',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
    const again = await read(later(1), { 'if-none-match': String(headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers['cache-control']).toBe('public, max-age=300');
  });

  it('tells the next key before it signs, and the last one as long as its tokens live', async () => {
    const key = [
      { kid: 'next', key: next.privatePem, notBefore: later(1000) },
      { kid: 'now', key: es.privatePem, retireAfter: later(1000) },
    ];
    const { kids } = await publish({ keys: { algorithm: 'ES256', key, maxLifetimeSeconds: 600 } });
    expect(await kids(start)).toEqual(['next', 'now']);
    expect(await kids(later(1604))).toEqual(['next', 'now']);
    expect(await kids(later(1605))).toEqual(['next']);
  });

  it('follows a source', async () => {
    let key = [{ kid: 'a', key: es.privatePem }];
    const { read, kids } = await publish({ tokens: jwtTokens({ algorithm: 'ES256', key: async () => key, issuer }) });
    const { etag } = (await read()).headers;
    key = [{ kid: 'b', key: next.privatePem }, ...key];
    expect(await kids(later(59))).toEqual(['a']);
    expect(await kids(later(60))).toEqual(['b', 'a']);
    expect((await read(later(60))).headers.etag).not.toBe(etag);
  });

  it('joins several kinds, tells a shared key once, and no secret ever', async () => {
    const one = { algorithm: 'ES256', key: es.privatePem, issuer } as const;
    const ed = jwtTokens({ algorithm: 'EdDSA', key: keyPair('EdDSA').privatePem, issuer });
    const { read } = await publish({ tokens: [jwtTokens(one), hmac, jwtTokens({ ...one, audience: 'b' }), ed] });
    const { body, text } = await read();
    expect(body.keys.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
    expect(text).not.toContain('oct');
    expect(text).not.toContain(signingSecret.slice(0, 10));
  });

  it('is known by its route, wherever it stands', async () => {
    const { api } = await publish({ keys: { algorithm: 'ES256', key: es.publicPem }, path: '/keys', name: 'keys' });
    expect(api.plan.routes.filter(isJwksRoute).map(({ path }) => path)).toEqual(['/keys']);
    expect((await call(api, 'GET', '/keys')).status).toBe(200);
    expect((await call(api, 'POST', '/keys')).status).toBe(405);
  });

  it.each<[string, () => JwksEndpointOptions, RegExp]>([
    ['only secrets', () => ({ tokens: hmac }), /^jwksEndpoint: there is nothing to publish/],
    ['no kind', () => ({ tokens: [] }), /^jwksEndpoint: there is nothing to publish/],
    ['no keys', () => ({ keys: [] }), /^jwksEndpoint: there is nothing to publish/],
    [
      'a secret as a key',
      () => ({ keys: { algorithm: 'HS256' as 'ES256', key: signingSecret } }),
      /has no public keys/,
    ],
    [
      'an empty list',
      () => ({ keys: { algorithm: 'ES256', key: [] } }),
      /^jwksEndpoint\.keys\[0\]\.key: there is no key/,
    ],
    ['bad keys, later', () => ({ keys: { algorithm: 'ES256', key: async () => [] } }), /there is no key/],
    [
      'a source that is away',
      () => ({ keys: { algorithm: 'ES256', key: () => Promise.reject(new Error('x')) } }),
      /read/,
    ],
    [
      'keys whose end has come',
      () => ({ keys: { algorithm: 'ES256', key: [{ key: es.privatePem, retireAfter: later(-9000) }] } }),
      /nothing to publish/,
    ],
  ])('refuses to start with %s', async (_, options, message) => {
    await expect(publish(options())).rejects.toThrow(message);
    await expect(publish(options())).rejects.toMatchObject({ name: 'ConfigurationError' });
  });
});
