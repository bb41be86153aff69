import Hashids from 'hashids';

/** A country as an expanded relation. */
export interface CountryOnWire {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

/** A partner as every contender answers it. */
export interface PartnerOnWire {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly active: boolean;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string | null;
  /** A decimal with two digits, as text. */
  readonly credit: string;
  /** ISO 8601 in UTC, cut to milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The country's hashid, or the country with `expand=country`. */
  readonly country: string | CountryOnWire;
}

/** A page of partners; `total` with `count=exact` only. */
export interface PartnerPage {
  readonly data: readonly PartnerOnWire[];
  readonly total?: number;
}

/** What a list request asks for. */
export interface ListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly expandCountry: boolean;
  readonly countExact: boolean;
  /** The ISO code that the partners' country must have. */
  readonly country: string | undefined;
}

const whole = (text: unknown, fallback: number, max: number): number => {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value >= 0 ? Math.min(value, max) : fallback;
};

/** Reads `limit`, `offset`, `expand`, `count` and `country` of a parsed query string. */
export function readListQuery(query: Readonly<Record<string, unknown>>): ListQuery {
  return {
    limit: whole(query.limit, 20, 200),
    offset: whole(query.offset, 0, Number.MAX_SAFE_INTEGER),
    expandCountry: query.expand === 'country',
    countExact: query.count === 'exact',
    country: typeof query.country === 'string' ? query.country : undefined,
  };
}

/** Turns database ids into hashids and back. */
export interface IdCodec {
  encode(id: number): string;
  /** Gives `undefined` for text that is no id of this model. */
  decode(text: string): number | undefined;
}

/** The salt and the length of a model's hashids: for contenders that bring a codec of their own. */
export const hashidOptions = (model: string): { readonly salt: string; readonly minLength: number } => ({
  salt: `benchmark:${model}`,
  minLength: 8,
});

const keepIds = 10_000;

/**
 * The id codec of one model. The contenders share it, with a bounded cache in both directions, so that what is compared is
 * the servers and not their use of the library.
 */
export function idCodec(model: string): IdCodec {
  const { salt, minLength } = hashidOptions(model);
  const hashids = new Hashids(salt, minLength);
  const texts = new Map<number, string>();
  const ids = new Map<string, number>();

  function keep(id: number, text: string): void {
    if (texts.size >= keepIds) {
      texts.clear();
      ids.clear();
    }
    texts.set(id, text);
    ids.set(text, id);
  }

  return {
    encode(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = hashids.encode(id);
      keep(id, text);
      return text;
    },
    decode(text) {
      const known = ids.get(text);
      if (known !== undefined) return known;
      if (!/^[0-9a-zA-Z]{8,32}$/.test(text)) return undefined;
      const [id] = hashids.decode(text);
      if (id === undefined) return undefined;
      keep(Number(id), text);
      return Number(id);
    },
  };
}

/** Hashids of partners. */
export const partnerIds = idCodec('partner');

/** Hashids of countries. */
export const countryIds = idCodec('country');

/** The bodies of the two errors; only their status is compared, since each framework words errors its own way. */
export const unauthorized = { error: 'unauthorized' } as const;
export const notFound = { error: 'not_found' } as const;
