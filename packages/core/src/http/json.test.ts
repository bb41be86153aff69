import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { parseJson, parseJsonText } from './json.ts';
import { findJsonFault } from './json-fault.ts';
import { defaultLimits } from './limits.ts';
import { faultOf } from './testing/fault.ts';

const limits = defaultLimits.json;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The offset that the error names. */
function offsetOf(text: string): unknown {
  const fault = faultOf(() => parseJsonText(text));
  expect(fault).toMatchObject({ code: 'malformed_body', status: 400 });
  expect(fault.issues).toHaveLength(1);
  expect(fault.issues[0]).toMatchObject({ in: 'body', code: 'json' });
  return fault.issues[0]?.path[0];
}

/** What `JSON.parse` would let through and this reader refuses on purpose. */
function isBeyondJson(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      ['__proto__', 'constructor', 'prototype'].includes(key) || isBeyondJson(key) || isBeyondJson(member),
  );
}

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'medium', maxDepth: 20 }), fc.boolean(), (text, spaced) => {
        const value: unknown = JSON.parse(text);
        fc.pre(!isBeyondJson(value));
        const written = spaced ? JSON.stringify(value, null, '\t\n') : text;
        expect(JSON.stringify(parseJson(bytesOf(written)))).toBe(JSON.stringify(value));
        expect(findJsonFault(written, limits)).toBe(undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('has no opinion of its own on what is JSON: reader, explainer and JSON.parse agree on any text', () => {
    const tokens = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '"\\n"',
      '"\\x"',
      '"',
      '1',
      '-0',
      '01',
      '1.',
      '1e5',
      '-',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u00a0',
      '\\',
      '/**/',
      "'",
    ];
    const soup = fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(soup, soup, fc.string({ unit: 'binary' })), (text) => {
        const fault = findJsonFault(text, limits);
        let theirs: string | undefined;
        try {
          theirs = JSON.stringify(JSON.parse(text));
        } catch {
          theirs = undefined;
        }
        if (theirs === undefined) {
          expect(fault).toBeDefined();
          expect(offsetOf(text)).toBe(fault?.offset);
        } else if (fault === undefined) expect(JSON.stringify(parseJsonText(text))).toBe(theirs);
        else expect(fault.message).toMatch(/twice|not allowed|surrogate|out of range/);
      }),
      { numRuns: 5000 },
    );
  });

  it('throws nothing but SallyportError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
          expect(error).toMatchObject({ code: 'malformed_body' });
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('gives objects no prototype, at any depth', () => {
    const value = parseJson(bytesOf('{"a":[{"b":{}}]}')) as { a: [{ b: object }] };
    for (const each of [value, value.a[0], value.a[0].b]) expect(Object.getPrototypeOf(each)).toBe(null);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', 1],
    ['{"a":{"__proto__":1}}', 6],
    ['{"\\u005f_proto__":1}', 1],
    ['{"\\u005F\\u005fproto\\u005f_":1}', 1],
    ['{"constructor":{"prototype":{}}}', 1],
    ['[{"prototype":1}]', 2],
    ['{"__proto__":1,"__proto__":2}', 1],
  ])('refuses the forbidden key in %s', (text, offset) => {
    expect(offsetOf(text)).toBe(offset);
  });

  it('lets the same words be values', () => {
    expect(parseJsonText('["__proto__",{"a":"constructor"}]')).toEqual(['__proto__', { a: 'constructor' }]);
  });

  it.each([
    ['{"a":1,"a":1}', 7],
    ['{"a":1,"\\u0061":2}', 7],
    ['{"b":{"a":1,"c":{},"a":2}}', 19],
    ['{"":1,"":1}', 6],
    ['{"1":1,"b":2,"1":3}', 13],
  ])('refuses the repeated key in %s', (text, offset) => {
    expect(offsetOf(text)).toBe(offset);
  });

  it('lets a key occur in several objects, and colons in texts', () => {
    expect(parseJsonText('[{"a":":"},{"a":{"a":"\\":"}}]')).toEqual([{ a: ':' }, { a: { a: '":' } }]);
  });

  it('takes documents up to the limit of depth', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(() => parseJsonText(nested(32))).not.toThrow();
    expect(offsetOf(nested(33))).toBe(32);
    expect(offsetOf(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBe(5 * 32);
    expect(() => parseJsonText(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)).not.toThrow();
    expect(() => parseJsonText(`"${'['.repeat(100)}"`)).not.toThrow();
    expect(() => parseJsonText(`[${'[],'.repeat(100)}[]]`, { depth: 2, keys: 0, values: 202 })).not.toThrow();
  });

  it('refuses 10 KB and 1 MB of [[[ without a stack to overflow', () => {
    expect(offsetOf('['.repeat(10_000))).toBe(32);
    expect(offsetOf('['.repeat(1_000_000))).toBe(32);
    expect(offsetOf('{"a":'.repeat(200_000))).toBe(5 * 32);
  });

  it('takes documents up to the limit of keys', () => {
    const wide = (keys: number) => `{${Array.from({ length: keys }, (_, index) => `"k${index}":0`).join(',')}}`;
    expect(() => parseJsonText(wide(10_000))).not.toThrow();
    expect(faultOf(() => parseJsonText(wide(10_001))).detail).toBe('There are more than 10000 keys.');
    expect(faultOf(() => parseJsonText(`[${'{"a":1},'.repeat(10_000)}{"a":1}]`)).code).toBe('malformed_body');
  });

  it('takes documents up to the limit of values, and looks no further', () => {
    const list = (values: number) => `[${'0,'.repeat(values - 1)}0]`;
    expect(() => parseJsonText(list(100_000))).not.toThrow();
    expect(faultOf(() => parseJsonText(list(100_001))).detail).toBe('There are more than 100000 values.');
    const [few, many] = [`[${'[],'.repeat(60_000)}`, `[${'[],'.repeat(3_000_000)}`];
    expect(faultOf(() => parseJsonText(few)).issues).toEqual(faultOf(() => parseJsonText(many)).issues);
  });

  it.each([
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['{"a"', 4],
    ['{"a":', 5],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ["{'a':1}", 1],
    ['{a:1}', 1],
    ['[1}', 2],
    ['{"a":1]', 6],
    [']', 0],
    ['{} {}', 3],
    ['[01]', 2],
    ['[+1]', 1],
    ['[.5]', 1],
    ['[1.]', 2],
    ['[0x10]', 2],
    ['[NaN]', 1],
    ['[1e999]', 1],
    ['[-1e999]', 1],
    ['["a', 3],
    ['["a\nb"]', 3],
    ['["\\x"]', 2],
    ['["\\u12"]', 2],
    ['["\\', 2],
    ['[1] // no', 4],
    ['[\u00a01]', 1],
    ['\u00e4', 0],
    ['["\\u0000"]', 2],
    ['{"\\u0000":1}', 2],
    ['["\\ud800"]', 2],
    ['["\\udc00\\ud800"]', 2],
    ['["a\\ud800\\u0041"]', 3],
    ['{"\\uD800":1}', 2],
  ])('says where %j goes wrong', (text, offset) => {
    expect(offsetOf(text)).toBe(offset);
  });

  it('takes surrogate pairs and escaped controls', () => {
    expect(parseJsonText('["\\ud83d\\ude00","\\u0001","\\\\u0000"]')).toEqual(['😀', '\u0001', '\\u0000']);
  });

  it.each([
    ['a lone byte', [0x22, 0xff, 0x22], 1],
    ['a sequence cut short', [0x22, 0xe0, 0xa4, 0x22], 1],
    ['an overlong quote', [0x22, 0xc0, 0xa2, 0x22], 1],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00], 0],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d], 0],
  ])('refuses %s', (_, bytes, offset) => {
    const fault = faultOf(() => parseJson(Uint8Array.from(bytes)));
    expect(fault).toMatchObject({ code: 'malformed_body', status: 400 });
    expect(fault.issues[0]?.path).toEqual([offset]);
  });

  it('leaves the detail free of what was sent', () => {
    expect(faultOf(() => parseJsonText('{"pin": 12345 secret}')).detail).not.toMatch(/12345|secret/);
  });

  it.each(['"', '\\"', '{"a":', '"a":1,', '[[]', ',', '\\u0061', '{"a":1,"a":', '9', '\t'])(
    'is done with 1 MB of %s in linear time',
    (piece) => {
      const timeOf = (size: number) => {
        const text = `["${piece.repeat(size / piece.length)}`;
        const start = performance.now();
        faultOf(() => parseJsonText(text));
        faultOf(() => parseJsonText(text.slice(2)));
        return performance.now() - start;
      };
      // A quadratic reader would need minutes.
      expect(timeOf(1_000_000)).toBeLessThan(2_000);
    },
  );
});
