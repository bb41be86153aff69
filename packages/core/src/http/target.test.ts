import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { decodeSegment, parseTarget } from './target.ts';
import { faultOf } from './testing/fault.ts';

describe('parseTarget', () => {
  it('parts path and query, the path still encoded', () => {
    expect(parseTarget('/partner/rest/x%2Fy?limit=20&name=A%20B')).toEqual({
      path: '/partner/rest/x%2Fy',
      rawQuery: 'limit=20&name=A%20B',
      query: [
        ['limit', '20'],
        ['name', 'A B'],
      ],
    });
  });

  it('has an empty query where there is none', () => {
    expect(parseTarget('/a')).toEqual({ path: '/a', rawQuery: '', query: [] });
    expect(parseTarget('/a?')).toEqual({ path: '/a', rawQuery: '', query: [] });
  });

  it('reads + as a space in the query and as itself in the path', () => {
    const target = parseTarget('/a+b?phone=%2B44+20');
    expect(target.path).toBe('/a+b');
    expect(decodeSegment('a+b')).toBe('a+b');
    expect(target.query).toEqual([['phone', '+44 20']]);
  });

  it('keeps order, repetitions, empty values and names without a value; skips empty pieces', () => {
    expect(parseTarget('/?b=1&a=&b=2&&c&=x').query).toEqual([
      ['b', '1'],
      ['a', ''],
      ['b', '2'],
      ['c', ''],
      ['', 'x'],
    ]);
  });

  it('keeps brackets flat, and a value its further equals signs and question marks', () => {
    expect(parseTarget('/?b[c]=3&d=e=f?g').query).toEqual([
      ['b[c]', '3'],
      ['d', 'e=f?g'],
    ]);
  });

  it('lets through the marks that clients send raw', () => {
    expect(parseTarget('/Individual/urn:openspp:vocab%23id|A|1?q=a|b"{}').path).toBe(
      '/Individual/urn:openspp:vocab%23id|A|1',
    );
  });

  it('takes the path of an absolute-form and leaves its authority', () => {
    expect(parseTarget('http://evil.example/a?x=1')).toMatchObject({ path: '/a', rawQuery: 'x=1' });
    expect(parseTarget('HTTPS://u:p@evil.example:8443//b')).toMatchObject({ path: '//b' });
    expect(parseTarget('http://evil.example')).toMatchObject({ path: '/', rawQuery: '' });
    expect(parseTarget('http://evil.example?x=/1')).toMatchObject({ path: '/', rawQuery: 'x=/1' });
  });

  it('takes the asterisk-form for OPTIONS only', () => {
    expect(parseTarget('*', { method: 'OPTIONS' })).toEqual({ path: '*', rawQuery: '', query: [] });
    expect(faultOf(() => parseTarget('*', { method: 'GET' })).code).toBe('malformed_target');
    expect(faultOf(() => parseTarget('*')).code).toBe('malformed_target');
  });

  it('does not normalise', () => {
    expect(parseTarget('/a/../b//c/./%2e%2e').path).toBe('/a/../b//c/./%2e%2e');
  });

  it.each([
    ['an escape cut short in the path', '/r/%'],
    ['an escape cut short by a digit', '/r/%4'],
    ['an escape that is not hexadecimal', '/r/%zz'],
    ['a UTF-8 sequence cut short', '/r/%E0%A4%A'],
    ['a UTF-8 sequence that a slash cuts short', '/r/%E0/%A4%A4'],
    ['an overlong slash', '/r/%C0%AF'],
    ['a surrogate in UTF-8', '/r/%ED%A0%80'],
    ['a lone continuation byte', '/r/%80'],
    ['NUL in the path', '/r/%00'],
    ['a line end in the path', '/r/a%0D%0Ab'],
    ['DEL in the path', '/r/%7F'],
    ['a C1 control in the path', '/r/%C2%85'],
    ['a bad escape in a query value', '/r?a=%E0%A4%A'],
    ['a bad escape in a query name', '/r?%GG=1'],
    ['NUL in the query', '/r?a=%00'],
    ['ESC in the query', '/r?a=%1b[0m'],
    ['a line end in a query name', '/r?a%0A=1'],
    ['a raw space', '/a b'],
    ['a raw NUL', '/a\0'],
    ['a raw line end', '/a\r\nX: y'],
    ['a fragment', '/a#b'],
    ['a raw backslash', '/\\evil.example/'],
    ['raw bytes beyond ASCII', '/caf\u00e9'],
    ['no text', ''],
    ['no slash', 'a/b'],
    ['the authority-form', 'evil.example:443'],
    ['another scheme', 'ftp://host/a'],
    ['an absolute-form without a host', 'http:///a'],
  ])('refuses %s', (_, raw) => {
    const fault = faultOf(() => parseTarget(raw));
    expect(fault).toMatchObject({ code: 'malformed_target', status: 400 });
  });

  it('lets tab and line ends into query values: people type them', () => {
    expect(parseTarget('/?domain=[%0A%09]%0D').query).toEqual([['domain', '[\n\t]\r']]);
  });

  it('refuses a target beyond the limit, before it looks at it', () => {
    expect(parseTarget(`/${'a'.repeat(8191)}`).path).toHaveLength(8192);
    expect(faultOf(() => parseTarget(`/${'%'.repeat(8192)}`))).toMatchObject({ code: 'target_too_long', status: 414 });
    expect(faultOf(() => parseTarget('/abc', { maxLength: 3 })).code).toBe('target_too_long');
  });

  it('never throws anything else, and what it lets through decodes', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('/', '%', '%2F', '%E0', '%A4', '?', '&', '=', '+', 'a', '#', 'http://', '\0', '|'), {
        maxLength: 30,
      }),
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const raw = `/${typeof parts === 'string' ? parts : parts.join('')}`;
        try {
          const target = parseTarget(raw);
          for (const segment of target.path.split('/')) decodeSegment(segment);
          expect(target.path.startsWith('/')).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with URLSearchParams on every query that that one writes', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value) && value.isWellFormed());
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), (pairs) => {
        const query = new URLSearchParams(pairs).toString();
        expect(parseTarget(`/?${query}`, { maxLength: 100_000 }).query).toEqual(pairs);
      }),
    );
  });

  it.each(['%', '%41', '&', '=', '+', 'a=1&', '%C3%A9', '%2F/', '?'])('is done with 8 KB of %s in no time', (piece) => {
    const hostile = piece.repeat(Math.floor(8000 / piece.length));
    const start = performance.now();
    for (const raw of [`/${hostile}`, `/?${hostile}`]) {
      try {
        parseTarget(raw);
      } catch (error) {
        expect(error).toBeInstanceOf(SallyportError);
      }
    }
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('decodeSegment', () => {
  it('keeps an encoded slash inside the segment', () => {
    expect(decodeSegment('a%2Fb')).toBe('a/b');
  });

  it('decodes once', () => {
    expect(decodeSegment('%252F')).toBe('%2F');
  });

  it('brings back whatever encodeURIComponent wrote', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value) && value.isWellFormed());
    fc.assert(fc.property(text, (value) => decodeSegment(encodeURIComponent(value)) === value));
  });
});
