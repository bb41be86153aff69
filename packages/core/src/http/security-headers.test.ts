import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { securityHeaders } from './security-headers.ts';

describe('securityHeaders', () => {
  it('are these', () => {
    expect(securityHeaders()).toEqual({
      'cache-control': 'no-store',
      vary: 'Authorization, Origin, Accept',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    expect(Object.isFrozen(securityHeaders())).toBe(true);
  });

  it('have HSTS when asked for', () => {
    const header = (hsts: { maxAge: number; includeSubDomains?: boolean; preload?: boolean }) =>
      securityHeaders({ hsts })['strict-transport-security'];
    expect(header({ maxAge: 60 })).toBe('max-age=60');
    expect(header({ maxAge: 60, includeSubDomains: true, preload: true })).toBe(
      'max-age=60; includeSubDomains; preload',
    );
    for (const maxAge of [-1, 1.5, Number.NaN]) expect(() => header({ maxAge })).toThrow(ConfigurationError);
  });

  it('can be replaced and left out', () => {
    const headers = securityHeaders({ overrides: { 'referrer-policy': undefined, 'x-frame-options': 'DENY' } });
    expect(headers).not.toHaveProperty('referrer-policy');
    expect(headers['x-frame-options']).toBe('DENY');
  });

  it.each([{ 'a b': 'c' }, { 'X-A': 'c' }, { 'x-a': 'c\r\nset-cookie: d' }])('stop the start for %j', (overrides) => {
    expect(() => securityHeaders({ overrides })).toThrow(ConfigurationError);
  });
});
