import {
  createPrivateKey,
  createPublicKey,
  hash,
  type JsonWebKey,
  KeyObject,
  sign,
  verify,
  type webcrypto,
} from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import type { JWK } from 'jose';
import { type AlgorithmFacts, type AsymmetricAlgorithm, algorithmFacts } from './algorithms.ts';

/** A private and a public key that belong together, as `crypto.subtle.generateKey` answers them. */
export type KeyPair = { readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey };

/**
 * A key in one of the forms that say what they are: PEM text (PKCS #8, SPKI), a JWK (RFC 7517), a KeyObject, a CryptoKey
 * or a pair of them. A private key signs and verifies, a public one only verifies. Bytes are none of these forms.
 */
export type KeyMaterial = string | JWK | KeyObject | webcrypto.CryptoKey | KeyPair;

/** A key that was checked, imported once, and can do nothing but its algorithm (RFC 8725 section 3.2, R37). */
export interface ImportedKey {
  /** Absent for a public key. */
  readonly signing: webcrypto.CryptoKey | undefined;
  readonly verifying: webcrypto.CryptoKey;
  readonly publicKey: KeyObject;
  /** Only the members of RFC 7638 section 3.2. */
  readonly publicJwk: JWK;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

/** RSA moduli, in bits: R44 sets the least; beyond the most a single verification takes milliseconds. */
const leastModulus = 2048;
const mostModulus = 8192;
const leastExponent = 65_537n;

/**
 * Checks a key and binds it to its algorithm.
 *
 * @param path where the key stands in the configuration
 * @throws ConfigurationError for a key of another type, curve or use, for RSA below 2048 bits or with an exponent below
 * 65537, for halves that do not belong together, and for what is no key. It tells nothing of the key.
 */
export function importKey(material: KeyMaterial, algorithm: AsymmetricAlgorithm, path: string): ImportedKey {
  const facts = algorithmFacts[algorithm];
  const { privateKey, publicKey, native } = readMaterial(material, algorithm, path);
  checkPublicKey(publicKey, facts, algorithm, path);
  if (privateKey !== undefined && !belongTogether(privateKey, publicKey, facts)) {
    throw notTogether(path);
  }
  const publicJwk = publicMembers(publicKey, facts);
  return {
    signing: native ?? privateKey?.toCryptoKey(facts.parameters, false, ['sign']),
    verifying: publicKey.toCryptoKey(facts.parameters, true, ['verify']),
    publicKey,
    publicJwk,
    thumbprint: thumbprintOf(publicJwk),
  };
}

interface Halves {
  readonly privateKey: KeyObject | undefined;
  readonly publicKey: KeyObject;
  /** A private CryptoKey that cannot be read, and so is used as it is. */
  readonly native?: webcrypto.CryptoKey;
}

function readMaterial(material: KeyMaterial, algorithm: AsymmetricAlgorithm, path: string): Halves {
  // Whoever writes JavaScript may hand over anything.
  const given: unknown = material;
  if (typeof given === 'string') return fromPem(given, path);
  if (given instanceof KeyObject) return halvesOf(given, path);
  if (isCryptoKey(given)) return fromCryptoKey(given, algorithm, path);
  if (typeof given === 'object' && given !== null && !ArrayBuffer.isView(given) && !Array.isArray(given)) {
    if ('privateKey' in given && 'publicKey' in given) return fromPair(given, algorithm, path);
    if ('kty' in given) return fromJwk(given as JWK, algorithm, path);
  }
  throw new ConfigurationError(path, 'is neither PEM text nor a JWK, a KeyObject, a CryptoKey or a pair of them');
}

function fromPem(pem: string, path: string): Halves {
  const text = pem.trim();
  if (/^-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(text)) {
    return halvesOf(
      parsed(() => createPrivateKey(text), path),
      path,
    );
  }
  if (/^-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) {
    return halvesOf(
      parsed(() => createPublicKey(text), path),
      path,
    );
  }
  throw new ConfigurationError(path, 'is no PEM text of a private or public key that is not encrypted');
}

function fromJwk(jwk: JWK, algorithm: AsymmetricAlgorithm, path: string): Halves {
  const facts = algorithmFacts[algorithm];
  if (jwk.kty !== facts.kty || jwk.crv !== facts.crv) throw wrongType(facts, algorithm, path);
  if (jwk.alg !== undefined && jwk.alg !== algorithm) {
    throw new ConfigurationError(path, `the JWK is for another algorithm than ${algorithm}`);
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new ConfigurationError(path, 'the JWK is not for signatures');
  const isPrivate = jwk.d !== undefined;
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes(isPrivate ? 'sign' : 'verify')) {
    throw new ConfigurationError(path, `the JWK is not for ${isPrivate ? 'signing' : 'verifying'}`);
  }
  // A copy, as Node's types want a JsonWebKey.
  const key = { ...jwk } as JsonWebKey;
  if (!isPrivate)
    return halvesOf(
      parsed(() => createPublicKey({ key, format: 'jwk' }), path),
      path,
    );
  const halves = halvesOf(
    parsed(() => createPrivateKey({ key, format: 'jwk' }), path),
    path,
  );
  // For Ed25519 Node passes over `x`, and the key would not be the one that its owner knows.
  const own = publicMembers(halves.publicKey, facts);
  if (facts.publicMembers.some((name) => own[name] !== jwk[name])) throw notTogether(path);
  return halves;
}

function fromCryptoKey(key: webcrypto.CryptoKey, algorithm: AsymmetricAlgorithm, path: string): Halves {
  checkCryptoKey(key, algorithm, path);
  if (key.type === 'private' && !key.extractable) {
    throw new ConfigurationError(
      path,
      'a private CryptoKey that cannot be exported comes with its public one, as a pair',
    );
  }
  return halvesOf(KeyObject.from(key), path);
}

function fromPair(pair: object, algorithm: AsymmetricAlgorithm, path: string): Halves {
  const { privateKey, publicKey } = pair as Record<string, unknown>;
  if (!isCryptoKey(privateKey) || !isCryptoKey(publicKey)) {
    throw new ConfigurationError(path, 'a pair is made of two CryptoKeys');
  }
  if (privateKey.type !== 'private' || publicKey.type !== 'public') {
    throw new ConfigurationError(path, 'a pair is made of a private and a public CryptoKey');
  }
  checkCryptoKey(privateKey, algorithm, path);
  checkCryptoKey(publicKey, algorithm, path);
  if (!publicKey.extractable) throw new ConfigurationError(path, 'the public CryptoKey cannot be exported');
  if (privateKey.extractable) return { privateKey: KeyObject.from(privateKey), publicKey: KeyObject.from(publicKey) };
  return { privateKey: undefined, publicKey: KeyObject.from(publicKey), native: privateKey };
}

/** A CryptoKey is bound to its algorithm from birth: it must be ours, never made into ours. */
function checkCryptoKey(key: webcrypto.CryptoKey, algorithm: AsymmetricAlgorithm, path: string): void {
  const facts = algorithmFacts[algorithm];
  const own = key.algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  const { name, hash: wantedHash, namedCurve } = facts.parameters;
  if (own.name !== name || own.hash?.name !== wantedHash || own.namedCurve !== namedCurve) {
    throw new ConfigurationError(path, `the CryptoKey is not bound to ${algorithm}`);
  }
  const usage = key.type === 'private' ? 'sign' : 'verify';
  if (!key.usages.includes(usage)) throw new ConfigurationError(path, `the CryptoKey may not ${usage}`);
}

function halvesOf(key: KeyObject, path: string): Halves {
  if (key.type === 'private') return { privateKey: key, publicKey: createPublicKey(key) };
  if (key.type === 'public') return { privateKey: undefined, publicKey: key };
  throw new ConfigurationError(path, 'is a secret and no key pair');
}

function checkPublicKey(key: KeyObject, facts: AlgorithmFacts, algorithm: AsymmetricAlgorithm, path: string): void {
  if (key.asymmetricKeyType !== facts.keyType) throw wrongType(facts, algorithm, path);
  const details = key.asymmetricKeyDetails ?? {};
  // OpenSSL's name for P-256.
  if (facts.keyType === 'ec' && details.namedCurve !== 'prime256v1') throw wrongType(facts, algorithm, path);
  if (facts.keyType !== 'rsa') return;
  const bits = details.modulusLength ?? 0;
  if (bits < leastModulus || bits > mostModulus) {
    throw new ConfigurationError(path, `an RSA key has ${leastModulus} to ${mostModulus} bits, this one ${bits}`);
  }
  if ((details.publicExponent ?? 0n) < leastExponent) {
    throw new ConfigurationError(path, `the public exponent of an RSA key is ${leastExponent} or more`);
  }
}

/** Node takes a JWK whose private and public members are of two keys; such a key signs what nobody can verify. */
function belongTogether(privateKey: KeyObject, publicKey: KeyObject, facts: AlgorithmFacts): boolean {
  const digest = facts.keyType === 'ed25519' ? null : 'sha256';
  const probe = Buffer.from('sallyport');
  try {
    return verify(digest, probe, publicKey, sign(digest, probe, privateKey));
  } catch {
    return false;
  }
}

function publicMembers(key: KeyObject, facts: AlgorithmFacts): JWK {
  const all = key.export({ format: 'jwk' }) as Record<string, string | undefined>;
  return Object.fromEntries(facts.publicMembers.map((name) => [name, all[name]])) as JWK;
}

/** RFC 7638 section 3: the required members in the order of their names, hashed. */
function thumbprintOf(jwk: JWK): string {
  const members = Object.entries(jwk).sort(([one], [other]) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url');
}

function parsed(read: () => KeyObject, path: string): KeyObject {
  try {
    return read();
  } catch {
    // OpenSSL's words may quote what they stumbled over.
    throw new ConfigurationError(path, 'cannot be read as a key');
  }
}

function notTogether(path: string): ConfigurationError {
  return new ConfigurationError(path, 'the private and the public half do not belong together');
}

function wrongType(facts: AlgorithmFacts, algorithm: AsymmetricAlgorithm, path: string): ConfigurationError {
  return new ConfigurationError(path, `${algorithm} needs ${facts.wanted}`);
}

function isCryptoKey(value: unknown): value is webcrypto.CryptoKey {
  return Object.prototype.toString.call(value) === '[object CryptoKey]';
}
