import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptable, contentKindOf, parseMediaType } from './media-type.ts';

describe('parseMediaType', () => {
  it('reads type and parameters', () => {
    expect(parseMediaType('application/json')).toMatchObject({ type: 'application/json' });
    expect(parseMediaType('Text/HTML ; Charset="utf-8" ; q=1')).toMatchObject({
      type: 'text/html',
      parameters: { charset: 'utf-8', q: '1' },
    });
  });

  it.each([
    'application/json garbage',
    'application/json, text/html',
    'application/json charset=utf-8',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset="utf-8',
    'application/json; charset="a"b',
    'application',
    'application/',
    '/json',
    'application/json/x',
    '',
    ';',
  ])('refuses %j', (header) => {
    expect(parseMediaType(header)).toBe(undefined);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => void contentKindOf(header)));
  });
});

describe('contentKindOf', () => {
  it.each([
    ['application/json', 'json'],
    ['APPLICATION/JSON; charset=UTF-8', 'json'],
    ['application/vnd.api+json', 'json'],
    ['application/merge-patch+json', 'merge-patch'],
    ['application/x-www-form-urlencoded;charset=utf-8', 'form'],
    ['application/json-patch+json', 'bytes'],
    ['text/json', 'bytes'],
    ['image/png', 'bytes'],
    ['text/plain; charset=latin1', 'bytes'],
    ['application/json; charset=utf-16', undefined],
    ['application/json; charset=latin1', undefined],
    ['application/x-www-form-urlencoded; charset=iso-8859-1', undefined],
    ['application/json garbage', undefined],
  ])('%j is %s', (header, kind) => {
    expect(contentKindOf(header)).toBe(kind);
  });
});

describe('acceptable', () => {
  const offered = ['application/json', 'application/problem+json', 'text/html'] as const;

  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/html', 'text/html'],
    ['text/html;q=0.5, application/problem+json', 'application/problem+json'],
    ['application/json;q=0, */*;q=0.1', 'application/problem+json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['APPLICATION/JSON', 'application/json'],
    ['image/png', undefined],
    ['*/*;q=0', undefined],
    ['garbage', undefined],
  ])('Accept %j is answered with %s', (accept, type) => {
    expect(acceptable(accept, offered)).toBe(type);
  });

  it('disregards a header that is made to cost time', () => {
    expect(acceptable('a/b,'.repeat(2000), offered)).toBe('application/json');
  });

  it('offers one of the offered or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (accept) => {
        expect([...offered, undefined]).toContain(acceptable(accept, offered));
      }),
    );
  });
});
