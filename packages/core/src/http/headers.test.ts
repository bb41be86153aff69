import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { assertFieldValue, readHeaders } from './headers.ts';
import { faultOf } from './testing/fault.ts';

describe('readHeaders', () => {
  it('makes a record of lower-case names without a prototype', () => {
    const headers = readHeaders(['Host', 'a.example', 'Content-TYPE', ' application/json\t']);
    expect(headers).toEqual(
      Object.assign(Object.create(null), { host: 'a.example', 'content-type': 'application/json' }),
    );
    expect(Object.getPrototypeOf(headers)).toBe(null);
    expect(headers.constructor).toBe(undefined);
  });

  it('joins fields that are lists, in order', () => {
    const headers = readHeaders([
      ...['Accept', 'text/html', 'accept', 'application/json'],
      ...['If-None-Match', '"a"', 'If-None-Match', '"b"'],
      ...['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-For', '2.2.2.2'],
      ...['Cookie', 'a=1', 'Cookie', 'b=2'],
    ]);
    expect(headers).toMatchObject({
      accept: 'text/html, application/json',
      'if-none-match': '"a", "b"',
      'x-forwarded-for': '1.1.1.1, 2.2.2.2',
      cookie: 'a=1; b=2',
    });
  });

  it.each([
    'Host',
    'Authorization',
    'Content-Type',
    'Content-Length',
    'If-Modified-Since',
    'Idempotency-Key',
    'Origin',
  ])('refuses two of %s, equal or not', (name) => {
    for (const second of ['x', 'y']) {
      const fault = faultOf(() => readHeaders([name, 'x', name.toUpperCase(), second]));
      expect(fault).toMatchObject({ code: 'malformed_request', status: 400 });
    }
  });

  it('sees a repetition even when the first value is empty', () => {
    expect(faultOf(() => readHeaders(['Host', '', 'Host', 'b'])).code).toBe('malformed_request');
  });

  it('wants a Host where the protocol does', () => {
    expect(faultOf(() => readHeaders(['Accept', '*/*'], { hostRequired: true })).code).toBe('malformed_request');
    expect(readHeaders(['Accept', '*/*'])).toMatchObject({ accept: '*/*' });
  });

  it('takes hosts that are hosts', () => {
    for (const host of ['', 'a.example', 'a.example:8069', '127.0.0.1:', '[::1]:80', 'x_y', '%C3%A9']) {
      expect(readHeaders(['Host', host], { hostRequired: true })).toMatchObject({ host });
    }
    for (const host of ['a b', 'a/c', 'user@a', 'a:b', 'a:80:80', '[::1', 'a?b', 'a#b', 'a,b\\c']) {
      expect(
        faultOf(() => readHeaders(['Host', host])),
        host,
      ).toMatchObject({ code: 'malformed_request' });
    }
  });

  it.each([
    ['CR', 'a\rb'],
    ['LF', 'a\nb'],
    ['NUL', 'a\0b'],
    ['DEL', 'a\u007fb'],
    ['a character beyond a byte', 'a\u0100'],
  ])('refuses a value with %s', (_, value) => {
    expect(faultOf(() => readHeaders(['X-A', value])).code).toBe('malformed_request');
  });

  it.each(['', 'a b', 'a:b', 'a\r\n', 'é', 'a(b)'])('refuses the name %j', (name) => {
    expect(faultOf(() => readHeaders([name, 'x'])).code).toBe('malformed_request');
  });

  it('keeps obs-text and inner tabs', () => {
    expect(readHeaders(['X-A', 'caf\u00e9\tb'])).toMatchObject({ 'x-a': 'caf\u00e9\tb' });
  });

  it('leaves out pseudo header fields', () => {
    expect(readHeaders([':path', '/a', 'x-a', '1'])).toEqual(Object.assign(Object.create(null), { 'x-a': '1' }));
  });

  it('refuses too many characters', () => {
    const fault = faultOf(() => readHeaders(['X-A', 'a'.repeat(16_384)]));
    expect(fault).toMatchObject({ code: 'headers_too_large', status: 431 });
    const many = Array.from({ length: 4000 }, (_, index) => (index % 2 === 0 ? `x-${index}` : ''));
    expect(faultOf(() => readHeaders(many, { maxLength: 1000 })).code).toBe('headers_too_large');
    expect(() => readHeaders(['a', 'b'], { maxLength: 6 })).not.toThrow();
    expect(() => readHeaders(['a', 'b'], { maxLength: 5 })).toThrow();
  });

  it('throws nothing but SallyportError', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
        try {
          for (const value of Object.values(readHeaders(lines))) expect(value).not.toMatch(/[\r\n\0]/);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
    );
  });
});

describe('assertFieldValue', () => {
  it('lets ordinary headers pass', () => {
    expect(() => assertFieldValue('location', '/partner/rest/x%0A')).not.toThrow();
  });

  it.each([
    ['location', '/a\r\nset-cookie: b'],
    ['location', '/a\nb'],
    ['x-a', 'a\0'],
    ['x-a', '\u2028'],
    ['x a', 'b'],
    ['', 'b'],
  ])('stops %j: %j without telling the caller why', (name, value) => {
    const fault = faultOf(() => assertFieldValue(name, value));
    expect(fault).toMatchObject({ code: 'internal', status: 500 });
    expect(fault.detail).not.toContain(name || 'header');
  });
});
