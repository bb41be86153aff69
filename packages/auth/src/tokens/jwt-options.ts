import type { ClientStore } from '../clients/client.ts';
import type { AsymmetricAlgorithm } from '../keys/algorithms.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { AsymmetricKey, KeyTimes } from '../keys/key-ring.ts';
import type { KeySource } from '../keys/key-set.ts';
import type { RevocationStore } from './revocation.ts';
import type { HmacAlgorithm } from './signing-secret.ts';

/** A secret to sign and verify with. `kid` is compared exactly; a token that names an unknown one is refused (R39). */
export interface SigningKey extends KeyTimes {
  readonly kid?: string;
  readonly secret: string | Uint8Array;
}

/** How keys are read and what becomes of bad ones. */
interface KeyCare {
  /**
   * What a missing or weak key does: stops the start (default), or lets the API start and makes each issue and each
   * verification fail with `key_unusable` (OpenSPP 3.4).
   */
  readonly whenKeyUnusable?: 'fail-start' | 'fail-calls';
  /** How often a function under `key` is asked again, 1 to 3600 seconds; default 60. */
  readonly keyRefreshSeconds?: number;
  /** How long the last good keys serve while that function fails, at most a day; default 3600 (SECURITY 4.5). */
  readonly keyStaleSeconds?: number;
  /** No token may live longer, neither issued nor accepted; default 3600 (R48). */
  readonly maxLifetimeSeconds?: number;
  /** Difference of clocks that is forgiven, at most 30 (R42); default 5. */
  readonly clockToleranceSeconds?: number;
}

/** Secrets for HMAC. */
export interface HmacJwtKeys extends KeyCare {
  /** The one algorithm that is signed with and accepted (RFC 8725 section 3.1). */
  readonly algorithm: HmacAlgorithm;
  /**
   * One secret; or keys, of which the first whose time has come signs and all verify; or a function that tells them
   * again and again. See `checkSigningSecret` for what is accepted.
   */
  readonly key: string | Uint8Array | readonly SigningKey[] | KeySource<HmacJwtKey> | undefined;
}

type HmacJwtKey = string | Uint8Array | readonly SigningKey[] | undefined;

/** Private and public keys, so that others can verify what only this server signs. */
export interface AsymmetricJwtKeys extends KeyCare {
  /** The one algorithm that is signed with and accepted (RFC 8725 section 3.1). EdDSA is Ed25519. */
  readonly algorithm: AsymmetricAlgorithm;
  /**
   * One key; or keys, of which the first private one whose time has come signs and all verify; or a function that tells
   * them again and again. RSA has 2048 bits or more.
   */
  readonly key: KeyMaterial | readonly AsymmetricKey[] | KeySource<AsymmetricJwtKey> | undefined;
}

type AsymmetricJwtKey = KeyMaterial | readonly AsymmetricKey[] | undefined;

/** The keys of one kind of JWT: an algorithm, and the keys that are bound to it. */
export type JwtKeys = HmacJwtKeys | AsymmetricJwtKeys;

/** The claims a token must have (RFC 9068 section 2.2) unless `requireClaims` says otherwise. */
export const accessTokenClaims = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'] as const;

interface JwtRules {
  /** `iss`, compared exactly. */
  readonly issuer: string;
  /** `aud`; a token's list must contain it. The API's name when absent. */
  readonly audience?: string;
  /** Lifetime of tokens whose client has none of its own; default 600 (R48). */
  readonly lifetimeSeconds?: number;
  /** The `typ` of the header: `at+jwt` (RFC 9068, default), or `JWT`, which a token may then leave out. */
  readonly typ?: 'at+jwt' | 'JWT';
  /** Claims without which a token is refused; default {@link accessTokenClaims}. `client_id` is always needed. */
  readonly requireClaims?: readonly string[];
  /** Scopes as one text in `scope` (RFC 9068, default), or as a list in `scopes` (OpenSPP). */
  readonly scopeClaim?: 'scope' | 'scopes';
  /** `token` (default): the token's scopes that the client still holds. `client`: all that the client holds now. */
  readonly scopesFrom?: 'token' | 'client';
  /** Puts the client's epoch into tokens and refuses those of another; default true. */
  readonly epoch?: boolean;
  /** Default: the service `ClientStoreService`. */
  readonly clients?: ClientStore;
  /** How long a client's record is remembered, 0 to 5 seconds; default 0: looked up at each use. */
  readonly clientCacheSeconds?: number;
  /** How many verified tokens are remembered; default 10 000, 0 for none. */
  readonly cacheSize?: number;
  /** Where revoked tokens are remembered; default in memory of this process. */
  readonly revocations?: RevocationStore;
}

/** JWT by HMAC. */
export interface JwtTokenOptions extends HmacJwtKeys, JwtRules {}

/** JWT by a private key. */
export interface AsymmetricJwtTokenOptions extends AsymmetricJwtKeys, JwtRules {}
