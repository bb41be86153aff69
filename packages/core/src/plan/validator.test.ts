import { describe, expect, it } from 'vitest';
import { Validators } from './validator.ts';

describe('base64', () => {
  const check = new Validators().compile({ type: 'string', format: 'byte' }, 'body', 'test');

  it.each(['', 'AAAA', 'AA==', 'AAA=', '+/+/'])('takes %j', (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each(['A', 'AA', 'AAA', 'A===', 'AA=A', '=AAA', 'AAAA\n', 'AA-_', 'AAAA AAAA'])('refuses %j', (text) => {
    expect(check(text)).toMatchObject([{ code: 'format', expected: 'byte' }]);
  });

  it('takes megabytes of it', () => {
    expect(check('A'.repeat(16 * 1024 * 1024))).toEqual([]);
  });
});

it('says in words which types a value may have', () => {
  const told = (type: string | readonly string[]) =>
    new Validators()
      .compile(
        { type },
        'body',
        'here',
      )(Symbol.iterator)
      .map(({ message }) => message);
  expect(told('integer')).toEqual(['This must be a whole number.']);
  expect(told(['object', 'null'])).toEqual(['This must be an object or null.']);
  expect(told(['array', 'string', 'null'])).toEqual(['This must be a list, a text or null.']);
});
