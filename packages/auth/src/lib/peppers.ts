import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { shannonEntropy } from './entropy.ts';

/** Server-side keys by their id; `current` names the one that new hashes use. */
export interface PepperOptions {
  readonly current: string;
  readonly keys: Readonly<Record<string, string | Uint8Array>>;
}

/** Peppers at work. */
export interface Peppers<Current = string> {
  readonly current: Current;
  /** The key of this id. For one that is gone a random one: the work is done all the same, and matches nothing. */
  keyOf(kid: string): KeyObject;
}

/** @throws ConfigurationError below `place` for peppers that are absent, short or regular, and for ids that are odd */
export function readPeppers(place: string, { current, keys }: PepperOptions): Peppers {
  const known = new Map(Object.entries(keys).map(([kid, value]) => [kid, readPepper(`${place}.${kid}`, kid, value)]));
  if (!known.has(current)) throw new ConfigurationError(`${place}.current`, `there is no pepper "${current}"`);
  const lost = createSecretKey(randomBytes(32));
  return { current, keyOf: (kid) => known.get(kid) ?? lost };
}

/** The peppers of a hasher that has none. */
export function withoutPeppers(): Peppers<undefined> {
  const lost = createSecretKey(randomBytes(32));
  return { current: undefined, keyOf: () => lost };
}

// What comes out of the environment may be absent, whatever the types say.
function readPepper(place: string, kid: string, value: string | Uint8Array | undefined): KeyObject {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(kid)) throw new ConfigurationError(place, 'an id is 1 to 32 of A-Z a-z 0-9 _ -');
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new ConfigurationError(place, 'the pepper is not there: it is a text or bytes');
  }
  const bytes = Buffer.from(value);
  if (bytes.length < 32) throw new ConfigurationError(place, 'a pepper has at least 32 bytes');
  if (shannonEntropy(value) < 3) throw new ConfigurationError(place, 'the pepper is too regular');
  return createSecretKey(bytes);
}

/** What a slow hash is made of when it is peppered: without the key nothing can be tried against it. */
export function peppered(key: KeyObject, use: 'import' | 'password', secret: string): string {
  return createHmac('sha256', key).update(`${use}\0`).update(secret).digest('base64url');
}
