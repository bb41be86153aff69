import type { MikroORM } from '@mikro-orm/core';
import { openConnection, type RawReply, transcript } from '@sallyport/adapters/testing';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hosts, type OAuthServer, oauthServer, openTables } from './server.ts';

/** What SECURITY.md asks of tokens on the wire, over raw bytes and every host: a client library would tidy them. */

let orm: MikroORM;
beforeAll(async () => {
  orm = await openTables();
});
afterAll(() => orm.close());

const form = 'application/x-www-form-urlencoded';
const basicOf = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

describe.each(hosts)('on %s', (host) => {
  let server: OAuthServer;
  let token: string;
  let basic: string;

  beforeAll(async () => {
    // The tests sit behind a proxy at 127.0.0.1, as the address of a Fetch request is not known.
    server = await oauthServer(orm, host, 'opaque', { trustedProxies: host === 'fetch' ? [] : ['127.0.0.1'] });
    basic = basicOf(server.app.clientId, server.app.secret);
    const { body } = await ask('POST', '/oauth/token', { authorization: basic }, 'grant_type=client_credentials');
    token = (JSON.parse(body.toString()) as { access_token: string }).access_token;
  });
  afterAll(() => server.close());

  async function ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<RawReply> {
    const { hostname, port } = new URL(server.origin);
    const connection = await openConnection({ host: hostname, port: Number(port) });
    const lines = Object.entries({
      host: `${hostname}:${port}`,
      ...(body === undefined ? {} : { 'content-type': form, 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`);
    try {
      await connection.send(`${method} /api/v1${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
      return await connection.reply(method);
    } finally {
      connection.destroy();
    }
  }
  const header = (reply: RawReply, name: string): string | undefined =>
    reply.headerLines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const grant = (headers: Readonly<Record<string, string>>, body = 'grant_type=client_credentials') =>
    ask('POST', '/oauth/token', headers, body);
  const json = ({ body }: RawReply): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;

  it('R1: the token endpoint takes POST alone, whatever stands in the query', async () => {
    const { clientId, secret } = server.app;
    const query = `?grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`;
    for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', 'PATCH']) {
      const reply = await ask(method, `/oauth/token${query}`, { authorization: basic });
      expect([method, reply.status, header(reply, 'allow')]).toEqual([method, 405, 'POST, OPTIONS']);
      expect(reply.body.toString()).not.toContain('access_token');
    }
  });

  it('R3: what cannot be decoded is refused, and the server goes on', async () => {
    const garbage = ['a:%E0%A4%A', 'YQ', 'YQ==', '!!!', '', ':', 'a', '%', '\u00ff:x'];
    for (const text of garbage) {
      for (const value of [`Basic ${text}`, `Basic ${Buffer.from(text, 'latin1').toString('base64')}`]) {
        expect([value, [400, 401].includes((await grant({ authorization: value })).status)]).toEqual([value, true]);
      }
    }
    for (const body of ['client_id=%E0%A4%A&client_secret=x', 'client_id=%', 'grant_type=%ff', '&&&=']) {
      expect([body, [400, 401].includes((await grant({}, body)).status)]).toEqual([body, true]);
    }
    expect((await grant({ authorization: basic })).status).toBe(200);
  });

  it('R7: a parameter that is repeated is refused, and so is one that looks like a list', async () => {
    const { clientId, secret } = server.app;
    const credentials = `client_id=${clientId}&client_secret=${secret}`;
    for (const body of [
      'grant_type=client_credentials&grant_type=client_credentials',
      'grant_type=client_credentials&scope=people:read&scope=people:read',
      `grant_type=client_credentials&${credentials}&client_id=${clientId}`,
    ]) {
      const headers: Record<string, string> = body.includes('client_id') ? {} : { authorization: basic };
      const reply = await grant(headers, body);
      expect([body, reply.status, json(reply).error]).toEqual([body, 400, 'invalid_request']);
    }
    const list = await grant({}, `grant_type=client_credentials&client_id[]=${clientId}&client_secret=${secret}`);
    expect([400, 401]).toContain(list.status);
  });

  it('R9: the token endpoint takes forms, and nothing else', async () => {
    const { clientId: client_id, secret: client_secret } = server.app;
    const body = JSON.stringify({ grant_type: 'client_credentials', client_id, client_secret });
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', `${form} garbage`]) {
      const reply = await grant({ 'content-type': type }, body);
      expect([type, [400, 415].includes(reply.status)]).toEqual([type, true]);
      expect(reply.body.toString()).not.toContain('access_token');
    }
    expect((await grant({ authorization: basic, 'content-type': `${form};charset=utf-8` })).status).toBe(200);
  });

  it('R13, R14: every answer of the token endpoint is kept by no cache, and has no refresh token', async () => {
    const answers = [
      await grant({ authorization: basic }),
      await grant({ authorization: basic }, 'grant_type=refresh_token'),
      await grant({ authorization: basicOf('x', 'y') }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 401]);
    for (const answer of answers) {
      expect([header(answer, 'cache-control'), header(answer, 'pragma')]).toEqual(['no-store', 'no-cache']);
    }
    const [granted] = answers;
    expect(granted && Object.keys(json(granted)).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
  });

  it('R15: an unknown client and a wrong secret are answered byte for byte alike', async () => {
    const tell = async (authorization: string) =>
      transcript(await grant({ authorization })).replace(/x-request-id: .*\r\n/i, '');
    const wrong = await tell(basicOf(server.app.clientId, 'wrong'));
    expect(await tell(basicOf('nobody', 'wrong'))).toBe(wrong);
    expect(wrong).toMatch(/www-authenticate: Basic realm="api"/i);
  });

  it('R19: without credentials the challenge has no error', async () => {
    const reply = await ask('GET', '/people');
    expect(reply.status).toBe(401);
    expect(header(reply, 'www-authenticate')).toMatch(/^Bearer realm="api", resource_metadata="[^"]+"$/);
  });

  it('R20, R21: challenges can be parsed, and say what is wrong', async () => {
    const challenged = async (method: string, authorization: string) => {
      const headers = { authorization, 'content-type': 'application/json', 'content-length': '2' };
      const reply =
        method === 'POST'
          ? await ask(method, '/people', headers, '{}')
          : await ask(method, '/people', { authorization });
      const response = new Response('{}', {
        status: reply.status,
        headers: { 'www-authenticate': header(reply, 'www-authenticate') ?? '' },
      });
      // The library reads challenges by the grammar of RFC 9110, and throws what it has found.
      const as = { issuer: 'https://a.test' };
      const fault = await oauth
        .processUserInfoResponse(as, { client_id: 'x' }, oauth.skipSubjectCheck, response)
        .catch((error) => error);
      if (!(fault instanceof oauth.WWWAuthenticateChallengeError)) throw fault;
      const [challenge] = fault.cause;
      return [reply.status, challenge?.scheme, challenge?.parameters.error, challenge?.parameters.scope];
    };
    expect(await challenged('GET', 'Bearer nonsense')).toEqual([401, 'bearer', 'invalid_token', undefined]);
    expect(await challenged('GET', `Bearer ${token}, Bearer ${token}`)).toEqual([
      400,
      'bearer',
      'invalid_request',
      undefined,
    ]);
    expect(await challenged('POST', `Bearer ${token}`)).toEqual([403, 'bearer', 'insufficient_scope', 'people:write']);
  });

  it('R22: a token in the query or in the body is none', async () => {
    expect((await ask('GET', `/people?access_token=${token}`)).status).toBe(401);
    const body = `access_token=${token}`;
    expect((await ask('POST', '/people', {}, body)).status).toBe(401);
  });

  it('R23: the scheme in any case, one space, one token, one header', async () => {
    const statusOf = async (authorization: string) => (await ask('GET', '/people', { authorization })).status;
    expect(await statusOf(`bEaReR ${token}`)).toBe(200);
    for (const value of [token, `Bearer  ${token}`, `Bearer ${token} `.concat('x'), `Token ${token}`]) {
      expect([value, [400, 401].includes(await statusOf(value))]).toEqual([value, true]);
    }
    const twice = `Bearer ${token}\r\nAuthorization: Bearer ${token}`;
    expect([400, 401]).toContain(await statusOf(twice));
  });

  it('R24: answers to a token are kept by no shared cache, and differ by it', async () => {
    for (const headers of [{}, { authorization: `Bearer ${token}` }, { authorization: 'Bearer x' }]) {
      const reply = await ask('GET', '/people', headers);
      expect(header(reply, 'cache-control')).toBe('no-store');
      expect(header(reply, 'vary')?.toLowerCase().split(/, */)).toEqual(expect.arrayContaining(['authorization']));
    }
  });

  it('R25: who may not come in is told before a body is read', async () => {
    const { hostname, port } = new URL(server.origin);
    const connection = await openConnection({ host: hostname, port: Number(port) });
    await connection.send(
      `POST /api/v1/people HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n{`,
    );
    const reply = await connection.replyHead();
    expect([reply.status, header(reply, 'content-type')]).toEqual([401, 'application/problem+json']);
    expect(header(reply, 'www-authenticate')).toMatch(/^Bearer /);
    connection.destroy();
  });

  it('R33: metadata speak of the configured issuer, whatever Host and proxies say', async () => {
    const { hostname, port } = new URL(server.origin);
    const connection = await openConnection({ host: hostname, port: Number(port) });
    await connection.send(
      'GET /.well-known/oauth-authorization-server/api/v1 HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n',
    );
    const reply = await connection.reply();
    connection.destroy();
    expect([reply.status, json(reply).issuer]).toEqual([200, server.issuer]);
    expect(reply.body.toString()).not.toContain('evil');
  });

  it('R48: tokens live ten minutes when nobody says otherwise', async () => {
    expect(json(await grant({ authorization: basic })).expires_in).toBe(600);
  });
});

describe('R18, R50: TLS and proxies', () => {
  const header = 'x-forwarded-proto';
  it.each([
    ['a trusted proxy that saw TLS', ['127.0.0.1'], 'https', 200],
    ['a trusted proxy that saw none', ['127.0.0.1'], 'http', 400],
    ['anybody who says so', [], 'https', 400],
    ['nobody', ['127.0.0.1'], undefined, 400],
  ])('%s', async (_who, trustedProxies, proto, status) => {
    const server = await oauthServer(orm, 'node', 'opaque', { trustedProxies, requireTls: true });
    const { clientId, secret } = server.app;
    try {
      const answer = await fetch(`${server.issuer}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: basicOf(clientId, secret),
          'x-client-cert': 'CN=root',
          ...(proto === undefined ? {} : { [header]: proto }),
        },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      expect(answer.status).toBe(status);
    } finally {
      await server.close();
    }
  });

  it('R50: headers of identity from outside identify nobody', async () => {
    const server = await oauthServer(orm, 'node', 'opaque');
    const answer = await fetch(`${server.issuer}/people`, {
      headers: {
        'x-client-cert': server.app.clientId,
        'x-forwarded-user': server.app.clientId,
        'x-ssl-client-s-dn': `CN=${server.app.clientId}`,
        'x-remote-user': 'root',
        'x-forwarded-client-cert': 'Hash=0',
      },
    });
    await server.close();
    expect(answer.status).toBe(401);
  });
});
