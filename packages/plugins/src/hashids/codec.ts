import { type KeyCodec, SallyportError } from '@sallyport/core';
import type Hashids from 'hashids';
import { BoundedCache } from './bounded-cache.ts';

/** The longest id that is looked at, whatever the type of the primary key (SECURITY 1.5). */
export const LONGEST_ID = 64;

/** What the codec of one resource is made of. */
export interface HashidCodecOptions {
  /** Salted for the resource. */
  readonly hashids: Pick<Hashids, 'encode' | 'decode'>;
  /** Matches text of the alphabet and nothing else. */
  readonly alphabet: RegExp;
  readonly minLength: number;
  /** The greatest primary key that the column's type can hold. */
  readonly greatest: number | bigint;
  /** A key that no record has, for the documents' example. */
  readonly example: number | bigint;
  /** Most entries of each of the two caches. */
  readonly cacheSize: number;
}

/**
 * The ids of one resource. Keys of 64 bits are text on the database's side, all others numbers.
 *
 * `decode` looks at the length and the alphabet before the library does, whose own `decode` is quadratic in the length;
 * then it wants exactly one number, in the range of the column, whose id is the very text. Only ids that decode are
 * kept, so that guesses cannot drive out what is in use.
 */
export function hashidCodec(options: HashidCodecOptions): KeyCodec {
  const { hashids, alphabet, minLength, greatest, cacheSize } = options;
  const wide = typeof greatest === 'bigint';
  const longest = hashids.encode(greatest).length;
  const idOf = new BoundedCache<string | number | bigint, string>(cacheSize);
  const keyOf = new BoundedCache<string, string | number>(cacheSize);

  return {
    schema: {
      type: 'string',
      pattern: alphabet.source,
      minLength,
      maxLength: LONGEST_ID,
      examples: [hashids.encode(options.example)],
    },
    encode(primaryKey) {
      const known = idOf.get(primaryKey);
      if (known !== undefined) return known;
      const number = integerOf(primaryKey);
      if (number === undefined || number < 0 || number > greatest) {
        throw new SallyportError('internal', { cause: new RangeError('A primary key is not one that can be masked') });
      }
      const id = hashids.encode(number);
      idOf.set(primaryKey, id);
      keyOf.set(id, wide ? String(number) : Number(number));
      return id;
    },
    decode(text) {
      if (text.length < minLength || text.length > longest) return undefined;
      const known = keyOf.get(text);
      if (known !== undefined) return known;
      if (!alphabet.test(text)) return undefined;
      const numbers = hashids.decode(text);
      const [number] = numbers;
      if (number === undefined || numbers.length !== 1 || number > greatest) return undefined;
      if (hashids.encode(number) !== text) return undefined;
      const key = wide ? String(number) : Number(number);
      keyOf.set(text, key);
      idOf.set(key, text);
      return key;
    },
  };
}

/** The integer that a primary key is: a number while it is exact as one, as that is faster. */
function integerOf(primaryKey: string | number | bigint): number | bigint | undefined {
  if (typeof primaryKey === 'number') return Number.isSafeInteger(primaryKey) ? primaryKey : undefined;
  if (typeof primaryKey === 'string' && !/^(?:0|[1-9][0-9]{0,18})$/.test(primaryKey)) return undefined;
  const number = Number(primaryKey);
  return Number.isSafeInteger(number) ? number : BigInt(primaryKey);
}
