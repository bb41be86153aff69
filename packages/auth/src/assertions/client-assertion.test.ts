import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, sign as nodeSign } from 'node:crypto';
import { base64url, CompactSign, type JWK } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { asymmetricAlgorithms, keyPair } from '../../test-support/key-pairs.ts';
import {
  type AssertionRequest,
  createMemoryUsedAssertions,
  type UsedAssertions,
  verifyClientAssertion,
} from '../index.ts';

const now = Math.floor(start.getTime() / 1000);
const issuer = 'https://auth.test';
const endpoint = 'https://auth.test/oauth/token';
const claims = { iss: 'app', sub: 'app', aud: issuer, iat: now, exp: now + 60, jti: 'j-1' };
const pair = keyPair('ES256');
const header = { alg: 'ES256', kid: 'one' };

const sign = (payload: object | string = claims, change: object = {}, key: KeyObject = pair.privateKey) =>
  new CompactSign(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .setProtectedHeader({ ...header, ...change })
    .sign(key);

function arrange(change: Partial<AssertionRequest> = {}, keys: readonly JWK[] = [{ ...pair.publicJwk, kid: 'one' }]) {
  const used = createMemoryUsedAssertions();
  const keysOf = vi.fn((clientId: string) => (clientId === 'app' ? keys : undefined));
  const judge = async (assertion: string, at = start) =>
    (await verifyClientAssertion({ assertion, keysOf, audience: [issuer, endpoint], now: at, used, ...change }))
      ?.clientId;
  return { judge, keysOf };
}

describe('R49: a client assertion', () => {
  it.each(asymmetricAlgorithms)('by %s proves the client, once', async (alg) => {
    const { privateKey, publicJwk } = keyPair(alg);
    const { judge } = arrange({}, [{ ...publicJwk, kid: 'one', alg }]);
    const assertion = await sign(claims, { alg }, privateKey);
    expect([await judge(assertion), await judge(assertion)]).toEqual(['app', undefined]);
    // Signed anew, with the same `jti`.
    expect(await judge(await sign({ ...claims, exp: now + 61 }, { alg }, privateKey))).toBeUndefined();
    expect(await judge(await sign({ ...claims, jti: 'j-2' }, { alg }, privateKey))).toBe('app');
  });

  it('may be meant for the issuer or the token endpoint, and for nobody else', async () => {
    const { judge } = arrange();
    let jti = 0;
    const meant = async (aud: unknown) => judge(await sign({ ...claims, jti: `a${jti++}`, aud }));
    for (const aud of [issuer, endpoint, [issuer], [issuer, endpoint]]) expect(await meant(aud)).toBe('app');
    const others = [
      undefined,
      null,
      '',
      [],
      [issuer, 'https://evil.test'],
      `${issuer}/`,
      issuer.toUpperCase(),
      [[issuer]],
    ];
    for (const aud of [...others, { 0: issuer }, 1, `${issuer} ${endpoint}`]) expect(await meant(aud)).toBeUndefined();
  });

  it.each([
    [{ iss: 'other' }],
    [{ sub: 'other' }],
    [{ sub: undefined }],
    [{ iss: undefined }],
    [{ iss: undefined, sub: undefined }],
    [{ iss: ['app'], sub: ['app'] }],
    [{ iss: 'APP', sub: 'APP' }],
    [{ iss: '__proto__', sub: '__proto__' }],
    [{ iss: 'a\u00e9', sub: 'a\u00e9' }],
    [{ exp: undefined }],
    [{ exp: String(now + 60) }],
    [{ exp: now + 60.5 }],
    [{ exp: now - 5 }],
    [{ exp: now + 306 }],
    [{ exp: 2 ** 53 }],
    [{ iat: now + 6 }],
    [{ iat: now - 306 }],
    [{ iat: now + 3, exp: now + 2 }],
    [{ iat: '1' }],
    [{ iat: null }],
    [{ nbf: now + 6 }],
    [{ nbf: 'x' }],
    [{ jti: undefined }],
    [{ jti: '' }],
    [{ jti: 1 }],
    [{ jti: ['j'] }],
    [{ jti: { $ne: null } }],
    [{ jti: 'x'.repeat(257) }],
  ])('with %o is refused, and used up by nothing', async (change) => {
    const { judge } = arrange();
    expect(await judge(await sign({ ...claims, ...change }))).toBeUndefined();
    expect(await judge(await sign())).toBe('app');
  });

  it('forgives five seconds, and does without `iat`', async () => {
    const { judge } = arrange();
    let jti = 0;
    const at = async (change: object) => judge(await sign({ ...claims, jti: `t${jti++}`, ...change }));
    expect(await at({ exp: now + 305 })).toBe('app');
    expect(await at({ exp: now - 4, iat: now - 60 })).toBe('app');
    expect(await at({ iat: now + 5, nbf: now + 5 })).toBe('app');
    expect(await at({ iat: undefined })).toBe('app');
  });

  it('names the client that the request names', async () => {
    expect(await arrange({ clientId: 'app' }).judge(await sign())).toBe('app');
    expect(await arrange({ clientId: 'other' }).judge(await sign())).toBeUndefined();
    expect(await arrange({ clientId: '' }).judge(await sign())).toBeUndefined();
  });
});

describe('the key of a client assertion', () => {
  const other = keyPair('ES256', 'two');
  const listed: JWK[] = [
    { ...pair.publicJwk, kid: 'one' },
    { ...other.publicJwk, kid: 'two' },
  ];

  it('R39: is the one of exactly that id', async () => {
    const { judge } = arrange({}, listed);
    expect(await judge(await sign())).toBe('app');
    expect(await judge(await sign({ ...claims, jti: '2' }, { kid: 'two' }, other.privateKey))).toBe('app');
    for (const kid of ['two', 'three', 'ONE', '', '__proto__', 1, null, undefined]) {
      expect(await judge(await sign({ ...claims, jti: '3' }, { kid }))).toBeUndefined();
    }
    const twins = arrange({}, [...listed, { ...keyPair('ES256', 'x').publicJwk, kid: 'one' }]);
    expect(await twins.judge(await sign())).toBeUndefined();
  });

  it('may go without an id where the client has one key', async () => {
    expect(await arrange({}, [pair.publicJwk]).judge(await sign(claims, { kid: undefined }))).toBe('app');
    expect(await arrange().judge(await sign(claims, { kid: undefined }))).toBe('app');
    expect(await arrange({}, [pair.publicJwk]).judge(await sign())).toBeUndefined();
  });

  it('R36: is bound to one algorithm', async () => {
    const rsa = keyPair('RS256');
    const by = async (jwk: JWK, alg: string, key = rsa.privateKey) =>
      arrange({}, [{ ...jwk, kid: 'one' }]).judge(await sign(claims, { alg }, key));
    expect(await by(rsa.publicJwk, 'RS256')).toBe('app');
    expect(await by(rsa.publicJwk, 'PS256')).toBeUndefined();
    expect(await by({ ...rsa.publicJwk, alg: 'PS256' }, 'PS256')).toBe('app');
    expect(await by({ ...rsa.publicJwk, alg: 'PS256' }, 'RS256')).toBeUndefined();
    for (const alg of ['RS384', 'RS512', 'PS512']) expect(await by({ ...rsa.publicJwk, alg }, alg)).toBeUndefined();
    expect(await by({ ...rsa.publicJwk, use: 'enc' }, 'RS256')).toBeUndefined();
    expect(await by(rsa.privateJwk, 'RS256')).toBeUndefined();
  });

  it('RFC 9864: Ed25519 and EdDSA are two names of one algorithm', async () => {
    const { privateKey, publicJwk } = keyPair('EdDSA');
    for (const own of [{}, { alg: 'EdDSA' }, { alg: 'Ed25519' }]) {
      for (const alg of ['EdDSA', 'Ed25519']) {
        const { judge } = arrange({}, [{ ...publicJwk, ...own, kid: 'one' }]);
        const assertion = await sign(claims, { alg }, privateKey);
        expect([await judge(assertion), await judge(assertion)]).toEqual(['app', undefined]);
        const stranger = await sign({ ...claims, jti: 'j-2' }, { alg }, keyPair('EdDSA', 'two').privateKey);
        expect(await judge(stranger)).toBeUndefined();
      }
    }
    for (const alg of ['Ed448', 'ed25519', 'ESP256']) {
      const input = [{ ...header, alg }, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
      const signature = nodeSign(null, Buffer.from(input), privateKey).toString('base64url');
      expect(await arrange({}, [{ ...publicJwk, kid: 'one' }]).judge(`${input}.${signature}`)).toBeUndefined();
    }
    // A key of another type under the name.
    const { privateKey: ec, publicJwk: point } = pair;
    for (const jwk of [point, { ...point, alg: 'Ed25519' }, { ...publicJwk, alg: 'ES256' }]) {
      const assertion = await sign(claims, { alg: 'Ed25519' }, privateKey);
      expect(await arrange({}, [{ ...jwk, kid: 'one' }]).judge(assertion)).toBeUndefined();
    }
    expect(await arrange({}, [{ ...publicJwk, kid: 'one' }]).judge(await sign(claims, {}, ec))).toBeUndefined();
  });

  it('R44: is not weak', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const input = [{ ...header, alg: 'RS256' }, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
    const signature = nodeSign('sha256', Buffer.from(input), privateKey).toString('base64url');
    const jwk = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'one' };
    expect(await arrange({}, [jwk]).judge(`${input}.${signature}`)).toBeUndefined();
  });

  it('R36, R37: is no secret, neither the client secret nor the public key', async () => {
    const { judge } = arrange();
    const secrets = [pair.publicPem, JSON.stringify(pair.publicJwk), pair.publicJwk.x ?? '', ''];
    for (const secret of secrets) {
      for (const alg of ['HS256', 'ES256', 'none', 'NONE', '']) {
        const input = [{ ...header, alg }, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
        expect(
          await judge(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`),
        ).toBeUndefined();
        expect(await judge(`${input}.`)).toBeUndefined();
      }
    }
    const oct = { kty: 'oct', k: base64url.encode('x'.repeat(32)), kid: 'one', alg: 'HS256' };
    const input = [{ ...header, alg: 'HS256' }, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
    const token = `${input}.${createHmac('sha256', 'x'.repeat(32)).update(input).digest('base64url')}`;
    expect(await arrange({}, [oct]).judge(token)).toBeUndefined();
  });

  it('R39: is never one that the assertion brings along', async () => {
    const jwk = { ...other.publicJwk, kid: 'one' };
    const smuggled = { jwk, jku: 'https://evil.test/', x5u: 'https://evil.test/' };
    for (const kid of ['one', 'two', undefined]) {
      expect(await arrange().judge(await sign(claims, { ...smuggled, kid }, other.privateKey))).toBeUndefined();
    }
  });

  it('an unknown client takes the same steps as a wrong key', async () => {
    const { judge, keysOf } = arrange();
    for (const alg of asymmetricAlgorithms) {
      const { privateKey } = keyPair(alg, 'stranger');
      expect(await judge(await sign({ ...claims, iss: 'who', sub: 'who' }, { alg }, privateKey))).toBeUndefined();
      expect(await judge(await sign(claims, { alg }, privateKey))).toBeUndefined();
    }
    expect(keysOf.mock.calls.map(([id]) => id)).toEqual(Array(4).fill(['who', 'app']).flat());
  });

  it('the keys of nobody open nothing, though their private halves are no secret', async () => {
    // The base point of P-256 is the public key of the private key 1.
    const x = 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY';
    const y = 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU';
    const d = Buffer.from([...new Uint8Array(31), 1]).toString('base64url');
    const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
    expect(await arrange().judge(await sign({ ...claims, iss: 'who', sub: 'who' }, {}, key))).toBeUndefined();
    expect(await arrange().judge(await sign(claims, { kid: 'nobody' }, key))).toBeUndefined();
  });
});

describe('the form of a client assertion', () => {
  it.each(['at+jwt', 'application/at+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', '', 1, null])(
    'R40: typ %o',
    async (typ) => {
      expect(await arrange().judge(await sign(claims, { typ }))).toBeUndefined();
    },
  );

  it.each(['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])(
    'takes typ %s',
    async (typ) => {
      expect(await arrange().judge(await sign(claims, { typ }))).toBe('app');
    },
  );

  it('R38: extensions are refused', async () => {
    const { judge } = arrange();
    for (const extra of [{ crit: ['exp'] }, { crit: [] }, { b64: true }, { b64: false, crit: ['b64'] }]) {
      const first = base64url.encode(JSON.stringify({ ...header, ...extra }));
      const [, middle, last] = (await sign()).split('.');
      expect(await judge(`${first}.${middle}.${last}`)).toBeUndefined();
    }
  });

  it('R43, R45: other spellings, and more than 8 KB', async () => {
    const { judge } = arrange();
    const assertion = await sign();
    const [first, middle, last] = assertion.split('.');
    const spellings = [
      ` ${assertion}`,
      `${assertion}\n`,
      `${assertion}=`,
      `${assertion}.`,
      `${first}.${middle}`,
      '',
      '..',
    ];
    for (const spelling of [
      ...spellings,
      `${first}=.${middle}.${last}`,
      await sign({ ...claims, pad: 'x'.repeat(8192) }),
    ]) {
      expect(await judge(spelling)).toBeUndefined();
    }
    expect(await judge(assertion)).toBe('app');
  });

  it('R46: members that stand twice or on a prototype, and what is no object', async () => {
    const { judge } = arrange();
    const text = JSON.stringify(claims);
    for (const payload of [
      text.replace('{', '{"iss":"other",'),
      text.replace(/}$/, ',"jti":"j-9"}'),
      text.replace('{', '{"__proto__":{"sub":"app"},'),
      '',
      '{',
      '[]',
      'null',
      '1',
    ]) {
      expect(await judge(await sign(payload))).toBeUndefined();
    }
    expect(await judge(await sign(text))).toBe('app');
  });
});

describe('stores that fail', () => {
  const down = () => Promise.reject(new Error('down'));

  it('R27: are 503, never yes', async () => {
    const broken: Partial<AssertionRequest>[] = [
      { used: { use: down } },
      {
        used: {
          use: () => {
            throw new Error('down');
          },
        },
      },
      { keysOf: down },
    ];
    for (const change of broken) {
      await expect(arrange(change).judge(await sign())).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    }
    for (const answer of [undefined, null, 1, 'true', {}]) {
      const used = { use: async () => answer } as unknown as UsedAssertions;
      expect(await arrange({ used }).judge(await sign())).toBeUndefined();
    }
  });

  it('are not asked about what is no good anyway', async () => {
    const use = vi.fn(() => true);
    const { judge } = arrange({ used: { use } });
    await judge(await sign(claims, {}, keyPair('ES256', 'two').privateKey));
    await judge(await sign({ ...claims, aud: 'x' }));
    expect(use).not.toHaveBeenCalled();
    await judge(await sign());
    // Remembered beyond its end, by the tolerance and a minute.
    expect(use).toHaveBeenCalledWith(expect.stringMatching(/^[\w-]{43}$/), later(60 + 5 + 60), start);
  });
});
