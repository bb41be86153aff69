import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { CompactSign, calculateJwkThumbprint, compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { asymmetricAlgorithms, keyPair, privateMembers } from '../../test-support/key-pairs.ts';
import { algorithmFacts } from './algorithms.ts';
import { importKey, type KeyMaterial } from './key-material.ts';

const text = Buffer.from('signed');

describe.each(asymmetricAlgorithms)('R37: keys for %s', (algorithm) => {
  const pair = keyPair(algorithm);
  const { parameters } = algorithmFacts[algorithm];
  const native = {
    privateKey: pair.privateKey.toCryptoKey(parameters, false, ['sign']),
    publicKey: pair.publicKey.toCryptoKey(parameters, true, ['verify']),
  };

  it.each<[string, KeyMaterial]>([
    ['PEM', pair.privatePem],
    ['PEM between blank lines', `\n${pair.privatePem}\n`],
    ['a JWK', pair.privateJwk],
    ['a JWK that says what it is for', { ...pair.privateJwk, alg: algorithm, use: 'sig', key_ops: ['sign'] }],
    ['a KeyObject', pair.privateKey],
    ['a CryptoKey', pair.privateKey.toCryptoKey(parameters, true, ['sign'])],
    ['a pair of CryptoKeys', native],
    ['a pair that may be read', { ...native, privateKey: pair.privateKey.toCryptoKey(parameters, true, ['sign']) }],
  ])('are taken as %s, and bound', async (_, material) => {
    const key = importKey(material, algorithm, 'key');
    if (key.signing === undefined) throw new Error('no private half');
    const token = await new CompactSign(text).setProtectedHeader({ alg: algorithm }).sign(key.signing);
    expect(Buffer.from((await compactVerify(token, key.verifying)).payload)).toEqual(text);
    expect(key.signing).toMatchObject({ extractable: false, usages: ['sign'], algorithm: { name: parameters.name } });
    expect(key.verifying).toMatchObject({ usages: ['verify'], algorithm: { name: parameters.name } });
    expect(key.thumbprint).toBe(await calculateJwkThumbprint(pair.publicJwk));
    expect(key.publicJwk).toEqual(pair.publicJwk);
    for (const member of privateMembers) expect(key.publicJwk).not.toHaveProperty(member);
  });

  it.each<[string, KeyMaterial]>([
    ['PEM', pair.publicPem],
    ['a JWK', pair.publicJwk],
    ['a KeyObject', pair.publicKey],
    ['a CryptoKey', native.publicKey],
  ])('verify only, where they are public: %s', (_, material) => {
    const key = importKey(material, algorithm, 'key');
    expect(key.signing).toBeUndefined();
    expect(key.publicJwk).toEqual(pair.publicJwk);
  });

  it('are refused where they are for something else', async () => {
    const other = keyPair(algorithm === 'ES256' ? 'EdDSA' : 'ES256');
    const twin = keyPair(algorithm, 'two');
    const bad: [string, unknown][] = [
      ['another type', other.privatePem],
      ['another type', other.privateJwk],
      ['another type', other.privateKey],
      ['another algorithm', { ...pair.privateJwk, alg: 'RS512' }],
      ['encryption', { ...pair.privateJwk, use: 'enc' }],
      ['another operation', { ...pair.privateJwk, key_ops: ['verify'] }],
      ['another operation', { ...pair.publicJwk, key_ops: ['sign'] }],
      ['a private CryptoKey alone', native.privateKey],
      ['a pair the wrong way round', { privateKey: native.publicKey, publicKey: native.publicKey }],
      ['halves of two pairs', { ...twin.publicJwk, d: pair.privateJwk.d }],
      ['a pair of KeyObjects', { privateKey: pair.privateKey, publicKey: pair.publicKey }],
      ['bytes', pair.privateKey.export({ type: 'pkcs8', format: 'der' })],
      ['bytes of PEM', Buffer.from(pair.privatePem)],
      ['text that is no PEM', 'a-signing-secret-of-the-tests-0123456789'],
      ['broken PEM', pair.privatePem.replace(/\n.{20}/, '\n')],
      ['encrypted PEM', encrypted(pair.privateKey)],
      ['a symmetric JWK', { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') }],
      ['nothing', undefined],
      ['null', null],
      ['a list', [pair.privatePem]],
    ];
    for (const [what, material] of bad) {
      const given = () => importKey(material as KeyMaterial, algorithm, 'jwtTokens.key[1]');
      expect(given, what).toThrow(ConfigurationError);
      expect(given, what).toThrow(/^jwtTokens\.key\[1\]: /);
    }
  });

  it('are not told in the refusal', () => {
    const { d = '' } = pair.privateJwk;
    for (const material of [{ ...pair.privateJwk, use: 'enc' }, `${pair.privatePem.slice(0, 120)}`]) {
      try {
        importKey(material, algorithm, 'key');
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain(d.slice(0, 12));
        expect(String(error)).not.toContain(pair.privatePem.slice(40, 60));
        expect((error as Error).cause).toBeUndefined();
      }
    }
  });
});

function encrypted(key: ReturnType<typeof keyPair>['privateKey']): string {
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
}

describe('R44: weak keys', () => {
  it.each([512, 1024, 2047])('RSA of %i bits is refused', (bits) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    for (const algorithm of ['RS256', 'PS256'] as const) {
      expect(() => importKey(privateKey, algorithm, 'key')).toThrow(/2048/);
      expect(() => importKey(publicKey, algorithm, 'key')).toThrow(/2048/);
    }
  });

  it('RSA with an exponent of 3, and a giant, are refused', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    expect(() => importKey(small.publicKey, 'RS256', 'key')).toThrow(/exponent/);
    const n = Buffer.alloc(2048, 0xc3).toString('base64url');
    expect(() => importKey({ kty: 'RSA', n, e: 'AQAB' }, 'RS256', 'key')).toThrow(/8192/);
  });

  it('RSA-PSS keys, other curves and points beside the curve are refused', async () => {
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    expect(() => importKey(pss.privateKey, 'PS256', 'key')).toThrow(ConfigurationError);
    for (const namedCurve of ['P-384', 'secp256k1']) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve });
      expect(() => importKey(privateKey, 'ES256', 'key')).toThrow(/P-256/);
    }
    expect(() => importKey(generateKeyPairSync('ed448').privateKey, 'EdDSA', 'key')).toThrow(/Ed25519/);
    expect(() => importKey(generateKeyPairSync('x25519').privateKey, 'EdDSA', 'key')).toThrow(/Ed25519/);
    const { x } = keyPair('ES256', 'two').publicJwk;
    expect(() => importKey({ ...keyPair('ES256').publicJwk, ...(x && { x }) }, 'ES256', 'key')).toThrow(
      /cannot be read/,
    );
    const wrongHash = await webcrypto.subtle.generateKey(
      { name: 'RSA-PSS', hash: 'SHA-512', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    );
    expect(() => importKey(wrongHash, 'PS256', 'key')).toThrow(/not bound to PS256/);
  });
});
