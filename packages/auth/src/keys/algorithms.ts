import type { HmacAlgorithm } from '../tokens/signing-secret.ts';

/** The algorithms with a private and a public key (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

/** Every algorithm that tokens can be signed with. */
export type JwtAlgorithm = HmacAlgorithm | AsymmetricAlgorithm;

/** What a key of an algorithm is, in the words of `node:crypto`, Web Crypto and RFC 7517. */
export interface AlgorithmFacts {
  /** `asymmetricKeyType` of a KeyObject. */
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** What Web Crypto calls the algorithm; a key that was imported with it does nothing else. */
  readonly parameters: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  /** `kty` and `crv` of a JWK. */
  readonly kty: 'RSA' | 'EC' | 'OKP';
  readonly crv?: string;
  /** The members that are public, required ones of RFC 7638 section 3.2: the only ones that ever leave. */
  readonly publicMembers: readonly ('kty' | 'crv' | 'x' | 'y' | 'n' | 'e')[];
  /** For people who read why their key was refused. */
  readonly wanted: string;
}

const rsa = { keyType: 'rsa', kty: 'RSA', publicMembers: ['kty', 'n', 'e'], wanted: 'an RSA key' } as const;

/** What each algorithm asks of its keys. */
export const algorithmFacts: Readonly<Record<AsymmetricAlgorithm, AlgorithmFacts>> = {
  RS256: { ...rsa, parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  PS256: { ...rsa, parameters: { name: 'RSA-PSS', hash: 'SHA-256' } },
  ES256: {
    keyType: 'ec',
    parameters: { name: 'ECDSA', namedCurve: 'P-256' },
    kty: 'EC',
    crv: 'P-256',
    publicMembers: ['kty', 'crv', 'x', 'y'],
    wanted: 'a key on the curve P-256',
  },
  EdDSA: {
    keyType: 'ed25519',
    parameters: { name: 'Ed25519' },
    kty: 'OKP',
    crv: 'Ed25519',
    publicMembers: ['kty', 'crv', 'x'],
    wanted: 'an Ed25519 key',
  },
};

/** Whether tokens under the algorithm are verified by a public key. */
export function isAsymmetric(algorithm: JwtAlgorithm): algorithm is AsymmetricAlgorithm {
  return Object.hasOwn(algorithmFacts, algorithm);
}
