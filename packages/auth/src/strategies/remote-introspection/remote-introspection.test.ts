import { ConfigurationError, SallyportError } from '@sallyport/core';
import { importJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { later, start, testSetup } from '../../../test-support/calls.ts';
import { foreignServer, held, json, redirect, silence, status, text } from '../../../test-support/foreign-server.ts';
import { at, audience, foreignKey, signJwt, told, userClaims } from '../../../test-support/foreign-tokens.ts';
import { type RemoteIntrospectionOptions, remoteIntrospection } from '../../index.ts';

const { exp: _exp, ...claims } = userClaims;
const active = { ...claims, active: true, token_type: 'Bearer', exp: at + 300 };

async function arrange(change: Partial<RemoteIntrospectionOptions> = {}) {
  const server = await foreignServer();
  server.answer('/introspect', json(active));
  const options = {
    endpoint: `${server.origin}/introspect`,
    clientId: 'this api',
    clientSecret: 's+cret/1',
    audience,
    scopes: ['tag:search'],
    allowHttp: true,
    timeoutSeconds: 10,
    ...change,
  } as RemoteIntrospectionOptions;
  const verifier = remoteIntrospection(options).connect(testSetup());
  const judge = (token: string, now = start) => told(verifier, token, now);
  const asked = () => server.count('/introspect');
  return { server, verifier, judge, asked };
}

const ada = 'user f5f1-ada tag:search';
const refused = 'token_invalid';

describe('who asks', () => {
  it('is told by Basic, both halves encoded, the token in the body', async () => {
    const { judge, server } = await arrange();
    expect(await judge('opaque-1')).toBe(ada);
    const [request] = server.requests;
    expect(request?.method).toBe('POST');
    expect(request?.headers.authorization).toBe(`Basic ${btoa('this+api:s%2Bcret%2F1')}`);
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      token: 'opaque-1',
      token_type_hint: 'access_token',
    });
  });

  it('is told in the body by option', async () => {
    const { judge, server } = await arrange({ secretIn: 'body' });
    expect(await judge('opaque-1')).toBe(ada);
    const [request] = server.requests;
    expect(request?.headers.authorization).toBeUndefined();
    expect(new URLSearchParams(request?.body).get('client_secret')).toBe('s+cret/1');
  });

  it('R49: signs an assertion for each question, used once', async () => {
    const { clientSecret: _, ...rest } = { clientSecret: undefined };
    const { judge, server } = await arrange({ ...rest, privateKey: foreignKey.privatePem, keyId: 'mine' });
    expect(await judge('opaque-1')).toBe(ada);
    expect(await judge('opaque-2')).toBe(ada);
    const key = await importJWK(foreignKey.publicJwk, 'RS256');
    const sent = server.requests.map(({ body }) => new URLSearchParams(body).get('client_assertion') ?? '');
    const payloads = await Promise.all(
      sent.map(
        async (one) =>
          (await jwtVerify(one, key, { audience: `${server.origin}/introspect`, currentDate: start })).payload,
      ),
    );
    for (const payload of payloads)
      expect(payload).toMatchObject({ iss: 'this api', sub: 'this api', iat: at, exp: at + 60 });
    expect(new Set(payloads.map(({ jti }) => jti)).size).toBe(2);
  });

  it.each([
    { clientSecret: undefined },
    { clientSecret: '' },
    { clientId: '' },
    { clientId: undefined },
    { privateKey: foreignKey.publicPem, clientSecret: undefined },
    { privateKey: 'no key', clientSecret: undefined },
    { endpoint: 'http://a.test/introspect', allowHttp: false },
    { endpoint: 'introspect' },
    { endpoint: undefined },
    { audience: undefined },
    { audience: [] },
    { audience: [''] },
    { issuer: undefined },
    { issuer: '' },
    { tokenPrefix: undefined },
    { scopeClaims: 'scope' },
    { scopes: undefined },
    { cacheSeconds: 61 },
    { negativeCacheSeconds: 61 },
    { concurrency: 0 },
    { tokenPrefix: 'a b' },
  ])('stops the start for %o, and names the option', async (change) => {
    const starting = arrange(change as unknown as Partial<RemoteIntrospectionOptions>);
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(new RegExp(`^remoteIntrospection\\.${Object.keys(change)[0]}\\b`));
  });
});

