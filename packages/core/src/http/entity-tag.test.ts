import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { deriveEntityTag, formatEntityTag, matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tag.ts';
import { faultOf } from './testing/fault.ts';

const strong = (value: string) => ({ weak: false, value });
const weak = (value: string) => ({ weak: true, value });

describe('parseEntityTags', () => {
  it.each([
    ['*', '*'],
    [' * ', '*'],
    ['"a"', [strong('a')]],
    ['W/"a"', [weak('a')]],
    ['""', [strong('')]],
    ['"a", W/"b" ,"c"', [strong('a'), weak('b'), strong('c')]],
    ['"a,b"', [strong('a,b')]],
    ['"W/"', [strong('W/')]],
    [', "a",, "b",', [strong('a'), strong('b')]],
    ['"caf\u00e9!#~\\"', [strong('caf\u00e9!#~\\')]],
  ])('reads %j', (header, tags) => {
    expect(parseEntityTags('if-match', header)).toEqual(tags);
  });

  it.each([
    '',
    ' ',
    ',',
    'a',
    '"a',
    'a"',
    '"a" "b"',
    '"a"b',
    'w/"a"',
    'W/a',
    'W/',
    'W/ "a"',
    '"a b"',
    '"a\tb"',
    '*, "a"',
    '"a", *',
    '**',
    "'a'",
    '"a";q=1',
  ])('refuses %j', (header) => {
    const fault = faultOf(() => parseEntityTags('if-match', header));
    expect(fault).toMatchObject({ code: 'malformed_request', status: 400 });
    expect(fault.issues[0]).toMatchObject({ in: 'header', path: ['if-match'], code: 'format' });
  });

  it.each([
    ['1772643729118204', [strong('1772643729118204')]],
    ['W/"a"', [strong('a')]],
    ['W/a', [strong('a')]],
    ['a, "b", W/"c"', [strong('a'), strong('b'), strong('c')]],
    ['*', '*'],
  ])('reads %j leniently', (header, tags) => {
    expect(parseEntityTags('if-match', header, { lenient: true })).toEqual(tags);
  });

  it.each(['', ',', '"a', 'a"b', 'a b', 'W/'])('refuses %j even leniently', (header) => {
    expect(faultOf(() => parseEntityTags('if-match', header, { lenient: true })).code).toBe('malformed_request');
  });

  it('reads back every list that is written', () => {
    const value = fc.string({ unit: fc.constantFrom('a', '!', '#', ',', '\\', '~', '\u00ff', '*', '/') });
    const tag = fc.record({ weak: fc.boolean(), value });
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1 }), (tags) => {
        const header = tags.map((each) => `${each.weak ? 'W/' : ''}"${each.value}"`).join(', ');
        expect(parseEntityTags('if-none-match', header)).toEqual(tags);
      }),
    );
  });

  it('throws nothing but SallyportError, and is linear', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', 'W', '/', ',', ' ', 'a', '*') }),
        fc.boolean(),
        (header, lenient) => {
          try {
            parseEntityTags('if-match', header, { lenient });
          } catch (error) {
            expect(error).toBeInstanceOf(SallyportError);
          }
        },
      ),
      { numRuns: 1000 },
    );
    const start = performance.now();
    for (const piece of ['"', ',', ' ', '"",', 'W/', 'a,', '"a']) {
      for (const lenient of [true, false]) {
        try {
          parseEntityTags('if-match', piece.repeat(4000), { lenient });
        } catch {}
      }
    }
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('comparison (the table of RFC 9110 section 8.8.3.2)', () => {
  it.each([
    [weak('1'), '1', false, true],
    [strong('1'), '1', true, true],
    [strong('1'), '2', false, false],
    [weak('1'), '2', false, false],
  ])('%j against "%s"', (tag, current, strongly, weakly) => {
    expect(matchesStrongly([tag], current)).toBe(strongly);
    expect(matchesWeakly([tag], current)).toBe(weakly);
  });
});

describe('deriveEntityTag', () => {
  it('is stable, and differs with the version and every part of the variant', () => {
    const parts = ['7', 'fields=a', 'expand=', 'mask=1'];
    expect(deriveEntityTag(parts)).toBe(deriveEntityTag([...parts]));
    expect(deriveEntityTag(parts)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    parts.forEach((_, index) => {
      expect(deriveEntityTag(parts.with(index, 'other'))).not.toBe(deriveEntityTag(parts));
    });
  });

  it('keeps parts apart', () => {
    expect(deriveEntityTag(['a', 'b'])).not.toBe(deriveEntityTag(['ab', '']));
    expect(deriveEntityTag(['a,1:b'])).not.toBe(deriveEntityTag(['a', 'b']));
    expect(deriveEntityTag([])).not.toBe(deriveEntityTag(['']));
  });
});

describe('formatEntityTag', () => {
  it('puts quotes around', () => {
    expect(formatEntityTag('abc')).toBe('"abc"');
  });

  it.each(['a"b', 'a b', 'a\r\nb', '\u0100'])('refuses %j', (value) => {
    expect(faultOf(() => formatEntityTag(value)).code).toBe('internal');
  });
});
