import { createHmac, type KeyObject, sign as nodeSign } from 'node:crypto';
import { base64url } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { caller, closeGuardedApis, type GuardedApi, guardedApi } from '../../test-support/guarded-api.ts';
import { claims as base, extensionHeaders } from '../../test-support/jwt.ts';
import { asymmetricAlgorithms, keyPair } from '../../test-support/key-pairs.ts';
import { type AsymmetricAlgorithm, jwtTokens } from '../index.ts';

const claims = { ...base, sub: caller.clientId, client_id: caller.clientId };
const refused = '401 invalid_token';

/** Signs any text under any header, as an attacker's own tools would. */
function forge(
  algorithm: AsymmetricAlgorithm,
  key: KeyObject,
  header: object | string,
  payload: object | string,
): string {
  const input = [header, payload]
    .map((part) => base64url.encode(typeof part === 'string' ? part : JSON.stringify(part)))
    .join('.');
  return `${input}.${signatureOf(algorithm, key, input).toString('base64url')}`;
}

function signatureOf(algorithm: AsymmetricAlgorithm, key: KeyObject, input: string): Buffer {
  const data = Buffer.from(input);
  if (algorithm === 'EdDSA') return nodeSign(null, data, key);
  if (algorithm === 'ES256') return nodeSign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  // 6 is RSA_PKCS1_PSS_PADDING, 1 is RSA_PKCS1_PADDING.
  return nodeSign('sha256', data, algorithm === 'PS256' ? { key, padding: 6, saltLength: 32 } : { key, padding: 1 });
}