describe('what the server answers', () => {
  it.each([false, 'true', 1, undefined, null, {}])('active: %o is a no', async (value) => {
    const { judge, server } = await arrange();
    server.answer('/introspect', json({ ...active, active: value }));
    expect(await judge('t')).toBe(refused);
  });

  it.each([
    [{ exp: at }, 'token_expired'],
    [{ exp: at - 1 }, 'token_expired'],
    [{ exp: 'never' }, refused],
    [{ iat: at + 6 }, refused],
    [{ nbf: at + 6 }, refused],
    [{ aud: 'other' }, refused],
    [{ aud: undefined }, refused],
    [{ aud: [] }, refused],
    [{ token_type: 'DPoP' }, refused],
    [{ token_type: 7 }, refused],
    [{ token_use: 'refresh_token' }, refused],
    [{ typ: 'Refresh' }, refused],
    [{ cnf: { 'x5t#S256': 'x' } }, refused],
    [{ sub: undefined }, 'token_client_missing'],
    [{ sub: 7 }, refused],
    [{ scope: 7 }, refused],
    [{ exp: undefined, token_type: undefined, iat: undefined }, ada],
    [{ aud: ['other', audience], token_type: 'bearer', token_use: 'access_token', typ: 'Bearer' }, ada],
    [{ sub: 'svc', client_id: 'svc' }, 'client svc tag:search'],
  ])('%o', async (change, expected) => {
    const { judge, server } = await arrange();
    server.answer('/introspect', json({ ...active, ...change }));
    expect(await judge('t')).toBe(expected);
  });

  it('compares the issuer where there is one', async () => {
    const { judge, server } = await arrange({ issuer: 'https://id.test' });
    expect(await judge('a')).toBe(ada);
    server.answer('/introspect', json({ ...active, iss: 'https://id.test' }));
    expect(await judge('b')).toBe(ada);
    server.answer('/introspect', json({ ...active, iss: 'https://id.test/' }));
    expect(await judge('c')).toBe(refused);
  });

  it('asks for no audience only where it was told so', async () => {
    const { judge, server } = await arrange({ audience: false });
    server.answer('/introspect', json({ ...active, aud: undefined }));
    expect(await judge('t')).toBe(ada);
  });
});

describe('what is remembered', () => {
  it('is an active token for half a minute, and never longer than it lives', async () => {
    const { judge, server, asked, verifier } = await arrange();
    expect(await judge('t')).toBe(ada);
    const known = verifier.verify('t', later(29));
    expect(known).not.toBeInstanceOf(Promise);
    server.answer('/introspect', json({ active: false }));
    expect(await judge('t', later(29))).toBe(ada);
    expect(await judge('t', later(30))).toBe(refused);
    expect(asked()).toBe(2);
    server.answer('/introspect', json({ ...active, exp: at + 110 }));
    expect(await judge('u', later(100))).toBe(ada);
    expect(await judge('u', later(109))).toBe(ada);
    expect(await judge('u', later(110))).toBe('token_expired');
  });

  it('is a dead one for five seconds', async () => {
    const { judge, server, asked } = await arrange();
    server.answer('/introspect', json({ active: false }));
    expect([await judge('t'), await judge('t', later(4))]).toEqual([refused, refused]);
    expect(asked()).toBe(1);
    server.answer('/introspect', json(active));
    expect(await judge('t', later(5))).toBe(ada);
  });

  it('is nothing, by option', async () => {
    const { judge, asked } = await arrange({ cacheSeconds: 0, negativeCacheSeconds: 0 });
    for (let turn = 0; turn < 3; turn += 1) expect(await judge('t')).toBe(ada);
    expect(asked()).toBe(3);
  });

  it('is not pushed out by tokens that anybody makes up', async () => {
    const { judge, server, asked } = await arrange({ cacheSize: 5 });
    expect(await judge('good')).toBe(ada);
    server.answer('/introspect', json({ active: false }));
    for (let turn = 0; turn < 10; turn += 1) await judge(`made-up-${turn}`);
    expect(await judge('good', later(1))).toBe(ada);
    expect(asked()).toBe(11);
  });

  it('never leaves one token the answer of another', async () => {
    const { judge, server } = await arrange();
    server.answer('/introspect', (response, { body }) => {
      const token = new URLSearchParams(body).get('token');
      json(token?.startsWith('dead') === true ? { active: false } : { ...active, sub: token })(
        response,
        server.requests[0] as never,
      );
    });
    const tokens = Array.from({ length: 40 }, (_, turn) => (turn % 3 === 0 ? `dead-${turn}` : `token-${turn}`));
    const expected = tokens.map((token) => (token.startsWith('dead') ? refused : `user ${token} tag:search`));
    expect(await Promise.all(tokens.map((token) => judge(token)))).toEqual(expected);
    expect(await Promise.all(tokens.map((token) => judge(token)))).toEqual(expected);
  });
});

