import { createHmac } from 'node:crypto';
import {
  ConfigurationError,
  type KeyCodec,
  type KeyScheme,
  knownOptions,
  type Plugin,
  type ScalarProperty,
} from '@sallyport/core';
import Hashids from 'hashids';
import { hashidCodec, LONGEST_ID } from './codec.ts';

export interface HashidsOptions {
  /**
   * The root of all salts: 32 bytes or more, from a random source, kept where passwords are kept. Whoever changes it
   * changes every id that was ever given out.
   */
  readonly secret: string | Uint8Array;
  /** Fewest characters of an id. Default 8. */
  readonly minLength?: number;
  /** The characters of ids: 16 or more of `A-Z a-z 0-9 _ -`, each once. Default letters and digits. */
  readonly alphabet?: string;
  /** Most ids that are kept in memory, for each resource and each direction. Default 50 000; 0 keeps none. */
  readonly cacheSize?: number;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
const defaultAlphabet = `${letters}${letters.toUpperCase()}1234567890`;
const FEWEST_SECRET_BYTES = 32;
const FEWEST_CHARACTERS = 16;

/**
 * Masks primary keys as hashids, for resources whose key is `key.masked()`: the number itself never leaves.
 *
 * Each resource of each API has a salt of its own, so an id of one is not accepted for another. A hashid has no check
 * digits, though: by chance (3 in 100 000 for keys of 32 bits, 1 in 100 for keys of 64) the id of another resource reads
 * as a number, almost always far beyond any that a table has, and then names nothing either. Ids are a mask and no
 * lock: they hide how many records there are, they do not say who may see one. Every look-up is authorised by its own
 * query (SECURITY 4.8).
 *
 * @throws ConfigurationError for an option that there is none of, a short secret, a bad alphabet, and (when the API starts) a primary key that is no
 *   integer
 * @see docs/reference/plugins.md
 */
export function hashids(options: HashidsOptions): Plugin {
  const ready = check(options);
  return {
    name: 'hashids',
    keys: ({ api }) => keyScheme(ready, api.name),
  };
}

interface Ready {
  readonly secret: Buffer;
  readonly minLength: number;
  readonly characters: string;
  readonly alphabet: RegExp;
  readonly cacheSize: number;
}

function keyScheme(ready: Ready, api: string): KeyScheme {
  const codecs = new Map<string, KeyCodec>();
  return {
    name: 'hashids',
    forResource(resource, primaryKey) {
      const existing = codecs.get(resource);
      if (existing !== undefined) return existing;
      const greatest = greatestOf(primaryKey, resource);
      const codec = hashidCodec({
        hashids: new Hashids(
          derive(ready.secret, 'salt', api, resource).toString('base64url'),
          ready.minLength,
          ready.characters,
        ),
        alphabet: ready.alphabet,
        minLength: ready.minLength,
        greatest,
        example: exampleBelow(greatest, derive(ready.secret, 'example', api, resource)),
        cacheSize: ready.cacheSize,
      });
      codecs.set(resource, codec);
      return codec;
    },
  };
}

/** A key of its own for each purpose, API and resource; JSON keeps the parts apart, whatever names hold. */
function derive(secret: Buffer, purpose: 'salt' | 'example', api: string, resource: string): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['sallyport.hashids.v1', purpose, api, resource]))
    .digest();
}

/**
 * A key for examples from the upper half of the range, where no table's sequence comes. It follows from the secret, so
 * that a document does not tell which number an id stands for.
 */
function exampleBelow(greatest: number | bigint, bytes: Buffer): number | bigint {
  const limit = BigInt(greatest);
  const example = limit - (bytes.readBigUInt64BE() % (limit / 2n));
  return typeof greatest === 'bigint' ? example : Number(example);
}

function greatestOf({ type, columnType, name }: ScalarProperty, resource: string): number | bigint {
  if (type === 'bigint') return 9_223_372_036_854_775_807n;
  if (type === 'integer') return /^(?:int2|smallint)\b/.test(columnType) ? 32_767 : 2_147_483_647;
  throw new ConfigurationError(
    `resources.${resource}.key`,
    `hashids can mask primary keys that are integers; "${name}" is ${columnType}`,
  );
}

function check(options: HashidsOptions): Ready {
  knownOptions('plugins.hashids', options, { secret: true, minLength: true, alphabet: true, cacheSize: true });
  const { minLength = 8, alphabet = defaultAlphabet, cacheSize = 50_000 } = options;
  const secret = typeof options.secret === 'string' ? Buffer.from(options.secret) : Buffer.from(options.secret ?? []);
  if (secret.length < FEWEST_SECRET_BYTES) {
    throw new ConfigurationError('plugins.hashids.secret', `at least ${FEWEST_SECRET_BYTES} bytes are needed`);
  }
  if (!Number.isInteger(minLength) || minLength < 1 || minLength > LONGEST_ID) {
    throw new ConfigurationError('plugins.hashids.minLength', `a whole number from 1 to ${LONGEST_ID} is needed`);
  }
  if (!Number.isInteger(cacheSize) || cacheSize < 0) {
    throw new ConfigurationError('plugins.hashids.cacheSize', 'a whole number that is not negative is needed');
  }
  if (!/^[A-Za-z0-9_-]+$/.test(alphabet)) {
    throw new ConfigurationError('plugins.hashids.alphabet', 'letters, digits, "_" and "-" may stand in ids');
  }
  if (alphabet.length < FEWEST_CHARACTERS || new Set(alphabet).size !== alphabet.length) {
    throw new ConfigurationError(
      'plugins.hashids.alphabet',
      `at least ${FEWEST_CHARACTERS} characters are needed, each of them once`,
    );
  }
  return { secret, minLength, characters: alphabet, alphabet: patternOf(alphabet), cacheSize };
}

function patternOf(alphabet: string): RegExp {
  if (alphabet === defaultAlphabet) return /^[A-Za-z0-9]+$/;
  const sorted = [...alphabet].filter((character) => character !== '-').sort();
  return new RegExp(`^[${sorted.join('')}${alphabet.includes('-') ? '-' : ''}]+$`);
}
