import { SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { head } from '../../test-support/calls.ts';
import { csrfGuard, csrfToken } from './csrf.ts';

const session = 's'.repeat(43);
const token = csrfToken(session);
const own = { host: 'shop.example.org' };
const json = { 'content-type': 'application/json' };

function judge(options: Partial<Parameters<typeof csrfGuard>[0]>, method: string, headers: object, secure = true) {
  const guard = csrfGuard({ trustedOrigins: [], cookieOnlyClients: false, ...options });
  try {
    guard.check({ ...head({ ...own, ...headers }, { secure }), method }, session);
    return 'passes';
  } catch (error) {
    if (error instanceof SallyportError) return `${error.status} ${error.code}`;
    throw error;
  }
}

it('makes a token of 256 bits that tells nothing of the session, and is another for another', () => {
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(csrfToken(session)).toBe(token);
  expect(csrfToken(`${'s'.repeat(42)}t`)).not.toBe(token);
});

describe('with tokens', () => {
  it('wants none of what changes nothing', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'QUERY']) {
      expect([method, judge({}, method, { origin: 'https://evil.example' })]).toEqual([method, 'passes']);
    }
  });

  it('wants the session’s own of all the rest', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      expect([method, judge({}, method, json)]).toEqual([method, '403 csrf_token_invalid']);
      expect([method, judge({}, method, { 'x-csrf-token': token })]).toEqual([method, 'passes']);
    }
    const wrong = [
      '',
      ' ',
      token.slice(1),
      `${token}x`,
      token.toUpperCase(),
      csrfToken('another'),
      `${token}, ${token}`,
    ];
    for (const text of wrong) expect(judge({}, 'POST', { 'x-csrf-token': text })).toBe('403 csrf_token_invalid');
  });
});

describe('pages of other sites', () => {
  const right = { 'x-csrf-token': token };
  it.each([
    [{ origin: 'https://shop.example.org' }, 'passes'],
    [{ origin: 'https://shop.example.org', 'sec-fetch-site': 'same-origin' }, 'passes'],
    [{ 'sec-fetch-site': 'none' }, 'passes'],
    [{ origin: 'https://shop.example.org:443', host: 'shop.example.org:443' }, 'passes'],
    [{ origin: 'https://SHOP.example.org' }, 'passes'],
    [{ origin: 'https://app.example.org', 'sec-fetch-site': 'same-site' }, 'passes'],
    [{ 'sec-fetch-site': 'same-site' }, 'refused'],
    [{ 'sec-fetch-site': 'cross-site' }, 'refused'],
    [{ 'sec-fetch-site': 'same-origin, cross-site' }, 'refused'],
    [{ origin: 'https://evil.example' }, 'refused'],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, 'refused'],
    [{ origin: 'https://shop.example.org', 'sec-fetch-site': 'cross-site' }, 'refused'],
    [{ origin: 'http://shop.example.org' }, 'refused'],
    [{ origin: 'https://shop.example.org:8443' }, 'refused'],
    [{ origin: 'https://shop.example.org.evil.example' }, 'refused'],
    [{ origin: 'https://shop.example.org@evil.example' }, 'refused'],
    [{ origin: 'https://app.example.org.evil.example' }, 'refused'],
    [{ origin: 'null' }, 'refused'],
    [{ origin: '' }, 'refused'],
    [{ origin: 'file://' }, 'refused'],
    [{ origin: 'https://shop.example.org', host: '' }, 'refused'],
  ])('%j: %s, with the right token', (headers, expected) => {
    const answer = judge({ trustedOrigins: ['https://app.example.org'] }, 'POST', { ...right, ...headers });
    expect(answer).toBe(expected === 'passes' ? 'passes' : '403 cross_site_request');
  });

  it('know their own origin behind what ends TLS unseen', () => {
    for (const origin of ['http://shop.example.org', 'https://shop.example.org']) {
      expect(judge({}, 'POST', { ...right, origin }, false)).toBe('passes');
    }
  });
});

describe('clients with the cookie alone', () => {
  const alone = { cookieOnlyClients: true };
  it('pass when no page could have sent it', () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json']) {
      expect(judge(alone, 'POST', { 'content-type': type })).toBe('passes');
    }
    for (const method of ['PUT', 'PATCH', 'DELETE']) expect(judge(alone, method, {})).toBe('passes');
    expect(judge(alone, 'POST', { ...json, 'sec-fetch-mode': 'cors' })).toBe('passes');
  });

  it.each([
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=b' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'text/plain; application/json' },
    { 'content-type': 'application/jsonx' },
    { 'content-type': '' },
    {},
    { ...json, origin: 'https://shop.example.org' },
    { ...json, referer: 'https://shop.example.org/' },
    { ...json, 'sec-fetch-site': 'same-origin' },
    { ...json, 'sec-fetch-site': 'none' },
  ])('need the token when one could: %j', (headers) => {
    expect(judge(alone, 'POST', headers)).toBe('403 csrf_token_invalid');
    expect(judge(alone, 'POST', { ...headers, 'x-csrf-token': token })).toBe('passes');
  });

  it('may not send a wrong one', () => {
    expect(judge(alone, 'POST', { ...json, 'x-csrf-token': 'wrong' })).toBe('403 csrf_token_invalid');
  });

  it('are refused from other sites all the same', () => {
    expect(judge(alone, 'DELETE', { origin: 'https://evil.example' })).toBe('403 cross_site_request');
  });
});

it('takes origins only', () => {
  for (const origin of ['https://a.example/', 'a.example', 'https://a.example/x', '*', 'null']) {
    expect(() => csrfGuard({ trustedOrigins: [origin], cookieOnlyClients: false })).toThrow(
      'sessions.trustedOrigins[0]',
    );
  }
});
