import { createApi, type RateLimiter, silentLogger } from '@sallyport/core';
import { call, type TestRequest } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { formType } from '../../test-support/calls.ts';
import { ormOfFile } from '../../test-support/databases.ts';
import { alice, basicOf, hasher, memoryClients } from '../../test-support/oauth-api.ts';
import {
  apiError,
  type ClientEndpointOptions,
  clients,
  createMemoryRateLimiter,
  createMemoryTokenStore,
  introspectionEndpoint,
  opaqueTokens,
  revocationEndpoint,
  type TokenRateLimit,
  tokenEndpoint,
} from '../index.ts';

const database = ormOfFile();
const paths = ['/oauth/token', '/oauth/revoke', '/oauth/introspect'] as const;

/** An API with the three endpoints, and what posts to them. */
async function posting(limits: TokenRateLimit | false, change: ClientEndpointOptions = {}, first = false) {
  const tokens = opaqueTokens({ store: createMemoryTokenStore() });
  const options = { limits, ...change } as const;
  const api = await createApi({
    orm: database(),
    resources: [],
    plugins: [
      clients({ store: memoryClients(), hasher }),
      tokenEndpoint({ ...options, tokens }),
      revocationEndpoint({ ...options, tokens: [tokens] }),
      introspectionEndpoint({ ...options, tokens: [tokens] }),
    ],
    strictness: { bodyBeforeCredentials: first },
    logger: silentLogger,
  });
  return async (path: string, request: TestRequest) => {
    const { status, headers, body } = await call(api, 'POST', path, request);
    // Its id is another one each time.
    return { status, retry: headers['retry-after'], body: { ...(body as object), instance: undefined } };
  };
}

const form = { 'content-type': formType };
const authorization = basicOf(alice);
const good: TestRequest = { headers: { ...form, authorization }, body: 'grant_type=client_credentials&token=x' };

/** Requests that nothing can be made of, and what each endpoint answers. */
const garbage: readonly (readonly [string, TestRequest, status: number, answer: object])[] = [
  ['too large', { headers: form, body: `token=${'x'.repeat(20_000)}` }, 413, { code: 'body_too_large' }],
  ['encoded', { headers: { ...form, 'content-encoding': 'gzip' }, body: 'x' }, 415, { code: 'unsupported_media_type' }],
  ['of another type', { headers: { 'content-type': 'text/plain' }, body: 'x' }, 400, { error: 'invalid_request' }],
  ['malformed', { headers: form, body: 'token=%E0%A4%A' }, 400, { error: 'invalid_request' }],
  ['repeating itself', { headers: form, body: 'token=a&token=b' }, 400, { error: 'invalid_request' }],
  ['by nobody', { headers: form, body: 'token=a' }, 401, { error: 'invalid_client' }],
];

const refused = { status: 429, retry: expect.stringMatching(/^[1-9]\d?$/) };
const tooMany = { error: 'too_many_requests' };

describe.each(paths)('R17, R32: requests to %s that cannot be read', (path) => {
  it.each(garbage)('count: %s', async (_, request, status, answer) => {
    const free = await posting(false);
    const usual = await free(path, request);
    expect(usual).toMatchObject({ status, body: answer });
    const post = await posting({ perMinute: 3, counts: 'all' });
    expect([await post(path, request), await post(path, request)]).toEqual([usual, usual]);
    expect((await post(path, good)).status).toBe(200);
    const over = [request, good, ...garbage.map(([, each]) => each)];
    expect(await Promise.all(over.map((each) => post(path, each)))).toEqual(
      over.map(() => expect.objectContaining({ ...refused, body: expect.objectContaining(tooMany) })),
    );
  });

  it('count where bodies are read first, and errors are the API’s own', async () => {
    await Promise.all(
      garbage.map(async ([, request, status]) => {
        const post = await posting({ perMinute: 1, counts: 'all' }, { errors: apiError }, true);
        expect((await post(path, request)).status).toBe(status);
        expect(await post(path, request)).toMatchObject({ ...refused, body: { code: 'too_many_requests' } });
      }),
    );
  });

  it('count when they should have come over TLS', async () => {
    const post = await posting({ perMinute: 1, counts: 'all' }, { requireTls: true });
    expect([(await post(path, good)).status, (await post(path, good)).status]).toEqual([400, 429]);
  });

  it('do not count where only readable ones do, nor among failures', async () => {
    for (const counts of ['readable', 'failures'] as const) {
      const post = await posting({ perMinute: 1, counts });
      for (const [, request, status] of garbage) expect((await post(path, request)).status).toBe(status);
      expect((await post(path, good)).status).toBe(200);
      expect((await post(path, good)).status).toBe(counts === 'readable' ? 429 : 200);
    }
  });

  it('are not told what was wrong while the limiter is away', async () => {
    const away = () => Promise.reject(new Error('connection lost'));
    const limiter: RateLimiter = { ...createMemoryRateLimiter(), take: away };
    const post = await posting({ perMinute: 1, counts: 'all' }, { limiter });
    for (const [, request] of garbage) {
      expect(await post(path, request)).toMatchObject({
        status: 503,
        retry: '5',
        body: { error: 'temporarily_unavailable' },
      });
    }
  });
});
