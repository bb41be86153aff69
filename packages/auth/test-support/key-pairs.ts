import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { AsymmetricAlgorithm } from '../src/index.ts';

export interface TestKeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly privatePem: string;
  readonly publicPem: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

const makers: Readonly<Record<AsymmetricAlgorithm, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

export const asymmetricAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** Every private member of a JWK (RFC 7518 section 6, RFC 8037 section 2, RFC 9964 for `priv`). */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'r', 't', 'k', 'priv'];

const made = new Map<string, TestKeyPair>();

/** A pair for the algorithm; the same one for the same name. */
export function keyPair(algorithm: AsymmetricAlgorithm, name = 'one'): TestKeyPair {
  const known = made.get(`${algorithm} ${name}`);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = makers[algorithm]();
  const pair = {
    privateKey,
    publicKey,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateJwk: privateKey.export({ format: 'jwk' }) as JWK,
    publicJwk: publicKey.export({ format: 'jwk' }) as JWK,
  };
  made.set(`${algorithm} ${name}`, pair);
  return pair;
}
