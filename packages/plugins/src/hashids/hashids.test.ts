import {
  ConfigurationError,
  type KeyCodec,
  type PluginSetup,
  SallyportError,
  type ScalarProperty,
} from '@sallyport/core';
import fc from 'fast-check';
import HashidsLibrary from 'hashids';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type HashidsOptions, hashids } from './hashids.ts';

const secret = 'a root secret of more than 32 bytes, for tests only';

function primaryKey(columnType: 'smallint' | 'int' | 'bigint' | 'uuid'): ScalarProperty {
  const type = columnType === 'smallint' || columnType === 'int' ? 'integer' : columnType;
  return {
    kind: 'scalar',
    name: 'id',
    column: 'id',
    type,
    columnType,
    runtime: type === 'integer' ? 'number' : 'string',
    nullable: false,
    primary: true,
    generated: true,
    version: false,
  };
}

function schemeOf(options: Partial<HashidsOptions> = {}, api = 'crm') {
  const setup = { api: { name: api, basePath: '/api' } } as PluginSetup; // the plugin needs no services
  const scheme = hashids({ secret, ...options }).keys?.(setup);
  if (scheme === undefined) throw new Error('hashids() brings a key scheme');
  return scheme;
}

function codecOf(
  resource: string,
  columnType: Parameters<typeof primaryKey>[0] = 'int',
  options: Partial<HashidsOptions> = {},
): KeyCodec {
  return schemeOf(options).forResource(resource, primaryKey(columnType));
}

const uncached = { cacheSize: 0 };
const int4 = fc.integer({ min: 0, max: 2_147_483_647 });
const int8 = fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n });
const masks = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890') });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('round trips', () => {
  it.each([
    ['cached', {}],
    ['not cached', uncached],
    ['own alphabet', { ...uncached, alphabet: 'cfhistuCFHISTU_-' }],
    ['short ids', { ...uncached, minLength: 1 }],
    ['long ids', { ...uncached, minLength: 64 }],
  ])('brings back every int4 key: %s', (_, options) => {
    const codec = codecOf('partner', 'int', options);
    fc.assert(
      fc.property(int4, (id) => {
        const text = codec.encode(id);
        expect(codec.decode(text)).toBe(id);
        expect(codec.encode(id)).toBe(text);
        expect(text).toMatch(new RegExp(String(codec.schema.pattern)));
        expect(text.length).toBeGreaterThanOrEqual(Number(codec.schema.minLength));
        expect(text.length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 500, examples: [[0], [1], [2_147_483_647]] },
    );
  });

  it.each([
    ['cached', {}],
    ['not cached', uncached],
    ['own alphabet', { ...uncached, alphabet: 'cfhistuCFHISTU_-' }],
  ])('brings back every int8 key as text, however it is given: %s', (_, options) => {
    const codec = codecOf('partner', 'bigint', options);
    fc.assert(
      fc.property(int8, (id) => {
        const text = codec.encode(String(id));
        expect(codec.encode(id)).toBe(text);
        if (id <= BigInt(Number.MAX_SAFE_INTEGER)) expect(codec.encode(Number(id))).toBe(text);
        expect(codec.decode(text)).toBe(String(id));
      }),
      { numRuns: 500, examples: [[0n], [1n], [9_007_199_254_740_992n], [9_223_372_036_854_775_807n]] },
    );
  });
});

