import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ConfigurationError, serviceToken } from '@sallyport/core';
import { BoundedCache } from '../lib/bounded-cache.ts';
import { shannonEntropy } from '../lib/entropy.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { deriveScrypt, formatScrypt, importedCost, newSalt, opensppCost, parseScrypt } from './scrypt.ts';
import { isIssuedSecret } from './secret.ts';

/** How secrets can be stored. `openspp` is OpenSPP's own form of scrypt. */
export type SecretScheme = 'hmac-sha256' | 'scrypt' | 'openspp';

export interface SecretHasherOptions {
  /** Server-side keys (32 bytes at least) by their id; `current` names the one that new hashes use. */
  readonly peppers: { readonly current: string; readonly keys: Readonly<Record<string, string | Uint8Array>> };
  /**
   * Whether imported secrets are keyed with the current pepper too, before their slow hash. Hashes that were made without
   * go on matching. Default false.
   */
  readonly pepperImports?: boolean;
  /**
   * What most clients' secrets are stored with, and so what an unknown client is made to look like.
   * A deployment that has imported clients should name their scheme here; default `hmac-sha256`.
   */
  readonly scheme?: SecretScheme;
  /** How long a slow hash that matched is remembered, 0 to 300 seconds; default 300. */
  readonly cacheSeconds?: number;
  /** How many slow hashes run at once; default one less than there are processors. */
  readonly concurrency?: number;
  /** How many may wait before the next is refused with 503; default 50. */
  readonly queue?: number;
}

/** Makes and checks stored secrets (SECURITY 4.1). */
export interface SecretHasher {
  readonly scheme: SecretScheme;
  /** A stored secret that nothing matches, of the default scheme: what unknown clients are checked against. */
  readonly dummy: string;
  /** The keyed digest of a secret made by `issueSecret`. @throws TypeError for any other: those want {@link import}. */
  hash(clientId: string, secret: string): string;
  /** The slow hash of a secret that somebody has chosen or another system has made. */
  import(secret: string, format?: 'phc' | 'openspp'): Promise<string>;
  /**
   * Whether the secret is the stored one. A stored text that cannot be read matches nothing.
   *
   * @throws SallyportError `unavailable` when too many slow hashes wait.
   */
  verify(clientId: string, secret: string, stored: string, context?: { now: Date; epoch: number }): Promise<boolean>;
}

/** The service under which token endpoints find the hasher. */
export const SecretHasherService = serviceToken<SecretHasher>('sallyport.SecretHasher');

const digestShape = /^\$hmac-sha256\$([A-Za-z0-9_-]{1,32})\$([A-Za-z0-9_-]{43})$/;
const pepperedShape = /^\$pepper\$([A-Za-z0-9_-]{1,32})(\$scrypt\$.+)$/;

