import { createPublicKey, hash, type webcrypto } from 'node:crypto';
import { isKeyId } from '../../keys/key-ring.ts';

/** The algorithms that a foreign JWT may be signed with. `Ed25519` and `EdDSA` are two names of one (RFC 9864). */
export type ForeignAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519';

interface KeyForm {
  /** Algorithms of one family may stand in one verifier (R36). */
  readonly family: 'RS' | 'PS' | 'ES' | 'Ed';
  readonly kty: 'RSA' | 'EC' | 'OKP';
  readonly crv?: string;
  readonly parameters: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
}

const rsa = (family: 'RS' | 'PS', bits: number): KeyForm => ({
  family,
  kty: 'RSA',
  parameters: { name: family === 'RS' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS', hash: `SHA-${bits}` },
});
const ec = (bits: number): KeyForm => ({
  family: 'ES',
  kty: 'EC',
  crv: `P-${bits}`,
  parameters: { name: 'ECDSA', namedCurve: `P-${bits}` },
});
const ed: KeyForm = { family: 'Ed', kty: 'OKP', crv: 'Ed25519', parameters: { name: 'Ed25519' } };

/** RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1. */
export const foreignAlgorithms: Readonly<Record<ForeignAlgorithm, KeyForm>> = {
  RS256: rsa('RS', 256),
  RS384: rsa('RS', 384),
  RS512: rsa('RS', 512),
  PS256: rsa('PS', 256),
  PS384: rsa('PS', 384),
  PS512: rsa('PS', 512),
  ES256: ec(256),
  ES384: ec(384),
  ES512: ec(521),
  EdDSA: ed,
  Ed25519: ed,
};

/** A public key of another server, imported once for each algorithm that it may be used with (R37). */
export interface RemoteKey {
  readonly kid: string | undefined;
  readonly byAlgorithm: ReadonlyMap<ForeignAlgorithm, webcrypto.CryptoKey>;
  /** Tells whether another reading brought the same key. */
  readonly identity: string;
}

const leastModulus = 2048;
const mostModulus = 8192;
const leastExponent = 65_537n;

/**
 * Reads one member of a JWK Set (RFC 7517): for signatures, of the type and curve of one of the algorithms, public.
 * `undefined` for every other: sets hold keys for encryption and for other algorithms, too.
 */
export function readRemoteKey(jwk: unknown, algorithms: readonly ForeignAlgorithm[]): RemoteKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kid, kty, crv, alg, use, key_ops: operations, n, e, x, y } = jwk as Readonly<Record<string, unknown>>;
  if (kid !== undefined && !isKeyId(kid)) return undefined;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  const usable = algorithms.filter((algorithm) => {
    const form = foreignAlgorithms[algorithm];
    const named = alg === undefined || alg === algorithm || (form === ed && (alg === 'EdDSA' || alg === 'Ed25519'));
    return named && kty === form.kty && (form.crv === undefined || crv === form.crv);
  });
  if (usable.length === 0) return undefined;
  try {
    // Only the public members: whatever else the set tells is not looked at.
    const members = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => typeof value === 'string');
    const key = createPublicKey({ key: Object.fromEntries(members) as Record<string, string>, format: 'jwk' });
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
    const weak = modulusLength < leastModulus || modulusLength > mostModulus || publicExponent < leastExponent;
    if (key.asymmetricKeyType === 'rsa' && weak) return undefined;
    const bound = usable.map((algorithm) => {
      const { parameters } = foreignAlgorithms[algorithm];
      return [algorithm, key.toCryptoKey(parameters, false, ['verify'])] as const;
    });
    return {
      kid,
      byAlgorithm: new Map(bound),
      identity: hash('sha256', JSON.stringify([kid, alg, members]), 'base64url'),
    };
  } catch {
    return undefined;
  }
}
