import { createHmac } from 'node:crypto';
import { silentLogger } from '@sallyport/core';
import { call } from '@sallyport/plugins/testing';
import { expect, it } from 'vitest';
import { createOpenSpp } from '../src/app.ts';
import { ApiClient, ApiScope } from '../src/entities/index.ts';
import { readSettings } from '../src/settings.ts';
import { type Answer, basePath, clientSecret, overEachDatabase, secrets } from '../testing/index.ts';

const path = `${basePath}/oauth/token`;
const form = 'application/x-www-form-urlencoded';
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const outcome = ({ status, body }: Answer) => [status, body.code];

/** A JWT signed by hand. */
function sign(claims: object, secret = secrets.jwtSecret, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

overEachDatabase('authentication', (t) => {
  const token = async (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call(t.api, 'POST', path, { body, headers });
  const credentials = { grant_type: 'client_credentials', client_id: 'full', client_secret: clientSecret };
  const fields = (more: Record<string, string>) => new URLSearchParams(more).toString();
  const read = async (authorization: string): Promise<Answer> =>
    call(t.api, 'GET', `${basePath}/Individual`, { headers: { authorization } });
  // Long enough that no machine is too slow for it.
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'openspp-api-v2',
    aud: 'openspp',
    sub: 'full',
    client_id: 'full',
    scopes: [],
    iat: now,
    exp: now + 3600,
  };

  it('B-023 B-024 B-025 B-026 B-027 B-028 B-033: issues tokens', async () => {
    const answer = await token(credentials);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 86_400,
      scope: 'individual:all group:all program:all program_membership:all',
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await token(fields(credentials), { 'content-type': form })).status).toBe(200);
    const grant = fields({ grant_type: 'client_credentials' });
    const right = basic('full', clientSecret);
    expect((await token(grant, { 'content-type': form, authorization: right })).status).toBe(200);
    expect((await token(undefined, { authorization: right })).status).toBe(200);
    const wrong = basic('full', 'wrong');
    expect((await token(fields(credentials), { 'content-type': form, authorization: wrong })).status).toBe(200);
    expect((await token({ client_id: 'x' }, { authorization: right })).status).toBe(200);
    await t.addClient('bare', []);
    const bare = await token({ ...credentials, client_id: 'bare' });
    expect([bare.status, bare.body.scope]).toEqual([200, '']);
  });

  it('B-029 B-030 B-031 B-006 B-007: refuses', async () => {
    for (const body of [undefined, '{', '{}']) {
      const refused = await token(body, { 'content-type': 'application/json' });
      expect(outcome(refused)).toEqual([400, 'token_request_unreadable']);
      expect(Object.keys(refused.body).sort()).toEqual(['code', 'detail']);
      expect(refused.headers['x-api-version']).toBe('2.0.0');
    }
    const password = await token({ ...credentials, grant_type: 'password' });
    expect(outcome(password)).toEqual([400, 'grant_type_unsupported']);
    const { grant_type: _, ...without } = credentials;
    expect(outcome(await token(fields(without), { 'content-type': form }))).toEqual([400, 'grant_type_unsupported']);
    await t.addClient('off', []);
    await t.orm.em.fork().nativeUpdate(ApiClient, { clientId: 'off' }, { active: false });
    const answers = [
      await token({ ...credentials, client_secret: 'wrong' }),
      await token({ ...credentials, client_id: 'nobody' }),
      await token({ ...credentials, client_id: 'off' }),
    ];
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([401, answers[0]?.body]);
    const challenged = await token(undefined, { authorization: basic('full', 'wrong') });
    expect(challenged.headers['www-authenticate']).toMatch(/^Basic /);
  });

  it('B-034 B-035: the token says who, and nothing internal', async () => {
    const { access_token: text } = (await token(credentials)).body;
    const [header, payload] = String(text)
      .split('.')
      .map((part) =>
        part.length > 60 || part.startsWith('ey') ? JSON.parse(Buffer.from(part, 'base64url').toString()) : part,
      );
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({
      iss: 'openspp-api-v2',
      aud: 'openspp',
      sub: 'full',
      client_id: 'full',
      scopes: ['individual:all', 'group:all', 'program:all', 'program_membership:all'],
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(payload.exp - payload.iat).toBe(86_400);
  });

  it('B-039: a login counts', async () => {
    const before = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'full' });
    await token(credentials);
    const after = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'full' });
    expect(after.requestCount).toBe(before.requestCount + 1);
    expect(Date.parse(String(after.lastUsedAt))).toBeGreaterThan(Date.now() - 60_000);
  });

  it('B-004 B-040 B-041 B-042 B-043 B-047: takes tokens', async () => {
    const missing = await t.send('GET', '/Individual', { as: null });
    expect(outcome(missing)).toEqual([401, 'token_missing']);
    expect(missing.headers['www-authenticate']).toBe('Bearer');
    expect(outcome(await read(''))).toEqual([401, 'token_missing']);
    const good = sign(claims);
    expect((await read(`Bearer ${good}`)).status).toBe(200);
    expect((await read(good)).status).toBe(200);
    const expired = await read(`Bearer ${sign({ ...claims, iat: now - 10, exp: now - 1 })}`);
    expect(outcome(expired)).toEqual([401, 'token_expired']);
    expect(expired.headers['www-authenticate']).toMatch(/^Bearer/);
    for (const bad of [
      sign(claims, `${secrets.jwtSecret}-another`),
      sign({ ...claims, iss: 'x' }),
      sign({ ...claims, aud: 'x' }),
      sign(claims, secrets.jwtSecret, { alg: 'none' }),
      'garbage',
    ]) {
      expect(outcome(await read(`Bearer ${bad}`))).toEqual([401, 'token_invalid']);
    }
    const { client_id: _, ...nameless } = claims;
    expect(outcome(await read(`Bearer ${sign(nameless)}`))).toEqual([401, 'token_client_missing']);
  });

  it('B-044 B-045 B-046: the client counts as it is now', async () => {
    expect(outcome(await read(`Bearer ${sign({ ...claims, client_id: 'nobody' })}`))).toEqual([401, 'client_unknown']);
    await t.addClient('changing', ['individual:read']);
    expect((await t.send('GET', '/Individual', { as: 'changing' })).status).toBe(200);
    const em = t.orm.em.fork();
    const client = await em.findOneOrFail(ApiClient, { clientId: 'changing' });
    await em.nativeDelete(ApiScope, { client });
    expect(outcome(await t.send('GET', '/Individual', { as: 'changing' }))).toEqual([403, 'scope_missing']);
    await em.insert(ApiScope, { client: client.id, resource: 'individual', action: 'search' });
    expect((await t.send('GET', '/Individual', { as: 'changing' })).status).toBe(200);
    await em.nativeUpdate(ApiClient, { clientId: 'changing' }, { active: false });
    expect(outcome(await t.send('GET', '/Individual', { as: 'changing' }))).toEqual([401, 'client_unknown']);
  });

  it('B-048 B-049: a weak secret serves nobody', async () => {
    for (const jwtSecret of ['short', 'a'.repeat(40), undefined]) {
      const weak = await createOpenSpp({
        orm: t.orm,
        settings: readSettings({}),
        secrets: { ...secrets, jwtSecret },
        shared: false,
        logger: silentLogger,
      });
      const issued: Answer = await call(weak, 'POST', path, { body: credentials });
      expect(outcome(issued)).toEqual([500, 'token_not_issued']);
      const headers = { authorization: `Bearer ${sign(claims)}` };
      const used: Answer = await call(weak, 'GET', `${basePath}/Individual`, { headers });
      expect(outcome(used)).toEqual([500, 'server_not_configured']);
      await weak.close();
    }
  });
});

