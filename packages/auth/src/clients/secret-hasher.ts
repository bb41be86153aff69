import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { serviceToken } from '@sallyport/core';
import { BoundedCache } from '../lib/bounded-cache.ts';
import { type PepperOptions, peppered, readPeppers } from '../lib/peppers.ts';
import { inRange } from '../lib/range.ts';
import { createSemaphore } from '../lib/semaphore.ts';
import { isIssuedSecret } from './secret.ts';
import {
  deriveSlow,
  formatSlow,
  isWeakerThan,
  newSlow,
  parseStored,
  type SecretScheme,
  type SlowHash,
  type SlowScheme,
  strongerOf,
} from './secret-forms.ts';

export interface SecretHasherOptions {
  /** Server-side keys (32 bytes at least) by their id; `current` names the one that new hashes use. */
  readonly peppers: PepperOptions;
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
  /** What imported secrets are hashed with: `scheme` where that is a slow one, else `argon2id`. */
  readonly imports?: SlowScheme;
  /**
   * Whether every refusal costs one slow hash, so that time does not tell clients of the default scheme from those with
   * imported secrets, where there are both. Default false: it makes wrong secrets expensive.
   */
  readonly padFailures?: boolean;
  /** How long a slow hash that matched is remembered, 0 to 300 seconds; default 300. */
  readonly cacheSeconds?: number;
  /** How many slow hashes run at once; default one less than there are processors. */
  readonly concurrency?: number;
  /** How many may wait before the next is refused with 503; default 50. */
  readonly queue?: number;
}

/** Makes and checks stored secrets (SECURITY 4.1). See docs/guides/client-secrets.md. */
export interface SecretHasher {
  readonly scheme: SecretScheme;
  /** A stored secret that nothing matches, of the default scheme: what unknown clients are checked against. */
  readonly dummy: string;
  /** A slow one: what a refusal is padded with that has cost no slow hash. `undefined`: refusals are not padded. */
  readonly padding: string | undefined;
  /** The keyed digest of a secret made by `issueSecret`. @throws TypeError for any other: those want {@link import}. */
  hash(clientId: string, secret: string): string;
  /** The slow hash of a secret that somebody has chosen or another system has made. */
  import(secret: string, scheme?: SlowScheme): Promise<string>;
  /** What to store of any secret: its digest where `issueSecret` has made it and that is the scheme, else a slow hash. */
  protect(clientId: string, secret: string): Promise<string>;
  /**
   * Whether the secret is the stored one. A stored text that cannot be read matches nothing.
   *
   * @param context remembers a match of a slow hash; without it nothing is remembered
   * @throws SallyportError `unavailable` when too many slow hashes wait.
   */
  verify(clientId: string, secret: string, stored: string, context?: { now: Date; epoch: number }): Promise<boolean>;
  /** Whether the stored form of this secret, which has just matched, is an old one: {@link upgrade} makes a better. */
  needsUpgrade(secret: string, stored: string): boolean;
  /** The stored form that replaces an old one. It never has less: a pepper and a stronger scheme stay. */
  upgrade(clientId: string, secret: string, stored: string): Promise<string>;
}

/** The service under which token endpoints find the hasher. */
export const SecretHasherService = serviceToken<SecretHasher>('sallyport.SecretHasher', {
  broughtBy: 'the plugin `clients()` of @sallyport/auth, with its option `hasher`,',
});

