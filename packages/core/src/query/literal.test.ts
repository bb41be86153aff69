import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { faultOf } from '../http/testing/fault.ts';
import { readLiteral } from './literal.ts';

describe('readLiteral', () => {
  it.each([
    ['[]', []],
    ['()', []],
    ['[1,]', [1]],
    ['(1,)', [1]],
    ['(1)', 1],
    ['((1))', 1],
    ['([1], 2)', [[1], 2]],
    [
      `[("active", "=", True), ('id','>',0)]`,
      [
        ['active', '=', true],
        ['id', '>', 0],
      ],
    ],
    ['[["active","=",true]]', [['active', '=', true]]],
    ['[None, null, False, false, True, true]', [null, null, false, false, true, true]],
    [' \t\r\n7 ', 7],
    ['-1.5e3', -1500],
    ['[+1, .5, 1., 0]', [1, 0.5, 1, 0]],
    [String.raw`'it\'s "so" \\ \u00e9 \xe9 \U0001f600 \n\/'`, 'it\'s "so" \\ é é 😀 \n/'],
    ['"it\'s"', "it's"],
  ])('reads %s', (text, value) => {
    expect(readLiteral(text)).toEqual(value);
  });

  it.each([
    ['', 0],
    ['[', 1],
    ['[1', 2],
    ['[1 2]', 3],
    ['[,]', 1],
    ['[1,,]', 3],
    ['(,)', 1],
    ['[1)', 2],
    ['1 2', 2],
    ['01', 1],
    ['1_000', 1],
    ['0x10', 1],
    ['nan', 0],
    ['{}', 0],
    ["'a", 2],
    ["'a\nb'", 2],
    [String.raw`'\q'`, 1],
    [String.raw`'\u12'`, 1],
    [String.raw`'\U00110000'`, 1],
    ["__import__('os')", 0],
    ['True()', 4],
    ["'a' 'b'", 4],
    ['-', 0],
    ['[1]]', 3],
  ])('refuses %s at %i', (text, offset) => {
    const fault = faultOf(() => readLiteral(text));
    expect([fault.code, fault.status, fault.facts.offset]).toEqual(['malformed_filter', 400, offset]);
  });

  it('keeps to its limits', () => {
    const list = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(readLiteral(list(8))).toBeDefined();
    expect(faultOf(() => readLiteral(list(9))).code).toBe('malformed_filter');
    expect(readLiteral(`[${'1,'.repeat(500)}]`)).toHaveLength(500);
    expect(faultOf(() => readLiteral(`[${'1,'.repeat(501)}]`)).code).toBe('malformed_filter');
    expect(readLiteral(`"${'é'.repeat(4095)}"`)).toHaveLength(4095);
    expect(faultOf(() => readLiteral(`"${'é'.repeat(4096)}"`)).code).toBe('malformed_filter');
  });

  const { json } = fc.letrec<{ json: unknown; list: unknown[] }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', maxDepth: 7 },
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(true, false, null),
      tie('list'),
    ),
    list: fc.array(tie('json'), { maxLength: 6 }),
  }));

  it('reads JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(Buffer.byteLength(text) <= 8192);
        expect(readLiteral(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads what Python writes', () => {
    const python = (value: unknown): string => {
      if (Array.isArray(value)) return `(${value.map((each) => `${python(each)},`).join('')})`;
      if (typeof value === 'string')
        return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
      return value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : String(value);
    };
    fc.assert(
      fc.property(json, (value) => {
        const text = python(value);
        fc.pre(Buffer.byteLength(text) <= 8192);
        expect(readLiteral(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('throws nothing but SallyportError', () => {
    const fragments = fc.array(
      fc.constantFrom(
        '[',
        ']',
        '(',
        ')',
        ',',
        "'",
        '"',
        '\\',
        '\\u',
        '\\x',
        '1',
        '-',
        '.',
        'e',
        'True',
        'None',
        ' ',
        'é',
        '\0',
      ),
      { maxLength: 2000 },
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8192, size: 'max' }),
      fragments.map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (hostile) => {
        try {
          readLiteral(hostile);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['open lists', '['.repeat(8192)],
    ['backslashes', `"${'\\'.repeat(8190)}"`],
    ['quotes', `'${'"'.repeat(8190)}'`],
    ['digits', '1'.repeat(8192)],
    ['digits and points', '1.'.repeat(4096)],
    ['exponents', `${'1e'.repeat(4096)}`],
    ['spaces', ' '.repeat(8192)],
    ['a word', 'T'.repeat(8192)],
    ['full lists', `[${`[${'1,'.repeat(500)}],`.repeat(8)}]`],
  ])('is quick with 8 KB of %s', (_, text) => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      try {
        readLiteral(text);
      } catch {
        // whether it is refused is tested above
      }
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
