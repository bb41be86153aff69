import { createPrivateKey, createPublicKey } from 'node:crypto';
import { shannonEntropy } from '../lib/entropy.ts';

/** The HMAC algorithms of RFC 7518 section 3.2. */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Hash and shortest key (its own size in bytes) of each algorithm. */
export const hmacHash: Readonly<Record<HmacAlgorithm, { readonly hash: string; readonly bytes: number }>> = {
  HS256: { hash: 'SHA-256', bytes: 32 },
  HS384: { hash: 'SHA-384', bytes: 48 },
  HS512: { hash: 'SHA-512', bytes: 64 },
};

/** Least Shannon entropy of a signing secret, in bits for each character. */
const leastEntropy = 3;

/** `kty` marks a JWK, this a PEM. Public or private: such a text is meant for another algorithm (RFC 8725 section 3.1). */
const pem = /-----BEGIN [A-Z0-9 ]+-----/;
const jwk = /^\s*\{[\s\S]*"kty"\s*:/;

/**
 * Why the secret must not sign tokens, or `undefined` when it may: it is at least as long as the hash (RFC 7518
 * section 3.2, R44; in characters and in bytes), and no repetition of a few characters (3.0 bits of Shannon entropy for
 * each). Under HS256 these are the rules of OpenSPP 3.4. A key pair's text or bytes are no secret: whoever knows the public
 * half could sign (R37). The answer tells nothing of the secret.
 */
export function checkSigningSecret(secret: string | Uint8Array, algorithm: HmacAlgorithm): string | undefined {
  const { bytes } = hmacHash[algorithm];
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) return 'a signing secret is text or bytes';
  if (secret.length < bytes || Buffer.byteLength(secret) < bytes) {
    return `a signing secret for ${algorithm} has at least ${bytes} ${typeof secret === 'string' ? 'characters' : 'bytes'}`;
  }
  if (shannonEntropy(secret) < leastEntropy) return 'the signing secret is too regular';
  if (isKeyPair(secret)) return 'this is a private or public key and no signing secret';
  return undefined;
}

function isKeyPair(secret: string | Uint8Array): boolean {
  const text = typeof secret === 'string' ? secret : Buffer.from(secret).toString('latin1');
  if (pem.test(text) || jwk.test(text)) return true;
  if (typeof secret === 'string') return false;
  const key = Buffer.from(secret);
  return (
    reads(() => createPublicKey({ key, format: 'der', type: 'spki' })) ||
    reads(() => createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  );
}

function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
