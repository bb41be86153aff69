import type { Clock } from '@sallyport/core';
import { expect, it } from 'vitest';
import { ApiClient } from '../../src/entities/index.ts';
import { type Answer, clientSecret, outcome, overEveryServer } from '../../testing/index.ts';
import { basic, credentials, fields, form, partsOf, tokenRequest } from './support/tokens.ts';

const json = { 'content-type': 'application/json' };
const right = basic('full', clientSecret);
const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];

overEveryServer('the token endpoint', (t) => {
  const ask = (body?: unknown, headers?: Record<string, string>) => tokenRequest(t, body, headers);
  /** Whose token it is. */
  const subject = ({ body }: Answer) => partsOf(body.access_token)[1]?.sub;

  it('B-023 JSON credentials are answered by a token', async () => {
    const answer = await ask(credentials);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 86_400,
      scope: everything.join(' '),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const authorization = `Bearer ${answer.body.access_token}`;
    expect((await t.send('GET', '/Individual', { as: null, headers: { authorization } })).status).toBe(200);
  });

  it('B-024 form-encoded credentials are answered by a token', async () => {
    const answer = await ask(fields(credentials), form);
    expect([answer.status, answer.body.token_type, subject(answer)]).toEqual([200, 'Bearer', 'full']);
  });

  it('B-025 HTTP Basic with a grant_type in a form is answered by a token', async () => {
    const answer = await ask(fields({ grant_type: 'client_credentials' }), { ...form, ...right });
    expect([answer.status, subject(answer)]).toEqual([200, 'full']);
  });

  it('B-026 HTTP Basic alone, without a body, is answered by a token', async () => {
    const answer = await ask(undefined, right);
    expect([answer.status, subject(answer)]).toEqual([200, 'full']);
  });

  it('B-027 form credentials win over a Basic header', async () => {
    await t.addClient('in-the-form', []);
    const sent = fields({ ...credentials, client_id: 'in-the-form' });
    expect(subject(await ask(sent, { ...form, ...right }))).toBe('in-the-form');
    expect((await ask(sent, { ...form, ...basic('full', 'wrong') })).status).toBe(200);
    const wrong = fields({ ...credentials, client_secret: 'wrong' });
    expect(outcome(await ask(wrong, { ...form, ...right }))).toEqual([401, 'credentials_invalid']);
  });

  it('B-028 with incomplete JSON the Basic header is used', async () => {
    for (const body of [{ client_id: 'nobody' }, {}, { grant_type: 'client_credentials' }]) {
      const answer = await ask(body, right);
      expect([answer.status, subject(answer)]).toEqual([200, 'full']);
    }
  });

  it('B-029 an empty or broken body without Basic is refused', async () => {
    for (const body of [undefined, '', '{', '{}', '[]', '7']) {
      expect([body, ...outcome(await ask(body, json))]).toEqual([body, 400, 'token_request_unreadable']);
    }
  });

  it('B-030 the grant type password, and none in a form, are refused', async () => {
    const password = { ...credentials, grant_type: 'password' };
    expect(outcome(await ask(password))).toEqual([400, 'grant_type_unsupported']);
    expect(outcome(await ask(fields(password), form))).toEqual([400, 'grant_type_unsupported']);
    const { grant_type: _, ...without } = credentials;
    expect(outcome(await ask(fields(without), form))).toEqual([400, 'grant_type_unsupported']);
  });

  it('B-031 a wrong secret, an unknown client and an inactive one get the identical 401', async () => {
    await t.addClient('off', []);
    await t.orm.em.fork().nativeUpdate(ApiClient, { clientId: 'off' }, { active: false });
    const answers = [];
    for (const more of [{ client_secret: 'wrong' }, { client_id: 'nobody' }, { client_id: 'off' }]) {
      const { status, text, headers } = await ask({ ...credentials, ...more });
      answers.push({ status, text, headers: Object.keys(headers).sort() });
    }
    expect(answers[0]).toMatchObject({ status: 401, text: expect.stringContaining('credentials_invalid') });
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    const challenged = await ask(undefined, basic('full', 'wrong'));
    expect([challenged.status, challenged.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ]);
  });

  it('B-032 expires_in is 86400 by default; the configuration changes it, and exp', async () => {
    const lifetime = async ({ body }: Answer) => {
      const [, { iat, exp } = {}] = partsOf(body.access_token);
      return [body.expires_in, Number(exp) - Number(iat)];
    };
    expect(await lifetime(await ask(credentials))).toEqual([86_400, 86_400]);
    const short = await t.start({ environment: { TOKEN_LIFETIME_SECONDS: '60' } });
    expect(await lifetime(await short.send('POST', '/oauth/token', { body: credentials }))).toEqual([60, 60]);
    await short.close();
  });

  it('B-033 scope is a list of resource:action with spaces; without scopes it is empty', async () => {
    await t.addClient('some', ['individual:read', { scope: 'program_membership:search', fields: [] }]);
    await t.addClient('bare', []);
    const some = await ask({ ...credentials, client_id: 'some' });
    expect([some.status, some.body.scope]).toEqual([200, 'individual:read program_membership:search']);
    const bare = await ask({ ...credentials, client_id: 'bare' });
    expect([bare.status, bare.body.scope]).toEqual([200, '']);
  });

  it('B-034 the JWT is HS256 with issuer, audience, subject, client, scopes and times', async () => {
    const [header, payload] = partsOf((await ask(credentials)).body.access_token);
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({
      iss: 'openspp-api-v2',
      aud: 'openspp',
      sub: 'full',
      client_id: 'full',
      scopes: everything,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(Math.abs(Number(payload?.iat) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('B-035 the JWT contains no database id', async () => {
    const { id, organization } = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'full' });
    const text = JSON.stringify(partsOf((await ask(credentials)).body.access_token));
    for (const key of [id, organization.id]) expect(text).not.toContain(String(key));
    // Nor any other number but the two times.
    expect(text.match(/(?<![\w-])\d+(?![\w-])/g)).toHaveLength(2);
  });

  /** An API with narrow limits, and token requests to it from addresses that nobody else has. */
  async function limited(limits: Readonly<Record<string, string>>, clock?: Clock) {
    const environment = { TRUST_PROXY: '127.0.0.1', ...limits };
    const api = await t.start({ environment, ...(clock === undefined ? {} : { clock }) });
    return {
      close: () => api.close(),
      from: (address: string, body: unknown) =>
        api.send('POST', '/oauth/token', { body, headers: { ...json, 'x-forwarded-for': address } }),
    };
  }
  const wrong = { ...credentials, client_secret: 'wrong' };

  it('B-036 the sixth request within a minute from one IP answers 429, even with good credentials', async () => {
    const { from, close } = await limited({ TOKEN_RATE_PER_MINUTE: '5' });
    for (const body of [credentials, wrong, credentials, wrong, credentials]) {
      expect((await from('192.0.2.36', body)).status).toBe(body === wrong ? 401 : 200);
    }
    const over = await from('192.0.2.36', credentials);
    expect(outcome(over)).toEqual([429, 'too_many_token_requests']);
    expect(Number(over.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(over.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await from('192.0.2.136', credentials)).status).toBe(200);
    await close();
  });

  it('B-037 more than 50 requests a day from one IP, right and wrong ones, answer 429', async () => {
    const start = Date.now();
    let minutes = 0;
    const clock = { now: () => new Date(start + minutes * 60_000) };
    const { from, close } = await limited({ TOKEN_RATE_PER_MINUTE: '5', TOKEN_RATE_PER_DAY: '50' }, clock);
    const request = (at: number, body: object) => {
      minutes = at;
      return from('192.0.2.37', body);
    };
    for (let at = 0; at < 100; at += 2) {
      // Hashing a wrong one takes long.
      const body = at % 20 === 0 ? wrong : credentials;
      expect((await request(at, body)).status).toBe(body === wrong ? 401 : 200);
    }
    const over = await request(100, credentials);
    expect(outcome(over)).toEqual([429, 'too_many_token_requests']);
    expect(Number(over.headers['retry-after'])).toBe((24 * 60 - 100) * 60);
    // The day slides: one falls out of it, one comes in.
    expect((await request(24 * 60, credentials)).status).toBe(200);
    expect((await request(24 * 60, credentials)).status).toBe(429);
    await close();
  });

  it('B-038 requests that cannot be read do not consume the limit', async () => {
    const { from, close } = await limited({ TOKEN_RATE_PER_MINUTE: '5' });
    for (let attempt = 0; attempt < 7; attempt += 1) expect((await from('192.0.2.38', '{')).status).toBe(400);
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await from('192.0.2.38', credentials)).status).toBe(200);
    expect((await from('192.0.2.38', credentials)).status).toBe(429);
    await close();
  });

  it('B-039 a login updates the last-used time and the request count of the client', async () => {
    const kept = () => t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'full' });
    const before = await kept();
    expect((await ask({ ...credentials, client_secret: 'wrong' })).status).toBe(401);
    expect((await kept()).requestCount).toBe(before.requestCount);
    expect((await ask(credentials)).status).toBe(200);
    const after = await kept();
    expect(after.requestCount).toBe(before.requestCount + 1);
    expect(Date.parse(String(after.lastUsedAt))).toBeGreaterThan(Date.now() - 60_000);
  });
});
