import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { asymmetricAlgorithms, keyPair, privateMembers } from '../../test-support/key-pairs.ts';
import { type ClientKeySet, checkKeySet } from '../index.ts';

const one = keyPair('ES256').publicJwk;
const check = (...keys: readonly unknown[]) => checkKeySet({ keys: keys as JWK[] }, 'jwks').keys;

describe('the keys that a client is given', () => {
  it.each(asymmetricAlgorithms)('serve %s, and keep only what is needed', (alg) => {
    const { publicJwk } = keyPair(alg);
    const more = { x5c: ['x'], x5u: 'https://evil.test', iat: 1, ext: true, key_ops: ['verify'] };
    expect(check({ ...publicJwk, ...more, alg, kid: 'a' })).toEqual([{ ...publicJwk, kid: 'a', use: 'sig', alg }]);
  });

  it('are named the algorithm of their type when they name none', () => {
    const named = (jwk: JWK) => check(jwk).map(({ alg }) => alg);
    expect(named(keyPair('RS256').publicJwk)).toEqual(['RS256']);
    expect(named(one)).toEqual(['ES256']);
    expect(named(keyPair('EdDSA').publicJwk)).toEqual(['EdDSA']);
    expect(named({ ...keyPair('EdDSA').publicJwk, alg: 'Ed25519' })).toEqual(['Ed25519']);
  });

  it('are public', () => {
    for (const alg of asymmetricAlgorithms) {
      expect(() => check(keyPair(alg).privateJwk)).toThrow('jwks.keys[0]: is a private or secret key');
    }
    for (const member of privateMembers.filter((name) => !['r', 't'].includes(name))) {
      expect(() => check(one, { ...one, [member]: 'AQAB' })).toThrow('jwks.keys[1]: is a private or secret key');
    }
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0';
    try {
      check({ kty: 'oct', k: secret, alg: 'HS256' });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(secret);
    }
  });

  it('are no weak ones, and of no other algorithm or use', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    expect(() => check(weak)).toThrow('jwks.keys[0]: an RSA key has 2048');
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
    for (const jwk of [p384, { ...one, alg: 'ES384' }, { ...one, alg: 'none' }, { ...one, alg: 1 }, { kty: 'x' }]) {
      expect(() => check(jwk)).toThrow('jwks.keys[0]: is for none of the algorithms');
    }
    expect(() => check({ ...one, alg: 'RS256' })).toThrow('jwks.keys[0]: RS256 needs an RSA key');
    expect(() => check({ ...one, alg: 'Ed25519' })).toThrow('jwks.keys[0]: EdDSA needs an Ed25519 key');
    expect(() => check({ ...one, use: 'enc' })).toThrow('not for signatures');
    expect(() => check({ ...one, key_ops: ['sign'] })).toThrow('not for verifying');
    expect(() => check({ ...one, x: one.y })).toThrow('cannot be read as a key');
  });

  it('are told apart by their ids', () => {
    const two = keyPair('ES256', 'two').publicJwk;
    expect(check({ ...one, kid: 'a' }, { ...two, kid: 'b' })).toHaveLength(2);
    for (const [first, second] of [
      [{}, {}],
      [{ kid: 'a' }, {}],
      [{ kid: 'a' }, { kid: 'a' }],
    ]) {
      expect(() => check({ ...one, ...first }, { ...two, ...second })).toThrow('jwks: every key needs a `kid`');
    }
    for (const kid of ['', 'a b', 'é', 'x'.repeat(129), 1, null]) {
      expect(() => check({ ...one, kid })).toThrow('jwks.keys[0].kid:');
    }
  });

  it('are a JWK Set of 1 to 16', () => {
    for (const set of [undefined, null, [], [one], one, 'x', { keys: one }]) {
      expect(() => checkKeySet(set as unknown as ClientKeySet, 'jwks')).toThrow('jwks: is no JWK Set');
    }
    const many = Array.from({ length: 17 }, (_, index) => ({ ...one, kid: `k${index}` }));
    expect(() => check(...many)).toThrow('1 to 16 keys, this one 17');
    expect(check(...many.slice(1))).toHaveLength(16);
    expect(() => check()).toThrow('1 to 16 keys');
    for (const key of [null, 'x', [], {}, { kty: 1 }]) expect(() => check(key)).toThrow('jwks.keys[0]: is no JWK');
  });
});