overEachDatabase(
  'limits of the token endpoint',
  (t) => {
    it('B-032 B-036 B-038: count what can be read', async () => {
      const body = { grant_type: 'client_credentials', client_id: 'full', client_secret: clientSecret };
      const ask = async (sent: unknown): Promise<Answer> => call(t.api, 'POST', path, { body: sent });
      for (let attempt = 0; attempt < 5; attempt++) expect((await ask('{')).status).toBe(400);
      expect((await ask(body)).body.expires_in).toBe(60);
      for (let attempt = 0; attempt < 4; attempt++)
        expect((await ask({ ...body, client_secret: 'x' })).status).toBe(401);
      const over = await ask(body);
      expect(outcome(over)).toEqual([429, 'too_many_token_requests']);
      expect(Number(over.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(over.headers['x-api-version']).toBe('2.0.0');
    });
  },
  { TOKEN_RATE_PER_MINUTE: '5', TOKEN_RATE_PER_DAY: '50', TOKEN_LIFETIME_SECONDS: '60' },
);

overEachDatabase('the limit of a day', (t) => {
  it('B-037: fifty token requests a day, right and wrong ones, however far apart', async () => {
    const start = Date.now();
    let minutes = 0;
    const api = await createOpenSpp({
      orm: t.orm,
      settings: readSettings({}),
      secrets,
      shared: t.database === 'postgresql',
      logger: silentLogger,
      clock: { now: () => new Date(start + minutes * 60_000) },
    });
    const ask = async (at: number, secret = clientSecret): Promise<Answer> => {
      minutes = at;
      const body = { grant_type: 'client_credentials', client_id: 'full', client_secret: secret };
      return call(api, 'POST', path, { body });
    };
    for (let at = 0; at < 100; at += 4) {
      expect((await ask(at)).status).toBe(200);
      expect((await ask(at + 2, 'wrong')).status).toBe(401);
    }
    const over = await ask(100);
    expect(outcome(over)).toEqual([429, 'too_many_token_requests']);
    expect(Number(over.headers['retry-after'])).toBe((24 * 60 - 100) * 60);
    expect((await ask(24 * 60 - 1)).status).toBe(429);
    // The day slides: one falls out of it, one comes in.
    expect((await ask(24 * 60)).status).toBe(200);
    expect((await ask(24 * 60)).status).toBe(429);
    await api.close();
  });
});
