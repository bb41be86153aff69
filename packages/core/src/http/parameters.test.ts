import { describe, expect, it } from 'vitest';
import { settleParameters } from './parameters.ts';
import { parseTarget } from './target.ts';
import { faultOf } from './testing/fault.ts';

const queryOf = (text: string) => parseTarget(`/?${text}`).query;

describe('settleParameters', () => {
  it('lets single parameters through untouched', () => {
    const query = queryOf('limit=1&offset=2');
    expect(settleParameters(query)).toBe(query);
  });

  it('refuses a repeated parameter, one issue for each name', () => {
    const fault = faultOf(() => settleParameters(queryOf('limit=1&limit=9&limit=9&order=a&order=b')));
    expect(fault).toMatchObject({ code: 'invalid_parameter', status: 400 });
    expect(fault.issues.map(({ in: place, path, code }) => ({ place, path, code }))).toEqual([
      { place: 'query', path: ['limit'], code: 'duplicate' },
      { place: 'query', path: ['order'], code: 'duplicate' },
    ]);
  });

  it('sees a repetition through escapes', () => {
    expect(faultOf(() => settleParameters(queryOf('limit=1&%6cimit=9'))).code).toBe('invalid_parameter');
  });

  it('keeps the last value, or all, where the API says so', () => {
    const query = queryOf('a=1&b=2&a=3');
    expect(settleParameters(query, 'last')).toEqual([
      ['b', '2'],
      ['a', '3'],
    ]);
    expect(settleParameters(query, 'all')).toBe(query);
  });

  it('lets declared lists repeat whatever the rule', () => {
    const lists = new Set(['a']);
    expect(settleParameters(queryOf('a=1&a=2'), 'refuse', lists)).toHaveLength(2);
    expect(settleParameters(queryOf('a=1&b=1&a=2&b=2'), 'last', lists)).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', '2'],
    ]);
    expect(faultOf(() => settleParameters(queryOf('a=1&a=2&b=1&b=2'), 'refuse', lists)).issues).toHaveLength(1);
  });

  it.each(['__proto__', 'constructor', 'prototype', '%5f_proto__'])('refuses the name %s under every rule', (name) => {
    for (const rule of ['refuse', 'last', 'all'] as const) {
      const fault = faultOf(() => settleParameters(queryOf(`${name}=x`), rule, new Set([name])));
      expect(fault).toMatchObject({ code: 'invalid_parameter', status: 400 });
      expect(fault.issues[0]).toMatchObject({ in: 'query', code: 'unknown' });
    }
  });

  it('tells names that objects have anyway from repetitions', () => {
    expect(settleParameters(queryOf('toString=1&hasOwnProperty=2'))).toHaveLength(2);
  });
});