export function createSecretHasher(options: SecretHasherOptions): SecretHasher {
  const peppers = readPeppers(options.peppers);
  const scheme = options.scheme ?? 'hmac-sha256';
  const cacheMs = 1000 * readRange('cacheSeconds', options.cacheSeconds ?? 300, 0, 300);
  const concurrency = readRange('concurrency', options.concurrency ?? Math.max(1, availableParallelism() - 1), 1, 64);
  const semaphore = createSemaphore(concurrency, readRange('queue', options.queue ?? 50, 0, 10_000));
  const matched = new BoundedCache<number>(10_000);
  const processKey = createSecretKey(randomBytes(32));
  // For a digest whose pepper is gone: the work is done all the same, and matches nothing.
  const lostPepper = createSecretKey(randomBytes(32));

  const keyOf = (kid: string): KeyObject => peppers.keys.get(kid) ?? lostPepper;

  const verifySlow = async (secret: string, stored: string): Promise<boolean> => {
    const [, kid, bare = stored] = pepperedShape.exec(stored) ?? [];
    const parsed = parseScrypt(bare);
    if (parsed === undefined) return false;
    const input = kid === undefined ? secret : peppered(keyOf(kid), secret);
    const key = await semaphore.run(() => deriveScrypt(input, parsed.salt, parsed.cost, parsed.hash.length));
    return timingSafeEqual(key, parsed.hash);
  };

  return {
    scheme,
    dummy: dummyOf(scheme, peppers.current),
    hash(clientId, secret) {
      if (!isIssuedSecret(secret)) throw new TypeError('a keyed digest is only for secrets made by issueSecret()');
      return `$hmac-sha256$${peppers.current}$${mac(peppers.currentKey, clientId, secret).toString('base64url')}`;
    },
    async import(secret, format = 'phc') {
      const cost = format === 'openspp' ? opensppCost : importedCost;
      const salt = newSalt();
      const input = options.pepperImports === true ? peppered(peppers.currentKey, secret) : secret;
      const hash = await semaphore.run(() => deriveScrypt(input, salt, cost, format === 'openspp' ? 64 : 32));
      const made = formatScrypt({ cost, salt, hash }, format);
      return options.pepperImports === true ? `$pepper$${peppers.current}${made}` : made;
    },
    async verify(clientId, secret, stored, context) {
      const digest = digestShape.exec(stored);
      if (digest !== null) {
        const key = keyOf(digest[1] ?? '');
        return timingSafeEqual(mac(key, clientId, secret), Buffer.from(digest[2] ?? '', 'base64url'));
      }
      if (context === undefined || cacheMs === 0) return verifySlow(secret, stored);
      // The stored hash and the client's epoch are part of the key, so any change of the client misses the cache.
      const remembered = mac(processKey, `${clientId}\0${stored}\0${context.epoch}`, secret).toString('base64url');
      const until = matched.get(remembered);
      if (until !== undefined && until > context.now.getTime()) return true;
      const match = await verifySlow(secret, stored);
      if (match) matched.set(remembered, context.now.getTime() + cacheMs);
      return match;
    },
  };
}

function mac(key: KeyObject, clientId: string, secret: string): Buffer {
  return createHmac('sha256', key).update(clientId).update('\0').update(secret).digest();
}

/** What a slow hash is made of when it is peppered: without the key nothing can be tried against it. */
function peppered(key: KeyObject, secret: string): string {
  return createHmac('sha256', key).update('import\0').update(secret).digest('base64url');
}

/** The digest of random bytes under the default scheme. */
function dummyOf(scheme: SecretScheme, kid: string): string {
  if (scheme === 'hmac-sha256') return `$hmac-sha256$${kid}$${randomBytes(32).toString('base64url')}`;
  const cost = scheme === 'openspp' ? opensppCost : importedCost;
  const hash = randomBytes(scheme === 'openspp' ? 64 : 32);
  return formatScrypt({ cost, salt: newSalt(), hash }, scheme === 'openspp' ? 'openspp' : 'phc');
}

function readPeppers(peppers: SecretHasherOptions['peppers']) {
  const keys = new Map<string, KeyObject>();
  for (const [kid, value] of Object.entries(peppers.keys)) {
    const path = `secretHasher.peppers.${kid}`;
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(kid)) throw new ConfigurationError(path, 'an id is 1 to 32 of A-Z a-z 0-9 _ -');
    const bytes = Buffer.from(value);
    if (bytes.length < 32) throw new ConfigurationError(path, 'a pepper has at least 32 bytes');
    if (shannonEntropy(value) < 3) throw new ConfigurationError(path, 'the pepper is too regular');
    keys.set(kid, createSecretKey(bytes));
  }
  const currentKey = keys.get(peppers.current);
  if (currentKey === undefined) {
    throw new ConfigurationError('secretHasher.peppers.current', `there is no pepper "${peppers.current}"`);
  }
  return { current: peppers.current, currentKey, keys };
}

function readRange(name: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(`secretHasher.${name}`, `must be from ${least} to ${most}`);
}
