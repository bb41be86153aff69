import { describe, expect, it } from 'vitest';
import {
  evaluateIfMatch,
  evaluateIfNoneMatch,
  evaluatePreconditions,
  isNotModified,
  type PreconditionResult,
} from './conditional.ts';
import { faultOf } from './testing/fault.ts';

describe('evaluateIfMatch', () => {
  it.each([
    [undefined, 'a', true],
    [undefined, undefined, true],
    ['"a"', 'a', true],
    ['"b", "a"', 'a', true],
    ['"b"', 'a', false],
    ['W/"a"', 'a', false],
    ['*', 'a', true],
    ['*', undefined, false],
    ['"a"', undefined, false],
    ['"A"', 'a', false],
  ])('%j against %j: %s', (header, tag, result) => {
    expect(evaluateIfMatch(header, tag)).toBe(result);
  });

  it('takes bare and weak tags only when lenient', () => {
    expect(evaluateIfMatch('a', 'a', { lenient: true })).toBe(true);
    expect(evaluateIfMatch('W/"a"', 'a', { lenient: true })).toBe(true);
    expect(evaluateIfMatch('b', 'a', { lenient: true })).toBe(false);
    expect(faultOf(() => evaluateIfMatch('a', 'a')).code).toBe('malformed_request');
  });

  it('refuses garbage also where there is nothing to compare with', () => {
    expect(faultOf(() => evaluateIfMatch('garbage', undefined)).status).toBe(400);
  });
});

describe('evaluateIfNoneMatch', () => {
  it.each([
    [undefined, 'a', true],
    ['"a"', 'a', false],
    ['W/"a"', 'a', false],
    ['"b"', 'a', true],
    ['*', 'a', false],
    ['*', undefined, true],
    ['"a"', undefined, true],
  ])('%j against %j: %s', (header, tag, result) => {
    expect(evaluateIfNoneMatch(header, tag)).toBe(result);
  });
});

const earlier = 'Sun, 06 Nov 1994 08:49:36 GMT';
const same = 'Sun, 06 Nov 1994 08:49:37 GMT';
const lastModified = new Date(Date.UTC(1994, 10, 6, 8, 49, 37, 900));

describe('isNotModified', () => {
  it('compares tags, and dates only without tags', () => {
    const current = { etag: 'a', lastModified };
    expect(isNotModified({ 'if-none-match': '"a"' }, current)).toBe(true);
    expect(isNotModified({ 'if-none-match': '"b"', 'if-modified-since': same }, current)).toBe(false);
    expect(isNotModified({ 'if-modified-since': same }, current)).toBe(true);
    expect(isNotModified({ 'if-modified-since': earlier }, current)).toBe(false);
    expect(isNotModified({ 'if-modified-since': 'yesterday' }, current)).toBe(false);
    expect(isNotModified({ 'if-modified-since': same }, { etag: 'a' })).toBe(false);
    expect(isNotModified({}, current)).toBe(false);
    expect(isNotModified({ 'if-none-match': '*' }, undefined)).toBe(false);
  });
});

describe('evaluatePreconditions (RFC 9110 section 13.2.2)', () => {
  const current = { etag: 'a', lastModified };
  const cases: readonly (readonly [string, Record<string, string>, PreconditionResult])[] = [
    ['GET', {}, 'proceed'],
    ['GET', { 'if-match': '"a"' }, 'proceed'],
    ['GET', { 'if-match': '"b"' }, 'failed'],
    ['PUT', { 'if-match': '"b"' }, 'failed'],
    ['PUT', { 'if-match': '*' }, 'proceed'],
    // step 2 is left out when there is an If-Match
    ['PUT', { 'if-match': '"a"', 'if-unmodified-since': earlier }, 'proceed'],
    ['PUT', { 'if-unmodified-since': earlier }, 'failed'],
    ['PUT', { 'if-unmodified-since': same }, 'proceed'],
    ['PUT', { 'if-unmodified-since': 'never' }, 'proceed'],
    // step 3
    ['GET', { 'if-none-match': '"a"' }, 'not-modified'],
    ['HEAD', { 'if-none-match': '*' }, 'not-modified'],
    ['QUERY', { 'if-none-match': 'W/"a"' }, 'not-modified'],
    ['PUT', { 'if-none-match': '*' }, 'failed'],
    ['POST', { 'if-none-match': '"a"' }, 'failed'],
    ['PUT', { 'if-none-match': '"b"' }, 'proceed'],
    // step 4 is left out when there is an If-None-Match, and for changes
    ['GET', { 'if-modified-since': same }, 'not-modified'],
    ['GET', { 'if-none-match': '"b"', 'if-modified-since': same }, 'proceed'],
    ['PUT', { 'if-modified-since': same }, 'proceed'],
    // If-Match comes before If-None-Match
    ['GET', { 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed'],
    ['GET', { 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
    ['GET', { 'if-unmodified-since': earlier, 'if-none-match': '"a"' }, 'failed'],
  ];
  it.each(cases)('%s %j: %s', (method, headers, result) => {
    expect(evaluatePreconditions({ method, headers, current })).toBe(result);
  });

  it('knows that there is nothing yet', () => {
    const judge = (headers: Record<string, string>) =>
      evaluatePreconditions({ method: 'PUT', headers, current: undefined });
    expect(judge({ 'if-none-match': '*' })).toBe('proceed');
    expect(judge({ 'if-match': '*' })).toBe('failed');
    expect(judge({ 'if-unmodified-since': earlier })).toBe('proceed');
  });

  it('tells a representation without a tag from none', () => {
    const judge = (headers: Record<string, string>) => evaluatePreconditions({ method: 'PUT', headers, current: {} });
    expect(judge({ 'if-match': '*' })).toBe('proceed');
    expect(judge({ 'if-match': '""' })).toBe('failed');
    expect(judge({ 'if-none-match': '*' })).toBe('failed');
  });

  it('passes leniency on to If-Match alone', () => {
    expect(evaluatePreconditions({ method: 'PUT', headers: { 'if-match': 'a' }, current, lenient: true })).toBe(
      'proceed',
    );
    const fault = faultOf(() =>
      evaluatePreconditions({ method: 'PUT', headers: { 'if-none-match': 'a' }, current, lenient: true }),
    );
    expect(fault.issues[0]?.path).toEqual(['if-none-match']);
  });
});
