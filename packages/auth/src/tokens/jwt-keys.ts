import { createSecretKey, hash } from 'node:crypto';
import { ClockService, ConfigurationError, LoggerService } from '@sallyport/core';
import { isAsymmetric } from '../keys/algorithms.ts';
import { type AsymmetricKey, asymmetricRing, type BoundKey, type KeyRing, ringOf, timesOf } from '../keys/key-ring.ts';
import { fixedKeySet, type KeySet, type KeySource, sourcedKeySet, unusableKeySet } from '../keys/key-set.ts';
import { inRange } from '../lib/range.ts';
import type { JwtKeys, SigningKey } from './jwt-options.ts';
import { checkSigningSecret, type HmacAlgorithm, hmacHash } from './signing-secret.ts';
import type { TokenSetup } from './token.ts';

/**
 * The keys of a kind of JWT, checked and imported once (RFC 8725 section 3.2, R37). A source that answers at once is
 * checked now too; one that answers with a promise is asked now and judged at the first use.
 *
 * @throws ConfigurationError for options out of range; for unusable keys too, unless calls are to fail instead
 */
export function jwtKeySet(options: JwtKeys, setup: TokenSetup, path: string): KeySet {
  const { algorithm, key } = options;
  if (!isAsymmetric(algorithm) && !Object.hasOwn(hmacHash, algorithm)) {
    throw new ConfigurationError(`${path}.algorithm`, 'is none that tokens can be signed with');
  }
  const rules = {
    refreshSeconds: inRange(`${path}.keyRefreshSeconds`, options.keyRefreshSeconds ?? 60, 1, 3600),
    staleSeconds: inRange(`${path}.keyStaleSeconds`, options.keyStaleSeconds ?? 3600, 0, 86_400),
  };
  const afterlife = (options.maxLifetimeSeconds ?? 3600) + (options.clockToleranceSeconds ?? 5);
  const place = `${path}.key`;
  const bind = (told: unknown): KeyRing =>
    isAsymmetric(algorithm)
      ? asymmetricRing(asymmetricList(told), algorithm, afterlife, place)
      : hmacRing(secretList(told), algorithm, afterlife, place);
  try {
    if (typeof key !== 'function') return fixedKeySet(bind(key));
    const source: KeySource<unknown> = key;
    const { services } = setup;
    const log = services.has(LoggerService) ? services.resolve(LoggerService) : undefined;
    const keys = sourcedKeySet(source, (told, previous) => withPrevious(bind(told), previous), rules, log);
    // Where calls are to fail, the first one asks: the source may be back by then.
    if (options.whenKeyUnusable === 'fail-calls') return keys;
    startWith(keys, services.has(ClockService) ? services.resolve(ClockService).now() : new Date(), place);
    return keys;
  } catch (error) {
    if (!(error instanceof ConfigurationError) || options.whenKeyUnusable !== 'fail-calls') throw error;
    return unusableKeySet(error);
  }
}

/** Asks for the first time. @throws ConfigurationError when a source that answers at once has nothing good to say */
function startWith(keys: KeySet, now: Date, path: string): void {
  let answer: KeyRing | Promise<KeyRing>;
  try {
    answer = keys.at(now);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof ConfigurationError ? cause : new ConfigurationError(path, 'the keys could not be read');
  }
  // The first call hears of it.
  if (answer instanceof Promise) answer.catch(() => {});
}

/** A key that was there before stays the same object: what was verified by it need not be verified again. */
function withPrevious(ring: KeyRing, previous: KeyRing | undefined): KeyRing {
  if (previous === undefined) return ring;
  const keys = ring.keys.map((key): BoundKey => {
    const before = previous.byId.get(key.kid);
    return before?.identity === key.identity ? { ...key, verifying: before.verifying } : key;
  });
  return { keys, byId: new Map(keys.map((key) => [key.kid, key])) };
}

function asymmetricList(key: unknown): readonly AsymmetricKey[] {
  if (key === undefined) return [];
  // What the types allow; everything else is refused where it is imported.
  return Array.isArray(key) ? (key as AsymmetricKey[]) : [{ key: key as AsymmetricKey['key'] }];
}

function secretList(key: unknown): readonly SigningKey[] {
  if (key === undefined) return [];
  if (typeof key === 'string' || key instanceof Uint8Array) return [{ secret: key }];
  return key as readonly SigningKey[];
}

function hmacRing(keys: readonly SigningKey[], algorithm: HmacAlgorithm, afterlife: number, path: string): KeyRing {
  const refusal = refusalOf(keys, algorithm);
  if (refusal !== undefined) throw new ConfigurationError(path, refusal);
  const parameters = { name: 'HMAC', hash: hmacHash[algorithm].hash };
  const bound = keys.map(({ kid, secret, ...times }, index) => {
    const bytes = Buffer.from(secret);
    const key = createSecretKey(bytes).toCryptoKey(parameters, false, ['sign', 'verify']);
    return {
      kid,
      signing: key,
      verifying: key,
      publicJwk: undefined,
      identity: hash('sha256', bytes, 'base64url'),
      ...timesOf(times, afterlife, `${path}[${index}]`),
    };
  });
  return ringOf(bound, path);
}

function refusalOf(keys: readonly SigningKey[], algorithm: HmacAlgorithm): string | undefined {
  if (!Array.isArray(keys)) return 'is neither a secret nor a list of them';
  if (keys.length === 0) return 'there is no signing secret';
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) return 'every key needs a `kid` of its own';
  for (const { secret } of keys) {
    const refusal = checkSigningSecret(secret, algorithm);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
