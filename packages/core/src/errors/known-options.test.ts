import { describe, expect, it } from 'vitest';
import { knownOptions } from './known-options.ts';

interface Options {
  readonly path?: string;
  readonly limits?: { readonly batch?: number };
}

/** As JavaScript would call it. */
const refused = (given: unknown, place = 'plugins.bundle'): string => {
  try {
    knownOptions(place, given as Options, { path: true, limits: true });
    return 'none';
  } catch (error) {
    return String(error);
  }
};

describe('knownOptions', () => {
  it('lets all options through, and what is none', () => {
    for (const given of [{}, { path: '/', limits: {} }, undefined, null, 7, 'limit', () => 0]) {
      expect(refused(given)).toBe('none');
    }
  });

  it('names the nearest option', () => {
    expect(refused({ limit: 1 })).toBe(
      'ConfigurationError: plugins.bundle.limit: there is no such option: did you mean "limits"?',
    );
    expect(refused({ LIMITS: 1 })).toContain('did you mean "limits"?');
    expect(refused({ pth: 1 }, '')).toBe('ConfigurationError: pth: there is no such option: did you mean "path"?');
  });

  it('names all of them where none is near', () => {
    for (const name of ['scope', 'x', 'constructor', '__proto__x', 'l'.repeat(2000)]) {
      expect(refused({ [name]: undefined })).toContain('there is no such option: there are path, limits');
    }
  });

  it('asks for the names of all options', () => {
    // @ts-expect-error: `limits` is an option too
    knownOptions('plugins.bundle', {} as Options, { path: true });
  });
});
