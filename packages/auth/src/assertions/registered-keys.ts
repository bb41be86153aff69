import { ConfigurationError } from '@sallyport/core';
import type { JWK } from 'jose';
import type { ClientKeySet, ClientRecord } from '../clients/client.ts';
import { importKey } from '../keys/key-material.ts';
import { isKeyId } from '../keys/key-ring.ts';
import { keyAlgorithm } from './assertion-keys.ts';

/** The keys of a client's record. A store may be an application's own: what is no key there is left out. */
export function registeredKeys({ keys: set }: ClientRecord): readonly JWK[] | undefined {
  const keys: unknown = (set as { readonly keys?: unknown } | null | undefined)?.keys;
  return Array.isArray(keys) ? keys.filter(isKey) : undefined;
}

/** More than a rotation needs; all are looked through at every assertion. */
const mostKeys = 16;

/** The members that only private keys and secrets have (RFC 7518 section 6, RFC 8037 section 2, RFC 9964). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * Checks the keys that a client is given, and answers them with nothing but what assertions need: public members,
 * `kid`, `use` and `alg`.
 *
 * @param path where the set stands
 * @throws ConfigurationError for what is no JWK Set, for none and for more than 16 keys, for a private key, one that is
 * weak or serves no algorithm of assertions, and for several keys without a `kid` each of its own
 */
export function checkKeySet(set: ClientKeySet, path: string): ClientKeySet {
  // Mostly it comes from the client, as JSON.
  const list: unknown = (set as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw new ConfigurationError(path, 'is no JWK Set');
  if (list.length === 0 || list.length > mostKeys) {
    throw new ConfigurationError(path, `has 1 to ${mostKeys} keys, this one ${list.length}`);
  }
  const keys = list.map((key, index) => checkKey(key, `${path}.keys[${index}]`));
  const ids = new Set(keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])));
  if (keys.length > 1 && ids.size < keys.length) {
    throw new ConfigurationError(path, 'every key needs a `kid` of its own');
  }
  return { keys };
}

function checkKey(key: unknown, path: string): JWK {
  if (!isKey(key)) throw new ConfigurationError(path, 'is no JWK');
  if (privateMembers.some((name) => Object.hasOwn(key, name))) {
    throw new ConfigurationError(path, 'is a private or secret key: only its owner may have it');
  }
  const algorithm = keyAlgorithm(key);
  if (algorithm === undefined) throw new ConfigurationError(path, 'is for none of the algorithms of assertions');
  const { publicJwk } = importKey({ ...key, alg: algorithm }, algorithm, path);
  const { kid } = key;
  if (kid !== undefined && !isKeyId(kid)) {
    throw new ConfigurationError(`${path}.kid`, 'a `kid` has 1 to 128 visible ASCII characters');
  }
  return { ...publicJwk, ...(kid === undefined ? {} : { kid }), use: 'sig', alg: key.alg ?? algorithm };
}

function isKey(key: unknown): key is JWK {
  return typeof key === 'object' && key !== null && 'kty' in key && typeof key.kty === 'string';
}
