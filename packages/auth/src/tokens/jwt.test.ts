import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { base64url, CompactSign, decodeJwt, decodeProtectedHeader, exportSPKI, importSPKI, SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { later, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { createMemoryClientStore } from '../clients/memory-store.ts';
import { jwtTokens } from './jwt.ts';
import type { JwtTokenOptions } from './jwt-options.ts';
import { createMemoryRevocations } from './revocation.ts';

const { client } = testClient(testHasher());
const key = Buffer.from(signingSecret);
const second = `${signingSecret}-another-one`;
const now = Math.floor(start.getTime() / 1000);

function arrange(options: Partial<JwtTokenOptions> = {}) {
  const clients = createMemoryClientStore([client]);
  const kind = jwtTokens({
    algorithm: 'HS256',
    key: signingSecret,
    issuer: 'tests',
    audience: 'api',
    clients,
    ...options,
  });
  const service = kind.connect(testSetup());
  const issue = async () => (await service.issue({ client, scopes: client.scopes, now: start })).token;
  /** The client that the token stands for, or the kind of the fault. */
  const judge = async (token: string, at = start): Promise<string> => {
    try {
      return (await service.verify(token, at)).client.clientId;
    } catch (error) {
      const { kind, code } = error as { kind?: string; code?: string };
      return kind ?? code ?? String(error);
    }
  };
  return { clients, service, issue, judge };
}

const header = { alg: 'HS256', typ: 'at+jwt' };
const claims = {
  iss: 'tests',
  aud: 'api',
  sub: client.clientId,
  client_id: client.clientId,
  jti: 'j-1',
  iat: now,
  exp: now + 600,
  scope: 'partner:read',
  epoch: 3,
};

/** Signs any text as a payload, under any header that jose will write. */
async function sign(payload: string | object, change: Record<string, unknown> = {}, by: Uint8Array = key) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return raw(text, { ...header, ...change }, by);
}

/** Signs by hand what jose refuses to sign. */
async function raw(payload: string, protectedHeader: object | string, by: Uint8Array = key): Promise<string> {
  const first = base64url.encode(
    typeof protectedHeader === 'string' ? protectedHeader : JSON.stringify(protectedHeader),
  );
  const input = `${first}.${base64url.encode(payload)}`;
  const hmac = await webcrypto.subtle.importKey('raw', by, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await webcrypto.subtle.sign('HMAC', hmac, Buffer.from(input));
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

describe('issuing', () => {
  it('R42: makes access tokens by RFC 9068', async () => {
    const token = await arrange().issue();
    expect(decodeProtectedHeader(token)).toEqual(header);
    expect(decodeJwt(token)).toEqual({
      ...claims,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      scope: 'partner:read partner:create',
    });
    expect(await arrange().judge(token)).toBe(client.clientId);
  });

  it('makes those of OpenSPP (3.2)', async () => {
    const { service, judge } = arrange({
      issuer: 'openspp-api-v2',
      audience: 'openspp',
      typ: 'JWT',
      scopeClaim: 'scopes',
      scopesFrom: 'client',
      epoch: false,
      lifetimeSeconds: 86_400,
      maxLifetimeSeconds: 86_400,
      requireClaims: ['exp'],
    });
    const { token, expiresInSeconds } = await service.issue({ client, scopes: ['individual:read'], now: start });
    expect(expiresInSeconds).toBe(86_400);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { jti: _, ...rest } = decodeJwt(token);
    expect(rest).toEqual({
      iss: 'openspp-api-v2',
      aud: 'openspp',
      sub: client.clientId,
      client_id: client.clientId,
      scopes: ['individual:read'],
      iat: now,
      exp: now + 86_400,
    });
    expect([...(await service.verify(token, start)).scopes]).toEqual(client.scopes);
    const bare = { iss: 'openspp-api-v2', aud: 'openspp', client_id: client.clientId, exp: now + 60 };
    expect(await judge(await sign(bare, { typ: undefined }))).toBe(client.clientId);
    expect(await judge(await sign({ ...bare, client_id: undefined }, { typ: 'JWT' }))).toBe('token_client_missing');
    expect(await judge(await sign({ ...bare, exp: now - 60 }, { typ: 'JWT' }))).toBe('token_expired');
    expect(await judge(await sign({ ...bare, exp: now + 90_000 }, { typ: 'JWT' }))).toBe('token_invalid');
  });

  it.each(['HS384', 'HS512'] as const)('signs with %s, and takes no other', async (algorithm) => {
    const { issue, judge } = arrange({ algorithm });
    const token = await issue();
    expect(decodeProtectedHeader(token).alg).toBe(algorithm);
    expect(await judge(token)).toBe(client.clientId);
    expect(await judge(await arrange().issue())).toBe('token_invalid');
    expect(await arrange().judge(token)).toBe('token_invalid');
  });
});

describe('hostile tokens', () => {
  it('take a good one for granted', async () => {
    expect(await arrange().judge(await sign(claims))).toBe(client.clientId);
    expect(await arrange().judge(await new SignJWT(claims).setProtectedHeader(header).sign(key))).toBe(client.clientId);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS512', 'RS256', 'ES256', 'dir'])('R36: alg %s', async (alg) => {
    const body = `${base64url.encode(JSON.stringify({ ...header, alg }))}.${base64url.encode(JSON.stringify(claims))}`;
    expect(await arrange().judge(`${body}.`)).toBe('token_invalid');
    expect(await arrange().judge(await sign(claims, { alg }))).toBe('token_invalid');
  });

  it('R37: a public key as an HMAC secret, and tokens by an RSA key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(await exportSPKI(await importSPKI(pem, 'RS256'))).toContain('PUBLIC KEY');
    expect(await arrange().judge(await sign(claims, {}, Buffer.from(pem)))).toBe('token_invalid');
    const rsa = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
      .sign(privateKey);
    expect(await arrange().judge(rsa)).toBe('token_invalid');
  });

  it.each([
    [{ crit: ['exp'] }],
    [{ crit: ['b64'], b64: false }],
    [{ b64: false }],
    [{ crit: ['b64'], b64: true }],
    [{ crit: [] }],
    [{ crit: null }],
  ])('R38: extensions %o', async (change) => {
    expect(await arrange().judge(await sign(claims, change))).toBe('token_invalid');
  });

  it.each([
    [{ kid: 'unknown' }],
    [{ kid: '' }],
    [{ kid: '__proto__' }],
    [{ kid: 'constructor' }],
    [{ kid: 1 }],
    [{ kid: null }],
    [{ kid: ['a'] }],
    [{ kid: '../../dev/null' }],
  ])('R39: key ids %o', async (change) => {
    expect(await arrange().judge(await sign(claims, change))).toBe('token_invalid');
    const keys = [{ kid: 'a', secret: signingSecret }];
    expect(await arrange({ key: keys }).judge(await sign(claims, change))).toBe('token_invalid');
  });

  it('R39: keys in the header, and none where one must be named', async () => {
    const mine = Buffer.from('a key of the attacker, long enough to sign with it');
    const jwk = { kty: 'oct', k: mine.toString('base64url'), alg: 'HS256' };
    expect(
      await arrange().judge(await sign(claims, { jwk, jku: 'https://evil.test/', x5u: 'https://evil.test/' }, mine)),
    ).toBe('token_invalid');
    expect(await arrange({ key: [{ kid: 'a', secret: signingSecret }] }).judge(await sign(claims))).toBe(
      'token_invalid',
    );
  });

  it.each(['JWT', 'jwt', 'id_token', '', 'at+jwt ', 'secevent+jwt', 1, null, undefined])('R40: typ %o', async (typ) => {
    expect(await arrange().judge(await sign(claims, { typ }))).toBe('token_invalid');
  });

  it('R40: typ in another case, and with its prefix', async () => {
    expect(await arrange().judge(await sign(claims, { typ: 'AT+JWT' }))).toBe(client.clientId);
    expect(await arrange().judge(await sign(claims, { typ: 'application/at+jwt' }))).toBe(client.clientId);
    expect(await arrange({ typ: 'JWT' }).judge(await sign(claims, { typ: 'at+jwt' }))).toBe('token_invalid');
  });

  it.each([
    [{ iss: 'tests/' }],
    [{ iss: 'TESTS' }],
    [{ iss: ['tests'] }],
    [{ iss: undefined }],
    [{ aud: 'other' }],
    [{ aud: [] }],
    [{ aud: ['other', 'ap'] }],
    [{ aud: { 0: 'api' } }],
    [{ aud: undefined }],
  ])('R41: %o', async (change) => {
    expect(await arrange().judge(await sign({ ...claims, ...change }))).toBe('token_invalid');
  });

  it('R41: a list of audiences with ours', async () => {
    expect(await arrange().judge(await sign({ ...claims, aud: ['other', 'api'] }))).toBe(client.clientId);
  });

  it.each([
    [{ exp: undefined }],
    [{ exp: '9999999999' }],
    [{ exp: now + 0.5 }],
    [{ exp: 2 ** 53 }],
    [{ exp: 1e300 }],
    [{ exp: null }],
    [{ exp: now + 3601 }],
    [{ iat: undefined }],
    [{ iat: now + 6, exp: now + 60 }],
    [{ iat: now + 60, exp: now + 120 }],
    [{ iat: '1' }],
    [{ iat: now + 3, exp: now + 2 }],
    [{ nbf: now + 6 }],
    [{ nbf: 'x' }],
    [{ nbf: now - 0.5 }],
    [{ sub: undefined }],
    [{ sub: 1 }],
    [{ jti: undefined }],
    [{ jti: { $ne: null } }],
    [{ client_id: 1 }],
    [{ client_id: 'a\0b' }],
    [{ client_id: 'x'.repeat(129) }],
    [{ scope: 1 }],
    [{ scope: ['a', 1] }],
    [{ scope: 'a  b' }],
    [{ epoch: undefined }],
    [{ epoch: '3' }],
    [{ epoch: 2 }],
    [{ epoch: 4 }],
  ])('R42: %o', async (change) => {
    expect(await arrange().judge(await sign({ ...claims, ...change }))).toBe('token_invalid');
  });

  it('R42: tells a token without a client, and one of an unknown client', async () => {
    expect(await arrange().judge(await sign({ ...claims, client_id: undefined }))).toBe('token_client_missing');
    expect(await arrange().judge(await sign({ ...claims, client_id: '' }))).toBe('token_client_missing');
    expect(await arrange().judge(await sign({ ...claims, client_id: 'nobody' }))).toBe('client_unknown');
  });

  it('R43: other spellings of a good token', async () => {
    const token = await sign(claims);
    const { judge } = arrange();
    expect(await judge(token)).toBe(client.clientId);
    const [first = '', middle = '', last = ''] = token.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // 32 bytes are 43 characters, the last of which carries four bits and two that a lax decoder does not look at.
    const spare = alphabet[alphabet.indexOf(last.at(-1) ?? '') + 1] ?? '';
    const altered = last.slice(0, -1) + spare;
    expect(Buffer.from(altered, 'base64url')).toEqual(Buffer.from(last, 'base64url'));
    const spellings = [
      `${first}.${middle}.${altered}`,
      `${first}.${middle}.${last}=`,
      `${first}=.${middle}.${last}`,
      `${first}.${middle}. ${last}`,
      `${first}.${middle}.${last}\n`,
      ` ${token}`,
      `${first}.${middle}.${Buffer.from(last, 'base64url').toString('base64')}`,
      `${first}.${middle}.${last}.`,
      `${first}.${middle}`,
      `${first}..${last}`,
      '..',
    ];
    for (const spelling of spellings) expect([spelling, await judge(spelling)]).toEqual([spelling, 'token_invalid']);
  });

  it('R45: more than 8 KB, before anything is decoded', async () => {
    expect(await arrange().judge(await sign({ ...claims, pad: 'x'.repeat(8000) }))).toBe('token_invalid');
  });

  it('R46: claims that stand on a prototype', async () => {
    const { client_id: _, ...rest } = claims;
    const smuggled = JSON.stringify(rest).replace('{', `{"__proto__":{"client_id":"${client.clientId}"},`);
    expect(await arrange().judge(await sign(smuggled))).toBe('token_client_missing');
    const polluted = JSON.stringify(claims).replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{}},');
    expect(await arrange().judge(await sign(polluted))).toBe(client.clientId);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
    const { scope: __, ...scopeless } = claims;
    const inherited = JSON.stringify(scopeless).replace('{', '{"__proto__":{"scope":"partner:read"},');
    const { service } = arrange();
    expect([...(await service.verify(await sign(inherited), start)).scopes]).toEqual([]);
  });

  it('another key, no JSON, no object, invalid UTF-8', async () => {
    expect(await arrange().judge(await sign(claims, {}, Buffer.from(second)))).toBe('token_invalid');
    for (const payload of ['', '{', '[]', 'null', '1'])
      expect(await arrange().judge(await sign(payload))).toBe('token_invalid');
    for (const bad of ['', '{', '[]', 'null'])
      expect(await arrange().judge(await raw(JSON.stringify(claims), bad))).toBe('token_invalid');
  });
});

describe('time', () => {
  it('forgives a difference of clocks, and no more, from the cache too', async () => {
    const { judge, issue } = arrange({ clockToleranceSeconds: 5 });
    const token = await issue();
    expect(await judge(token, later(604))).toBe(client.clientId);
    expect(await judge(token, later(605))).toBe('token_expired');
    const { judge: fresh } = arrange({ clockToleranceSeconds: 5 });
    expect(await fresh(token, later(605))).toBe('token_expired');
    expect(await fresh(token, later(-4))).toBe(client.clientId);
    expect(await arrange().judge(token, later(-6))).toBe('token_invalid');
  });
});

describe('keys', () => {
  it('rotate: the first signs, all verify, each by its own id', async () => {
    const before = arrange({ key: [{ kid: 'a', secret: signingSecret }] });
    const after = arrange({
      key: [
        { kid: 'b', secret: second },
        { kid: 'a', secret: signingSecret },
      ],
    });
    const [old, young] = [await before.issue(), await after.issue()];
    expect(decodeProtectedHeader(young).kid).toBe('b');
    expect([await after.judge(old), await after.judge(young), await before.judge(young)]).toEqual([
      client.clientId,
      client.clientId,
      'token_invalid',
    ]);
    expect(await after.judge(await sign(claims, { kid: 'b' }))).toBe('token_invalid');
  });

  it.each([
    ['a short one', 'short'],
    ['a regular one', 'a'.repeat(64)],
    ['none', undefined],
    ['an empty list', []],
    ['two without an id', [{ secret: signingSecret }, { secret: second }]],
    [
      'a weak one among good ones',
      [
        { kid: 'a', secret: signingSecret },
        { kid: 'b', secret: 'x' },
      ],
    ],
  ])('R44: %s stops the start', async (_, bad) => {
    expect(() => arrange({ key: bad })).toThrow(ConfigurationError);
    const started = arrange({ key: bad, whenKeyUnusable: 'fail-calls' });
    expect(await started.judge(await sign(claims))).toBe('key_unusable');
    await expect(started.issue()).rejects.toMatchObject({ kind: 'key_unusable' });
  });

  it.each([{ lifetimeSeconds: 7200 }, { clockToleranceSeconds: 31 }, { clientCacheSeconds: 6 }, { issuer: '' }])(
    'refuses %o at the start',
    (options) => {
      expect(() => arrange(options)).toThrow(ConfigurationError);
    },
  );
});

describe('the client behind a token', () => {
  it('is looked up at each use, and its state decides', async () => {
    const { judge, issue, clients, service } = arrange();
    const find = vi.spyOn(clients, 'find');
    const token = await issue();
    await judge(token);
    await judge(token);
    expect(find).toHaveBeenCalledTimes(2);
    clients.set({ ...client, scopes: ['partner:read', 'partner:delete'] });
    expect([...(await service.verify(token, start)).scopes]).toEqual(['partner:read']);
    clients.set({ ...client, expiresAt: later(10) });
    expect([await judge(token, later(9)), await judge(token, later(10))]).toEqual([client.clientId, 'client_unknown']);
    clients.set({ ...client, active: false });
    expect(await judge(token)).toBe('client_unknown');
    clients.delete(client.clientId);
    expect(await judge(token)).toBe('client_unknown');
    find.mockRejectedValue(new Error('down'));
    expect(await judge(token)).toBe('unavailable');
  });

  it('B-045, B-046: gives what the client holds now, where that is wanted', async () => {
    const { issue, clients, service } = arrange({ scopesFrom: 'client', epoch: false });
    const token = await issue();
    clients.set({ ...client, scopes: ['new:read'], epoch: 99 });
    expect([...(await service.verify(token, start)).scopes]).toEqual(['new:read']);
  });
});

describe('revocation', () => {
  it('holds at once, for the one token, in every spelling', async () => {
    const { judge, issue, service } = arrange();
    const [one, other] = [await issue(), await issue()];
    await judge(one);
    await service.revoke(one, start);
    expect([await judge(one), await judge(other)]).toEqual(['token_invalid', client.clientId]);
    await service.revoke('not a token', start);
  });

  it('fails closed', async () => {
    const revocations = { ...createMemoryRevocations(), isRevoked: () => Promise.reject(new Error('down')) };
    const { judge, issue } = arrange({ revocations });
    expect(await judge(await issue())).toBe('unavailable');
    const unwritable = { isRevoked: () => false, revoke: () => Promise.reject(new Error('down')) };
    const broken = arrange({ revocations: unwritable });
    await expect(broken.service.revoke(await broken.issue(), start)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is asked at each use, also where it takes time', async () => {
    let revoked = false;
    const { judge, issue } = arrange({ revocations: { isRevoked: async () => revoked, revoke() {} } });
    const token = await issue();
    expect(await judge(token)).toBe(client.clientId);
    revoked = true;
    expect(await judge(token)).toBe('token_invalid');
  });

  it('forgets what has expired', async () => {
    const revocations = createMemoryRevocations();
    for (let index = 0; index < 3000; index += 1) await revocations.revoke(`j${index}`, later(index), later(index));
    expect(revocations.isRevoked('j0', start)).toBe(false);
    expect(revocations.isRevoked('j2999', start)).toBe(true);
  });
});
