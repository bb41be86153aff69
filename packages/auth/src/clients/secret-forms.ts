import { type Argon2Hash, argon2Cost, argon2Work, deriveArgon2, formatArgon2, parseArgon2 } from './argon2.ts';
import {
  deriveScrypt,
  formatScrypt,
  importedCost,
  newSalt,
  opensppCost,
  parseScrypt,
  type ScryptHash,
  scryptWork,
} from './scrypt.ts';

/** How secrets can be stored. `openspp` is OpenSPP's own form of scrypt. */
export type SecretScheme = 'hmac-sha256' | SlowScheme;

/** The schemes for secrets that somebody has chosen or another system has made. */
export type SlowScheme = 'argon2id' | 'scrypt' | 'openspp';

/** What a stored secret says of itself; nothing in it helps to guess the secret. */
export interface SecretForm {
  /** `undefined`: the text cannot be read, and no secret matches it. */
  readonly scheme: SecretScheme | undefined;
  /** Id of the pepper that it needs. */
  readonly pepper?: string;
}

/** A stored slow hash, taken apart. */
export type SlowHash =
  | (Argon2Hash & { readonly scheme: 'argon2id' })
  | (ScryptHash & { readonly scheme: 'scrypt' | 'openspp' });

/** A stored secret, taken apart. */
export type StoredForm =
  | { readonly kind: 'digest'; readonly pepper: string; readonly mac: Buffer }
  | { readonly kind: 'slow'; readonly pepper: string | undefined; readonly slow: SlowHash };

const digestShape = /^\$hmac-sha256\$([A-Za-z0-9_-]{1,32})\$([A-Za-z0-9_-]{43})$/;
const pepperedShape = /^\$pepper\$([A-Za-z0-9_-]{1,32})(\$(?:scrypt|argon2id)\$.+)$/;

/** The longest of our forms has 300 characters or so. */
const longestForm = 512;

/** Takes a stored secret apart; `undefined` when it cannot be read or asks for too much work. */
export function parseStored(stored: string): StoredForm | undefined {
  if (stored.length > longestForm) return undefined;
  const digest = digestShape.exec(stored);
  if (digest !== null) {
    return { kind: 'digest', pepper: digest[1] ?? '', mac: Buffer.from(digest[2] ?? '', 'base64url') };
  }
  const [, pepper, bare = stored] = pepperedShape.exec(stored) ?? [];
  const argon2 = parseArgon2(bare);
  if (argon2 !== undefined) return { kind: 'slow', pepper, slow: { ...argon2, scheme: 'argon2id' } };
  const scrypt = parseScrypt(bare);
  if (scrypt === undefined) return undefined;
  const { format, ...hash } = scrypt;
  return { kind: 'slow', pepper, slow: { ...hash, scheme: format === 'phc' ? 'scrypt' : 'openspp' } };
}

/** Tells the form of a stored secret, for who wants to know which ones still need an old pepper. */
export function describeStoredSecret(stored: string): SecretForm {
  const form = parseStored(stored);
  if (form === undefined) return { scheme: undefined };
  const scheme = form.kind === 'digest' ? 'hmac-sha256' : form.slow.scheme;
  return form.pepper === undefined ? { scheme } : { scheme, pepper: form.pepper };
}

/** An empty hash of the cost that new ones of a scheme have: with a fresh salt, and a place for `hash`. */
export function newSlow(scheme: SlowScheme): SlowHash {
  const [salt, hash] = [newSalt(), Buffer.alloc(scheme === 'openspp' ? 64 : 32)];
  if (scheme === 'argon2id') return { scheme, cost: argon2Cost, salt, hash };
  return { scheme, cost: scheme === 'openspp' ? opensppCost : importedCost, salt, hash };
}

/** Derives what `like.hash` has to be for this secret. Run it behind a semaphore. */
export function deriveSlow(secret: string, like: SlowHash): Promise<Buffer> {
  const { salt, hash } = like;
  if (like.scheme === 'argon2id') return deriveArgon2(secret, salt, like.cost, hash.length);
  return deriveScrypt(secret, salt, like.cost, hash.length);
}

/** Writes a slow hash the way {@link parseStored} reads it, without a pepper. */
export function formatSlow(hash: SlowHash): string {
  if (hash.scheme === 'argon2id') return formatArgon2(hash);
  return formatScrypt(hash, hash.scheme === 'openspp' ? 'openspp' : 'phc');
}

const strength: Readonly<Record<SlowScheme, number>> = { openspp: 0, scrypt: 1, argon2id: 2 };

/** The scheme that a hash is made anew with: the wanted one, or its own where that is the stronger. */
export function strongerOf(own: SlowScheme, wanted: SlowScheme): SlowScheme {
  return strength[own] > strength[wanted] ? own : wanted;
}

/** Whether a hash is of a weaker scheme than the wanted one, or costs less than new hashes of its own. */
export function isWeakerThan(hash: SlowHash, wanted: SlowScheme): boolean {
  if (strength[hash.scheme] < strength[wanted]) return true;
  if (hash.scheme === 'argon2id') return argon2Work(hash.cost) < argon2Work(argon2Cost);
  return scryptWork(hash.cost) < scryptWork(hash.scheme === 'openspp' ? opensppCost : importedCost);
}