describe('what is refused', () => {
  it.each(['int', 'bigint'] as const)('is every text that %s ids would not be written as', (columnType) => {
    const codec = codecOf('partner', columnType, { ...uncached, minLength: 1 });
    fc.assert(
      fc.property(fc.oneof(masks, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const key = codec.decode(text);
        if (key !== undefined) expect(codec.encode(key)).toBe(text);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is an id of another resource or another API', () => {
    const partner = codecOf('partner', 'int', uncached);
    const country = codecOf('country', 'int', uncached);
    const elsewhere = schemeOf(uncached, 'hr').forResource('partner', primaryKey('int'));
    for (let id = 0; id < 3_000; id++) {
      const text = partner.encode(id);
      expect(country.decode(text)).toBeUndefined();
      expect(elsewhere.decode(text)).toBeUndefined();
    }
  });

  it('is, for 64-bit keys too, nearly every id of another resource, and never taken for the same record', () => {
    const partner = codecOf('partner', 'bigint', uncached);
    const country = codecOf('country', 'bigint', uncached);
    let accepted = 0;
    for (let id = 0; id < 3_000; id++) {
      const key = country.decode(partner.encode(id));
      if (key === undefined) continue;
      accepted += 1;
      expect(Number(key)).toBeGreaterThan(1_000_000_000);
    }
    expect(accepted).toBeLessThan(100); // one in a hundred, see hashids()
  });

  it('is an id that stands for several numbers, or for one beyond the column', () => {
    const wide = codecOf('partner', 'bigint', uncached);
    const narrow = codecOf('partner', 'int', uncached);
    const small = codecOf('partner', 'smallint', uncached);
    expect(narrow.decode(wide.encode(2_147_483_648))).toBeUndefined();
    expect(narrow.decode(wide.encode('9223372036854775807'))).toBeUndefined();
    expect(small.decode(wide.encode(32_768))).toBeUndefined();
    expect(small.decode(wide.encode(32_767))).toBe(32_767);

    vi.spyOn(HashidsLibrary.prototype, 'decode').mockReturnValue([1, 2]);
    expect(narrow.decode('abcdefgh')).toBeUndefined();
    vi.spyOn(HashidsLibrary.prototype, 'decode').mockReturnValue([]);
    expect(narrow.decode('abcdefgh')).toBeUndefined();
  });

  it('is an id that the library decodes but would write otherwise', () => {
    const codec = codecOf('partner', 'int', uncached);
    vi.spyOn(HashidsLibrary.prototype, 'decode').mockReturnValue([7]);
    expect(codec.decode('abcdefgh')).toBeUndefined();
  });

  it('never reaches the library when it is too short, too long or of another alphabet', () => {
    const codec = codecOf('partner', 'bigint');
    const id = codec.encode(1);
    const decode = vi.spyOn(HashidsLibrary.prototype, 'decode');
    const encode = vi.spyOn(HashidsLibrary.prototype, 'encode');
    const strangers = ['', 'a', 'a'.repeat(65), 'a'.repeat(100_000), id.repeat(12_500), `${id}\n`, `${id} `, ` ${id}`];
    for (const text of [
      ...strangers,
      `${id}\0`,
      `${id}-`,
      `${id.slice(1)}é`,
      `${id.slice(1)}/`,
      '../../etc/passwd',
      '😀😀😀😀',
    ]) {
      expect(codec.decode(text)).toBeUndefined();
    }
    expect(decode).not.toHaveBeenCalled();
    expect(encode).not.toHaveBeenCalled();
  });
});

describe('caches', () => {
  it('ask the library once for an id, either way round', () => {
    const id = codecOf('partner').encode(42);
    const codec = codecOf('partner');
    const decode = vi.spyOn(HashidsLibrary.prototype, 'decode');
    const encode = vi.spyOn(HashidsLibrary.prototype, 'encode');
    for (let turn = 0; turn < 3; turn++) {
      expect(codec.decode(id)).toBe(42);
      expect(codec.encode(42)).toBe(id);
    }
    expect(decode).toHaveBeenCalledTimes(1);
    expect(encode).toHaveBeenCalledTimes(1); // the comparison in decode
  });

  it('make one codec for each resource', () => {
    const scheme = schemeOf();
    expect(scheme.forResource('a', primaryKey('int'))).toBe(scheme.forResource('a', primaryKey('int')));
    expect(scheme.forResource('a', primaryKey('int'))).not.toBe(scheme.forResource('b', primaryKey('int')));
  });
});

describe('salts', () => {
  it('follow from secret, API and resource alone', () => {
    expect(codecOf('partner').encode(1)).toBe(codecOf('partner').encode(1));
    const other = codecOf('partner', 'int', { secret: `${secret}.` });
    expect(other.encode(1)).not.toBe(codecOf('partner').encode(1));
    const bytes = codecOf('partner', 'int', { secret: Buffer.from(secret) });
    expect(bytes.encode(1)).toBe(codecOf('partner').encode(1));
  });
});

describe('the schema', () => {
  it('tells the form, and an example that is no record of any table', () => {
    const codec = codecOf('partner');
    expect(codec.schema).toMatchObject({ type: 'string', pattern: '^[A-Za-z0-9]+$', minLength: 8, maxLength: 64 });
    const [example] = codec.schema.examples as [string];
    expect(codec.decode(example)).toBeGreaterThan(1_000_000_000);
    expect(codecOf('partner', 'int', { alphabet: '-_abcdefghijklmnopq' }).schema.pattern).toBe(
      '^[_abcdefghijklmnopq-]+$',
    );
  });
});

describe('mistakes at the start', () => {
  it.each<[string, Partial<HashidsOptions>]>([
    ['plugins.hashids.secret', { secret: 'too short' }],
    ['plugins.hashids.secret', { secret: new Uint8Array(31) }],
    ['plugins.hashids.minLength', { minLength: 0 }],
    ['plugins.hashids.minLength', { minLength: 65 }],
    ['plugins.hashids.minLength', { minLength: 8.5 }],
    ['plugins.hashids.cacheSize', { cacheSize: -1 }],
    ['plugins.hashids.alphabet', { alphabet: 'abcdef' }],
    ['plugins.hashids.alphabet', { alphabet: 'aabcdefghijklmnopq' }],
    ['plugins.hashids.alphabet', { alphabet: 'abcdefghijklmnop/|' }],
  ])('stop it with their place: %s', (path, options) => {
    expect(() => hashids({ secret, ...options })).toThrow(ConfigurationError);
    expect(() => hashids({ secret, ...options })).toThrow(path);
  });

  it('refuse a primary key that is no integer', () => {
    expect(() => codecOf('partner', 'uuid')).toThrow('resources.partner.key');
  });

  it.each([-1, 1.5, Number.NaN, 2_147_483_648, '01', 'x', '', -1n])('do not mask a key out of range: %s', (key) => {
    expect(() => codecOf('partner').encode(key)).toThrow(SallyportError);
  });
});