/** @throws ConfigurationError for peppers that are short, regular or absent, and for numbers out of range */
export function createSecretHasher(options: SecretHasherOptions): SecretHasher {
  const { current, keyOf } = readPeppers('secretHasher.peppers', options.peppers);
  const { scheme = 'hmac-sha256', pepperImports = false } = options;
  const imports = options.imports ?? (scheme === 'hmac-sha256' ? 'argon2id' : scheme);
  const cacheMs = 1000 * inRange('secretHasher.cacheSeconds', options.cacheSeconds ?? 300, 0, 300);
  const atOnce = options.concurrency ?? Math.max(1, availableParallelism() - 1);
  const concurrency = inRange('secretHasher.concurrency', atOnce, 1, 64);
  const semaphore = createSemaphore(concurrency, inRange('secretHasher.queue', options.queue ?? 50, 0, 10_000));
  const matched = new BoundedCache<number>(10_000);
  const processKey = createSecretKey(randomBytes(32));
  const dummySlow = newDummy(scheme === 'hmac-sha256' ? imports : scheme);

  const isSlowHash = async (secret: string, slow: SlowHash, pepper: string | undefined): Promise<boolean> => {
    const input = pepper === undefined ? secret : peppered(keyOf(pepper), 'import', secret);
    const key = await semaphore.run(() => deriveSlow(input, slow));
    return timingSafeEqual(key, slow.hash);
  };

  const slowHash = async (secret: string, wanted: SlowScheme, withPepper: boolean): Promise<string> => {
    const empty = newSlow(wanted);
    const input = withPepper ? peppered(keyOf(current), 'import', secret) : secret;
    const key = await semaphore.run(() => deriveSlow(input, empty));
    const made = formatSlow({ ...empty, hash: key });
    return withPepper ? `$pepper$${current}${made}` : made;
  };

  const digest = (clientId: string, secret: string): string =>
    `$hmac-sha256$${current}$${mac(keyOf(current), clientId, secret).toString('base64url')}`;

  const hash = (clientId: string, secret: string): string => {
    if (!isIssuedSecret(secret)) throw new TypeError('a keyed digest is only for secrets made by issueSecret()');
    return digest(clientId, secret);
  };

  const isForDigest = (secret: string): boolean => scheme === 'hmac-sha256' && isIssuedSecret(secret);

  return {
    scheme,
    dummy:
      scheme === 'hmac-sha256'
        ? `$hmac-sha256$${current}$${randomBytes(32).toString('base64url')}`
        : formatSlow(dummySlow),
    padding: options.padFailures === true ? formatSlow(dummySlow) : undefined,
    hash,
    import: (secret, wanted = imports) => slowHash(secret, wanted, pepperImports),
    async protect(clientId, secret) {
      return isForDigest(secret) ? digest(clientId, secret) : slowHash(secret, imports, pepperImports);
    },
    async verify(clientId, secret, stored, context) {
      const form = parseStored(stored);
      if (form === undefined) {
        // What cannot be read must not be told from a wrong secret by time.
        if (scheme !== 'hmac-sha256') await isSlowHash(secret, dummySlow, undefined);
        return false;
      }
      if (form.kind === 'digest') return timingSafeEqual(mac(keyOf(form.pepper), clientId, secret), form.mac);
      const check = () => isSlowHash(secret, form.slow, form.pepper);
      if (context === undefined || cacheMs === 0) return check();
      // The stored hash and the client's epoch are part of the key, so any change of the client misses the cache.
      const remembered = mac(processKey, `${clientId}\0${stored}\0${context.epoch}`, secret).toString('base64url');
      const until = matched.get(remembered);
      if (until !== undefined && until > context.now.getTime()) return true;
      const match = await check();
      if (match) matched.set(remembered, context.now.getTime() + cacheMs);
      return match;
    },
    needsUpgrade(secret, stored) {
      const form = parseStored(stored);
      if (form === undefined) return false;
      if (form.kind === 'digest') return form.pepper !== current && isIssuedSecret(secret);
      if (isForDigest(secret) || isWeakerThan(form.slow, imports)) return true;
      return form.pepper === undefined ? pepperImports : form.pepper !== current;
    },
    async upgrade(clientId, secret, stored) {
      const form = parseStored(stored);
      if (form?.kind === 'digest' || isForDigest(secret)) return hash(clientId, secret);
      const wanted = form === undefined ? imports : strongerOf(form.slow.scheme, imports);
      return slowHash(secret, wanted, pepperImports || form?.pepper !== undefined);
    },
  };
}

function mac(key: KeyObject, clientId: string, secret: string): Buffer {
  return createHmac('sha256', key).update(clientId).update('\0').update(secret).digest();
}

/** A slow hash that is random bytes. */
function newDummy(scheme: SlowScheme): SlowHash {
  const empty = newSlow(scheme);
  return { ...empty, hash: randomBytes(empty.hash.length) };
}
