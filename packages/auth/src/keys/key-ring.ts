import type { webcrypto } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import type { JWK } from 'jose';
import type { AsymmetricAlgorithm } from './algorithms.ts';
import { type ImportedKey, importKey, type KeyMaterial } from './key-material.ts';

/** When a key signs. Both ends may be absent. */
export interface KeyTimes {
  /** It signs from this moment. It verifies, and is published, as long as it stands in the list. */
  readonly notBefore?: Date;
  /** It signs until this moment; it verifies until the last token that it can have signed has expired. */
  readonly retireAfter?: Date;
}

/** A key with a private and a public half, or the public half of one: then it only verifies. */
export interface AsymmetricKey extends KeyTimes {
  /** Compared exactly (R39); the JWK's own or its thumbprint (RFC 7638) when absent. */
  readonly kid?: string;
  readonly key: KeyMaterial;
}

/** A key at work: imported, bound to its algorithm, its times in milliseconds. */
export interface BoundKey {
  /** `undefined`: tokens name no key. Only a single HMAC secret has none. */
  readonly kid: string | undefined;
  /** Absent where only the public half is known. */
  readonly signing: webcrypto.CryptoKey | undefined;
  readonly verifying: webcrypto.CryptoKey;
  /** What may be published; absent for HMAC. */
  readonly publicJwk: JWK | undefined;
  /** Tells whether another reading brought the same key; nothing that may be shown. */
  readonly identity: string;
  readonly signsFrom: number;
  readonly signsUntil: number;
  readonly verifiesUntil: number;
}

/** An ordered set of keys. By exact `kid`, in a map of its own: nothing falls back to another key (R39). */
export interface KeyRing {
  readonly keys: readonly BoundKey[];
  readonly byId: ReadonlyMap<string | undefined, BoundKey>;
}

/** Visible characters, so that an id looks in logs and headers as it is. */
const keyId = /^[\x21-\x7e]{1,128}$/;

/** Whether it can be the `kid` of a key. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && keyId.test(kid);
}

/**
 * The ring of a list of keys.
 *
 * @param afterlifeSeconds how long a key verifies after its last signature: the longest life of a token and the
 * tolerance of clocks
 * @throws ConfigurationError for an empty list, a key that is refused, two of one `kid`, and times that are none
 */
export function asymmetricRing(
  entries: readonly AsymmetricKey[],
  algorithm: AsymmetricAlgorithm,
  afterlifeSeconds: number,
  path: string,
): KeyRing {
  if (!Array.isArray(entries) || entries.length === 0) throw new ConfigurationError(path, 'there is no key');
  const bound = entries.map((entry, index) => {
    const place = entries.length === 1 ? path : `${path}[${index}]`;
    const imported = importKey(entry.key, algorithm, place);
    const kid = kidOf(entry, imported, place);
    return {
      kid,
      signing: imported.signing,
      verifying: imported.verifying,
      publicJwk: Object.freeze({ ...imported.publicJwk, kid, use: 'sig', alg: algorithm }),
      identity: imported.thumbprint,
      ...timesOf(entry, afterlifeSeconds, place),
    };
  });
  return ringOf(bound, path);
}

function kidOf(entry: AsymmetricKey, imported: ImportedKey, path: string): string {
  const own: unknown = typeof entry.key === 'object' && 'kty' in entry.key ? entry.key.kid : undefined;
  const kid: unknown = entry.kid ?? own ?? imported.thumbprint;
  if (isKeyId(kid)) return kid;
  throw new ConfigurationError(`${path}.kid`, 'a `kid` has 1 to 128 visible ASCII characters');
}

/** @throws ConfigurationError for two keys of one `kid`: which of them is meant could not be told. */
export function ringOf(keys: readonly BoundKey[], path: string): KeyRing {
  const byId = new Map(keys.map((key) => [key.kid, key]));
  if (byId.size < keys.length) throw new ConfigurationError(path, 'every key needs a `kid` of its own');
  return Object.freeze({ keys: Object.freeze([...keys]), byId });
}

/** @throws ConfigurationError for what is no date, and for a key whose end comes before its time */
export function timesOf(
  { notBefore, retireAfter }: KeyTimes,
  afterlifeSeconds: number,
  path: string,
): Pick<BoundKey, 'signsFrom' | 'signsUntil' | 'verifiesUntil'> {
  const signsFrom = instant(notBefore, `${path}.notBefore`) ?? Number.NEGATIVE_INFINITY;
  const signsUntil = instant(retireAfter, `${path}.retireAfter`) ?? Number.POSITIVE_INFINITY;
  if (signsFrom >= signsUntil) throw new ConfigurationError(path, 'the key would retire before its time comes');
  return { signsFrom, signsUntil, verifiesUntil: signsUntil + afterlifeSeconds * 1000 };
}

function instant(date: unknown, path: string): number | undefined {
  if (date === undefined) return undefined;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.getTime();
  throw new ConfigurationError(path, 'is no Date');
}

/** The first key whose time has come and that is not retired; `undefined` when nothing can be signed now. */
export function signingKey(ring: KeyRing, now: Date): (BoundKey & { signing: webcrypto.CryptoKey }) | undefined {
  const time = now.getTime();
  for (const key of ring.keys) {
    const { signing, signsFrom, signsUntil } = key;
    if (signing !== undefined && signsFrom <= time && time < signsUntil) return { ...key, signing };
  }
  return undefined;
}

/** The key of exactly this id, as long as a token of it can be alive. A key that does not sign yet verifies already. */
export function verifyingKey(ring: KeyRing, kid: string | undefined, now: Date): BoundKey | undefined {
  const key = ring.byId.get(kid);
  return key !== undefined && now.getTime() < key.verifiesUntil ? key : undefined;
}

/** The public members of every key that verifies, the next one before it signs among them (RFC 7517 section 5). */
export function publishedKeys(ring: KeyRing, now: Date): readonly JWK[] {
  const time = now.getTime();
  return ring.keys.flatMap(({ publicJwk, verifiesUntil }) =>
    publicJwk === undefined || time >= verifiesUntil ? [] : [publicJwk],
  );
}