describe('a server in trouble', () => {
  it.each([
    ['slow', silence],
    ['broken', status(500)],
    ['refusing us', status(401)],
    ['redirecting', redirect('/elsewhere')],
    ['talkative', text(JSON.stringify({ ...active, pad: 'x'.repeat(70_000) }))],
    ['garbled', text('{"active":true')],
    ['repeating itself', text('{"active":false,"active":true}')],
  ] as const)('that is %s makes calls fail with 503, and nothing of it is remembered', async (_name, answer) => {
    const { server, judge, verifier } = await arrange(answer === silence ? { timeoutSeconds: 1 } : {});
    server.answer('/elsewhere', json(active));
    server.answer('/introspect', answer);
    const failed = await Promise.resolve(verifier.verify('hush-hush-token', start)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SallyportError);
    expect(failed).toMatchObject({ code: 'unavailable', status: 503, headers: { 'Retry-After': '5' } });
    expect(server.count('/elsewhere')).toBe(0);
    server.answer('/introspect', json(active));
    expect(await judge('hush-hush-token')).toBe(ada);
  });

  it('is asked once for all calls that wait', async () => {
    const { server, judge, asked } = await arrange();
    const waiting = held(json(active));
    server.answer('/introspect', waiting.answer);
    const calls = Array.from({ length: 30 }, () => judge('t'));
    waiting.release();
    expect(await Promise.all(calls)).toEqual(Array(30).fill(ada));
    expect(asked()).toBe(1);
  });

  it('is not asked more at once than it was said', async () => {
    const { server, judge, asked } = await arrange({ concurrency: 2 });
    const waiting = held(json(active));
    server.answer('/introspect', waiting.answer);
    const calls = Array.from({ length: 30 }, (_, turn) => judge(`t-${turn}`));
    // Two under way and twenty behind them; the others are not kept waiting.
    expect(await Promise.all(calls.slice(22))).toEqual(Array(8).fill('unavailable'));
    waiting.release();
    expect(await Promise.all(calls.slice(0, 22))).toEqual(Array(22).fill(ada));
    expect(asked()).toBe(22);
  });
});

describe('which tokens are its own', () => {
  it('are those of a prefix, of an issuer, or all', async () => {
    const jwt = signJwt({ iss: 'https://id.test' });
    const knows = async (change: Partial<RemoteIntrospectionOptions>) => {
      const { verifier } = await arrange(change);
      return [verifier.knows, ...['ory_at_x', 'x', jwt].map((token) => verifier.recognises(token))];
    };
    expect(await knows({})).toEqual(['rest', true, true, true]);
    expect(await knows({ tokenPrefix: 'ory_at_' })).toEqual(['shape', true, false, false]);
    expect(await knows({ issuer: 'https://id.test' })).toEqual(['issuer', false, false, true]);
    expect(await knows({ issuer: 'https://id.test', tokenPrefix: 'ory_at_' })).toEqual(['issuer', true, false, true]);
  });

  it('sends on no token that is longer than 8 KB (R45)', async () => {
    const { judge, asked } = await arrange();
    expect(await judge('x'.repeat(8193))).toBe(refused);
    expect(asked()).toBe(0);
  });
});
