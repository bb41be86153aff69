import { webcrypto } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { BearerFault } from '../strategies/bearer-fault.ts';
import type { JwtTokenOptions, SigningKey } from './jwt-options.ts';
import { checkSigningSecret, type HmacAlgorithm, hmacHash } from './signing-secret.ts';

/** Keys that were imported once and are bound to their algorithm (RFC 8725 section 3.2, R37). */
export interface KeyRing {
  readonly signing: { readonly kid: string | undefined; readonly key: webcrypto.CryptoKey };
  /** By exact `kid`; `undefined` is the key without one. Nothing falls back to another key (R39). */
  readonly byId: ReadonlyMap<string | undefined, webcrypto.CryptoKey>;
}

/**
 * Checks the keys now and imports them at their first use.
 *
 * @returns a function whose promise rejects with the fault `key_unusable` when the keys were refused
 * @throws ConfigurationError for unusable keys, unless calls are to fail instead of the start
 */
export function keyRing(options: JwtTokenOptions): () => Promise<KeyRing> {
  const { algorithm } = options;
  const keys = listed(options.key);
  const refusal = refusalOf(keys, algorithm);
  if (refusal !== undefined) {
    const error = new ConfigurationError('jwtTokens.key', refusal);
    if (options.whenKeyUnusable !== 'fail-calls') throw error;
    return () => Promise.reject(new BearerFault('key_unusable', error));
  }
  let ring: Promise<KeyRing> | undefined;
  return () => {
    ring ??= importAll(keys, algorithm);
    return ring;
  };
}

function listed(key: JwtTokenOptions['key']): readonly SigningKey[] {
  if (key === undefined) return [];
  return typeof key === 'string' || key instanceof Uint8Array ? [{ secret: key }] : key;
}

function refusalOf(keys: readonly SigningKey[], algorithm: HmacAlgorithm): string | undefined {
  if (keys.length === 0) return 'there is no signing secret';
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) return 'every key needs a `kid` of its own';
  for (const { secret } of keys) {
    const refusal = checkSigningSecret(secret, algorithm);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function importAll(keys: readonly SigningKey[], algorithm: HmacAlgorithm): Promise<KeyRing> {
  const parameters = { name: 'HMAC', hash: hmacHash[algorithm].hash };
  const imported = await Promise.all(
    keys.map(async ({ kid, secret }) => {
      // A copy on a buffer of its own, as Web Crypto does not take shared memory.
      const bytes = new Uint8Array(Buffer.from(secret));
      return { kid, key: await webcrypto.subtle.importKey('raw', bytes, parameters, false, ['sign', 'verify']) };
    }),
  );
  const [signing] = imported;
  if (signing === undefined) throw new ConfigurationError('jwtTokens.key', 'there is no signing secret');
  return { signing, byId: new Map(imported.map(({ kid, key }) => [kid, key])) };
}
