import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { largestOffset, parseLimit, parseOffset } from './paging.ts';

describe('a limit', () => {
  const options = { default: 20, maximum: 100 };

  it('has a default, a minimum and a maximum', () => {
    expect(parseLimit(undefined, options)).toBe(20);
    expect(parseLimit('', options)).toBe(20);
    expect(parseLimit('1', options)).toBe(1);
    expect(parseLimit('100', options)).toBe(100);
    expect(parseLimit('0', { ...options, minimum: 0 })).toBe(0);
  });

  it.each(['0', '101', '-1', '1.5', '1e2', ' 5', '5 ', '+5', 'x', '0x10', '99999999999999999999', '٥'])(
    'refuses %s',
    (text) => {
      expect(() => parseLimit(text, options)).toThrow(
        expect.objectContaining({ code: 'invalid_parameter', status: 400 }),
      );
    },
  );

  it('tells what was wrong', () => {
    for (const [text, code, expected] of [
      ['0', 'minimum', 1],
      ['101', 'maximum', 100],
      ['x', 'type', undefined],
    ] as const) {
      const issue = expect.objectContaining({ in: 'query', path: ['limit'], code, input: text });
      expect(() => parseLimit(text, options)).toThrow(expect.objectContaining({ issues: [issue] }));
      if (expected !== undefined) {
        const bound = expect.objectContaining({ expected });
        expect(() => parseLimit(text, options)).toThrow(expect.objectContaining({ issues: [bound] }));
      }
    }
  });

  it('answers an error of the developer', () => {
    const error = { code: 'count_out_of_range', status: 422, detail: '[V1]' };
    expect(() => parseLimit('101', { ...options, parameter: '_count', error })).toThrow(expect.objectContaining(error));
  });
});

describe('an offset', () => {
  it('goes to 10 000, or as far as told', () => {
    expect(parseOffset(undefined)).toEqual({ rows: 0, exact: 0n });
    expect(parseOffset('10000')).toEqual({ rows: 10_000, exact: 10_000n });
    expect(() => parseOffset('10001')).toThrow(SallyportError);
    expect(() => parseOffset('-1')).toThrow(SallyportError);
    expect(parseOffset('9223372036854775807', { maximum: largestOffset })).toEqual({
      rows: Number.MAX_SAFE_INTEGER,
      exact: 9223372036854775807n,
    });
    expect(() => parseOffset('9223372036854775808', { maximum: largestOffset })).toThrow(SallyportError);
  });

  it('throws nothing but SallyportError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8192 }), (text) => {
        try {
          parseOffset(text);
          parseLimit(text, { default: 1, maximum: 10 });
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
    );
  });
});
