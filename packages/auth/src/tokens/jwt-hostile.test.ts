import { generateKeyPairSync } from 'node:crypto';
import { base64url, CompactSign, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import {
  arrange,
  claims,
  client,
  extensionHeaders,
  header,
  key,
  now,
  raw,
  second,
  sign,
} from '../../test-support/jwt.ts';

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
    expect(await arrange().judge(await sign(claims, {}, Buffer.from(pem)))).toBe('token_invalid');
    const rsa = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
      .sign(privateKey);
    expect(await arrange().judge(rsa)).toBe('token_invalid');
  });

  it.each(extensionHeaders)('R38: extensions %o', async (change) => {
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
