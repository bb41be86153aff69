import { ConfigurationError } from '@sallyport/core';
import type { JWK } from 'jose';
import { type AsymmetricAlgorithm, algorithmFacts, isAsymmetric } from '../keys/algorithms.ts';
import { type ImportedKey, importKey } from '../keys/key-material.ts';

/** What a header says of the key that signed. */
export interface KeyChoice {
  readonly algorithm: AsymmetricAlgorithm;
  /** `undefined`: the header names none. */
  readonly kid: unknown;
}

/**
 * The client's key of exactly this id and algorithm; without an id the only key that the client has. A key serves one
 * algorithm: its `alg`, or that of its type (RSA without `alg` is RS256). Keys with a private member, weak ones and
 * those of another use serve nothing.
 */
export function chooseKey(keys: readonly JWK[], choice: KeyChoice): ImportedKey | undefined {
  const { algorithm, kid } = choice;
  const named = kid === undefined ? keys : keys.filter((key) => typeof kid === 'string' && key.kid === kid);
  const [jwk] = named;
  if (jwk === undefined || named.length !== 1 || jwk.d !== undefined || keyAlgorithm(jwk) !== algorithm) {
    return undefined;
  }
  try {
    return importKey({ ...jwk, alg: algorithm }, algorithm, 'jwks');
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** The algorithm that a key serves: its `alg`, or that of its type. `undefined`: none of ours. */
export function keyAlgorithm(jwk: JWK): AsymmetricAlgorithm | undefined {
  if (jwk.alg !== undefined) return algorithmIn(jwk.alg);
  const fitting = Object.entries(algorithmFacts).find(([, facts]) => facts.kty === jwk.kty && facts.crv === jwk.crv);
  return algorithmIn(fitting?.[0]);
}

/**
 * The algorithm that a header or a key names, if it is one of ours: never `none`, never HMAC. `Ed25519` (RFC 9864) is
 * what `EdDSA` with such a key is.
 */
export function algorithmIn(alg: unknown): AsymmetricAlgorithm | undefined {
  if (alg === 'Ed25519') return 'EdDSA';
  // `isAsymmetric` looks at own properties of a table.
  const name = typeof alg === 'string' ? (alg as AsymmetricAlgorithm) : undefined;
  return name !== undefined && isAsymmetric(name) ? name : undefined;
}

const modulus = Buffer.alloc(256, 0xc5).toString('base64url');

/** Keys of nobody: the base points of the curves, and a modulus that is a pattern. Whoever signs by them gains nothing. */
const strangers: Readonly<Record<AsymmetricAlgorithm, JWK>> = {
  RS256: { kty: 'RSA', n: modulus, e: 'AQAB' },
  PS256: { kty: 'RSA', n: modulus, e: 'AQAB' },
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
    y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
  },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: 'WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY' },
};

/**
 * A key to check against where a client is unknown or has no fitting key, so that this takes the same steps as a wrong
 * signature (SECURITY 4.2). What verifies by it is refused all the same.
 */
export function strangerKey(algorithm: AsymmetricAlgorithm): ImportedKey {
  return importKey(strangers[algorithm], algorithm, 'jwks');
}
