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
