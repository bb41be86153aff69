import { exclusively } from '@sallyport/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ApiClient, ApiScope, Setting } from '../../src/entities/index.ts';
import { readSettings } from '../../src/settings.ts';
import { secretsOf } from '../../src/start.ts';
import { type Answer, outcome, overEveryServer, secrets } from '../../testing/index.ts';
import { claimsNow, credentials, isSignedWith, sign } from './support/tokens.ts';

overEveryServer('presenting a token', (t) => {
  const read = (authorization: string): Promise<Answer> =>
    t.send('GET', '/Individual', { as: null, headers: { authorization } });
  const bearer = (token: string) => read(`Bearer ${token}`);
  const claims = claimsNow();
  const now = Number(claims.iat);
  /** An API of this signing secret gives no token, and takes none. */
  const servesNobody = async (jwtSecret: string | undefined): Promise<void> => {
    const weak = await t.start({ secrets: { ...secrets, jwtSecret } });
    const issued = await weak.send('POST', '/oauth/token', { body: credentials });
    expect(outcome(issued)).toEqual([500, 'token_not_issued']);
    const headers = { authorization: `Bearer ${sign(claims, jwtSecret)}` };
    expect(outcome(await weak.send('GET', '/Individual', { headers }))).toEqual([500, 'server_not_configured']);
    await weak.close();
  };

  it('B-040 without an Authorization header: 401, WWW-Authenticate: Bearer', async () => {
    for (const answer of [await t.send('GET', '/Individual', { as: null }), await read('')]) {
      expect(outcome(answer)).toEqual([401, 'token_missing']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('B-041 an expired token is refused', async () => {
    const expired = await bearer(sign({ ...claims, iat: now - 10, exp: now - 1 }));
    expect(outcome(expired)).toEqual([401, 'token_expired']);
    expect(expired.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('B-042 a token of another key, issuer, audience or algorithm is refused', async () => {
    const [head = '', payload = ''] = sign(claims, secrets.jwtSecret, { alg: 'none' }).split('.');
    const bad = {
      key: sign(claims, `${secrets.jwtSecret}-another`),
      issuer: sign({ ...claims, iss: 'x' }),
      audience: sign({ ...claims, aud: 'x' }),
      'alg none': sign(claims, secrets.jwtSecret, { alg: 'none' }),
      'alg none, unsigned': `${head}.${payload}.`,
      'another algorithm': sign(claims, secrets.jwtSecret, { alg: 'HS512', typ: 'JWT' }),
      'no token': 'garbage',
    };
    for (const [what, token] of Object.entries(bad)) {
      expect([what, ...outcome(await bearer(token))]).toEqual([what, 401, 'token_invalid']);
    }
  });

  it('B-043 a well-signed token without client_id is refused', async () => {
    const { client_id: _, ...nameless } = claims;
    expect(outcome(await bearer(sign(nameless)))).toEqual([401, 'token_client_missing']);
  });

  it('B-044 the token of a deleted or archived client is refused', async () => {
    await t.addClient('deleted', ['individual:read']);
    await t.addClient('archived', ['individual:read']);
    for (const as of ['deleted', 'archived']) expect((await t.send('GET', '/Individual', { as })).status).toBe(200);
    await t.orm.em.fork().transactional(async (em) => {
      await em.nativeDelete(ApiScope, { client: { clientId: 'deleted' } });
      await em.nativeDelete(ApiClient, { clientId: 'deleted' });
      await em.nativeUpdate(ApiClient, { clientId: 'archived' }, { active: false });
    });
    for (const as of ['deleted', 'archived']) {
      expect(outcome(await t.send('GET', '/Individual', { as }))).toEqual([401, 'client_unknown']);
    }
    expect(outcome(await bearer(sign({ ...claims, client_id: 'nobody' })))).toEqual([401, 'client_unknown']);
  });

  it('B-045 removing a scope takes effect with a token that is out already', async () => {
    await t.addClient('losing', ['individual:read']);
    expect((await t.send('GET', '/Individual', { as: 'losing' })).status).toBe(200);
    await t.orm.em.fork().nativeDelete(ApiScope, { client: { clientId: 'losing' } });
    expect(outcome(await t.send('GET', '/Individual', { as: 'losing' }))).toEqual([403, 'scope_missing']);
  });

  it('B-046 adding a scope takes effect with a token that is out already', async () => {
    await t.addClient('gaining', []);
    expect(outcome(await t.send('GET', '/Individual', { as: 'gaining' }))).toEqual([403, 'scope_missing']);
    const em = t.orm.em.fork();
    const { id } = await em.findOneOrFail(ApiClient, { clientId: 'gaining' });
    await em.insert(ApiScope, { client: id, resource: 'individual', action: 'search' });
    expect((await t.send('GET', '/Individual', { as: 'gaining' })).status).toBe(200);
  });

  it('B-047 the raw token without the prefix Bearer is accepted', async () => {
    expect((await read(await t.token('full'))).status).toBe(200);
    expect((await read(sign(claims))).status).toBe(200);
  });

  it('B-048 a signing secret shorter than 32 characters serves nobody', async () => {
    for (const jwtSecret of ['short', 'K7d1mQxw0R5zTn9vUe3bYc8pHsLg2aJ', undefined]) await servesNobody(jwtSecret);
  });

  it('B-049 a secret of 40 times one letter is refused', async () => {
    await servesNobody('a'.repeat(40));
  });

  it('B-050 the secret of the environment comes before the one that is kept', async () => {
    const signing = 'of-the-environment-0123456789-ABCDEFGHIJKLMNOP';
    const database = { orm: t.orm, exclusively: <T>(work: () => Promise<T>) => exclusively(t.orm, work) };
    const tokenWith = async (environment: Readonly<Record<string, string>>): Promise<Answer> => {
      const settings = readSettings({ OPENSPP_SECRET_PEPPER: secrets.peppers.join(), ...environment });
      const api = await t.start({ secrets: await secretsOf(database, settings) });
      const answer = await api.send('POST', '/oauth/token', { body: credentials });
      await api.close();
      return answer;
    };
    const own = await tokenWith({});
    expect(own.status, own.text).toBe(200);
    const kept = await t.orm.em.fork().findOneOrFail(Setting, 'jwt_secret');
    expect(isSignedWith(kept.value, own.body.access_token)).toBe(true);
    const given = await tokenWith({ OPENSPP_JWT_SECRET: signing });
    expect(isSignedWith(signing, given.body.access_token)).toBe(true);
    expect(isSignedWith(kept.value, given.body.access_token)).toBe(false);
    // A bad one of the environment is not made up for by the one that is kept.
    expect(outcome(await tokenWith({ OPENSPP_JWT_SECRET: 'short' }))).toEqual([500, 'token_not_issued']);
    expect((await t.orm.em.fork().findOneOrFail(Setting, 'jwt_secret')).value).toBe(kept.value);
  });
});

const limitHeaders = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'] as const;

overEveryServer(
  'the general rate limit',
  (t) => {
    // Windows begin with the first call, by the clock of this process: here no window ends.
    beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
    afterAll(() => void vi.useRealTimers());

    it('B-051 over the limit of the client: 429 with Retry-After and X-RateLimit-*', async () => {
      await t.addClient('three-a-minute', ['individual:read']);
      await t.addClient('unhindered', ['individual:read']);
      await t.orm.em.fork().nativeUpdate(ApiClient, { clientId: 'three-a-minute' }, { rateLimitPerMinute: 3 });
      const get = (as: string) => t.send('GET', '/Individual', { as });
      const answers = [];
      for (let turn = 0; turn < 5; turn += 1) answers.push(await get('three-a-minute'));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
      expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['2', '1', '0', '0', '0']);
      const refused = answers[4];
      expect(refused?.body.code).toBe('rate_limit_exceeded');
      const wait = String(refused?.headers['retry-after']);
      expect(Number(wait)).toBeGreaterThanOrEqual(1);
      expect(Number(wait)).toBeLessThanOrEqual(60);
      expect(refused?.body.detail).toContain(wait);
      expect(refused?.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-reset': wait });
      expect((await get('unhindered')).status).toBe(200);
    });

    it('B-052 X-RateLimit-* on every authenticated response, errors included, and on no other', async () => {
      await t.addClient('told', ['individual:read']);
      await t.orm.em.fork().nativeUpdate(ApiClient, { clientId: 'told' }, { rateLimitPerMinute: 60 });
      for (const [index, [address, status]] of (
        [
          ['/Individual', 200],
          ['/Group', 403],
          ['/Individual/nonsense', 400],
          ['/Individual?_count=0', 422],
        ] as const
      ).entries()) {
        const answer = await t.send('GET', address, { as: 'told' });
        expect([address, answer.status]).toEqual([address, status]);
        for (const name of limitHeaders) expect(answer.headers[name]).toMatch(/^\d+$/);
        expect(answer.headers).toMatchObject({
          'x-ratelimit-limit': '60',
          'x-ratelimit-remaining': String(59 - index),
        });
      }
      for (const path of ['/metadata', '/Individual', '/openapi.json']) {
        const { headers } = await t.send('GET', path, { as: null });
        for (const name of limitHeaders) expect(headers).not.toHaveProperty(name);
      }
    });
  },
  { CALL_LIMITS: 'yes' },
);