function hmacToken(secret: string | Uint8Array, header: object): string {
  const input = `${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(claims))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

afterAll(closeGuardedApis);

describe.each(asymmetricAlgorithms)('hostile tokens to an API of %s', (algorithm) => {
  const pair = keyPair(algorithm);
  const attacker = keyPair(algorithm, 'attacker');
  const header = { alg: algorithm, typ: 'at+jwt', kid: 'one' };
  const sign = (change: object = {}, payload: object | string = claims, key = pair.privateKey) =>
    forge(algorithm, key, { ...header, ...change }, payload);
  let api: GuardedApi;
  beforeAll(async () => {
    api = await guardedApi(
      jwtTokens({ algorithm, key: [{ kid: 'one', key: pair.privatePem }], issuer: 'tests', audience: 'api' }),
    );
  });

  it('take good ones for granted', async () => {
    expect(await api.judge(sign())).toBe('200');
    expect(await api.judge(await api.token())).toBe('200');
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('R36: alg %s', async (alg) => {
    const body = `${base64url.encode(JSON.stringify({ ...header, alg }))}.${base64url.encode(JSON.stringify(claims))}`;
    for (const token of [`${body}.`, `${body}.AA`, sign({ alg })]) expect(await api.judge(token)).toBe(refused);
  });

  it('R36: every other algorithm, under our key and under its own', async () => {
    for (const alg of [
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'ES256',
      'ES256K',
      'ES384',
      'EdDSA',
      'Ed25519',
      'HS256',
      'dir',
    ]) {
      if (alg === algorithm || (alg === 'Ed25519' && algorithm === 'EdDSA')) continue;
      expect(await api.judge(sign({ alg })), alg).toBe(refused);
    }
    for (const other of asymmetricAlgorithms) {
      if (other === algorithm) continue;
      const { privateKey } = keyPair(other);
      for (const alg of [algorithm, other]) {
        expect(await api.judge(forge(other, privateKey, { ...header, alg }, claims)), `${other} as ${alg}`).toBe(
          refused,
        );
      }
    }
  });

  it('R37: the public key as an HMAC secret, in every spelling', async () => {
    const { publicKey, publicPem, publicJwk } = pair;
    const pkcs1 = publicKey.asymmetricKeyType === 'rsa' ? [publicKey.export({ type: 'pkcs1', format: 'pem' })] : [];
    const secrets = [
      publicPem,
      publicPem.trimEnd(),
      publicPem.replaceAll('\n', '\r\n'),
      publicPem.replaceAll(/-----[^-]+-----|\s/g, ''),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(publicJwk),
      publicJwk.x ?? publicJwk.n ?? '',
      Buffer.from(publicJwk.x ?? publicJwk.n ?? '', 'base64url'),
      ...pkcs1,
      '',
    ];
    for (const secret of secrets) {
      for (const alg of ['HS256', algorithm]) {
        expect(await api.judge(hmacToken(secret, { ...header, alg }))).toBe(refused);
      }
    }
  });

  it.each(extensionHeaders)('R38: extensions %o', async (change) => {
    expect(await api.judge(sign(change))).toBe(refused);
  });

  it('R38: an unencoded payload', async () => {
    const first = base64url.encode(JSON.stringify({ ...header, b64: false, crit: ['b64'] }));
    const input = `${first}.${JSON.stringify(claims)}`;
    expect(
      await api.judge(`${input}.${signatureOf(algorithm, pair.privateKey, input).toString('base64url')}`),
    ).not.toBe('200');
  });

  it.each([['two'], ['ONE'], ['one '], [''], ['__proto__'], ['constructor'], [1], [null], [['one']], [undefined]])(
    'R39: key id %o',
    async (kid) => {
      expect(await api.judge(sign({ kid }))).toBe(refused);
    },
  );

  it('R39: keys in the header are neither fetched nor used', async () => {
    const jwk = { ...attacker.publicJwk, alg: algorithm, kid: 'one' };
    const der = attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const smuggled = { jwk, jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x', x5c: [der], x5t: 'AA' };
    for (const kid of ['one', 'attacker', undefined]) {
      expect(await api.judge(sign({ ...smuggled, kid }, claims, attacker.privateKey))).toBe(refused);
    }
    // Beside a good signature they are passed over.
    expect(await api.judge(sign(smuggled))).toBe('200');
  });

  it.each(['JWT', 'jwt', 'id_token', '', 'at+jwt ', 'client-authentication+jwt', 'secevent+jwt', 1, null, undefined])(
    'R40: typ %o',
    async (typ) => {
      expect(await api.judge(sign({ typ }))).toBe(refused);
    },
  );

  it.each([
    [{ iss: 'TESTS' }],
    [{ aud: 'other' }],
    [{ aud: [] }],
    [{ exp: undefined }],
    [{ exp: '9999999999' }],
    [{ exp: claims.iat + 3601 }],
    [{ exp: claims.iat - 6, iat: claims.iat - 60 }],
    [{ iat: claims.iat + 60, exp: claims.iat + 120 }],
    [{ nbf: claims.iat + 6 }],
    [{ sub: undefined }],
    [{ jti: undefined }],
    [{ client_id: 'nobody' }],
    [{ epoch: 2 }],
  ])('R41, R42: %o', async (change) => {
    expect(await api.judge(sign({}, { ...claims, ...change }))).toBe(refused);
  });

  it('R43: other spellings of a good token', async () => {
    const token = sign();
    const [first = '', middle = '', last = ''] = token.split('.');
    const bytes = Buffer.from(last, 'base64url');
    const spellings = [
      `${first}.${middle}.${last}=`,
      `${first}=.${middle}.${last}`,
      `${first}.${middle}.${last}.`,
      `${first}.${middle}.`,
      `${first}.${middle}`,
      `${first}..${last}`,
      `.${middle}.${last}`,
      `${first}.${middle}.${Buffer.concat([bytes, Buffer.from([0])]).toString('base64url')}`,
      `${first}.${middle}.${bytes.subarray(1).toString('base64url')}`,
      `${first}.${middle}.${Buffer.alloc(bytes.length).toString('base64url')}`,
      ...spareBits(last).map((altered) => `${first}.${middle}.${altered}`),
    ];
    // Padding within cannot be read as a header at all (R23).
    for (const spelling of spellings) expect(await api.judge(spelling), spelling).toMatch(/^40[01] invalid_/);
    expect(await api.judge(token)).toBe('200');
  });

  it('R45: more than 8 KB', async () => {
    expect(await api.judge(sign({}, { ...claims, pad: 'x'.repeat(8000) }))).toBe(refused);
  });

  it('R46: members that stand twice, and on a prototype', async () => {
    const twice = (text: string, first: string) => text.replace('{', `{${first},`);
    const text = JSON.stringify(claims);
    // RFC 7519 section 4: the last one counts, in the header and in the claims, for everybody who looks.
    expect(await api.judge(sign({}, twice(text, '"client_id":"nobody"')))).toBe('200');
    expect(await api.judge(sign({}, text.replace(/}$/, ',"client_id":"nobody"}')))).toBe(refused);
    const head = JSON.stringify(header);
    const forged = (changed: string) => forge(algorithm, pair.privateKey, changed, claims);
    expect(await api.judge(forged(head.replace(/}$/, ',"alg":"none"}')))).toBe(refused);
    expect(await api.judge(forged(head.replace(/}$/, ',"kid":"two"}')))).toBe(refused);
    expect(await api.judge(forged(head.replace(/}$/, ',"crit":["x"]}')))).toBe(refused);
    expect(await api.judge(forged(twice(head, '"__proto__":{"crit":["x"]}')))).toBe('200');
    const { client_id: _, ...rest } = claims;
    expect(
      await api.judge(sign({}, twice(JSON.stringify(rest), `"__proto__":{"client_id":"${caller.clientId}"}`))),
    ).toBe(refused);
  });

  it('another key of the same kind, and texts that are no token', async () => {
    expect(await api.judge(sign({}, claims, attacker.privateKey))).toBe(refused);
    for (const payload of ['', '{', '[]', 'null', '1']) expect(await api.judge(sign({}, payload))).toBe(refused);
    for (const bad of ['', '{', '[]', 'null']) {
      expect(await api.judge(forge(algorithm, pair.privateKey, bad, claims))).toBe(refused);
    }
  });
});

/** The spellings that a lax decoder takes for the same bytes. */
function spareBits(text: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return [...alphabet]
    .map((last) => text.slice(0, -1) + last)
    .filter((other) => other !== text && Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url')));
}

describe('hostile tokens to an API of HS256', () => {
  it.each(asymmetricAlgorithms)('R36, R37: tokens by a key of %s', async (algorithm) => {
    const { privateKey } = keyPair(algorithm);
    const api = await guardedApi(
      jwtTokens({
        algorithm: 'HS256',
        key: 'a-signing-secret-of-the-tests-0123456789',
        issuer: 'tests',
        audience: 'api',
      }),
    );
    for (const alg of [algorithm, 'HS256']) {
      expect(await api.judge(forge(algorithm, privateKey, { alg, typ: 'at+jwt' }, claims))).toBe(refused);
    }
    expect(
      await api.judge(hmacToken('a-signing-secret-of-the-tests-0123456789', { alg: 'HS256', typ: 'at+jwt' })),
    ).toBe('200');
  });
});

it('R43: the other signature of ES256 that fits dies with the token', async () => {
  const tokens = jwtTokens({ algorithm: 'ES256', key: keyPair('ES256').privateKey, issuer: 'tests', audience: 'api' });
  const api = await guardedApi(tokens);
  const token = await api.token();
  const at = token.lastIndexOf('.') + 1;
  const bytes = Buffer.from(token.slice(at), 'base64url');
  // (r, n - s) verifies wherever (r, s) does.
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const mirrored = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  const twin = token.slice(0, at) + Buffer.concat([bytes.subarray(0, 32), mirrored]).toString('base64url');
  expect([await api.judge(token), await api.judge(twin)]).toEqual(['200', '200']);
  await tokens.connect({ services: api.api.services, api: { name: 'api', basePath: '' } }).revoke(token, start);
  expect([await api.judge(token), await api.judge(twin)]).toEqual([refused, refused]);
});
