import { expect, it } from 'vitest';
import { readEnvironment, SettingError } from './index.ts';

const port = { least: 0, most: 65_535 };

it('reads what is set, and falls back where nothing is', () => {
  const read = readEnvironment({
    A: ' x ',
    EMPTY: ' ',
    PORT: '80',
    ALGORITHM: 'hs512',
    ON: 'Yes',
    URL: 'postgres://h/d',
  });
  expect(read.text('A')).toBe('x');
  expect(read.text('EMPTY')).toBeUndefined();
  expect(read.integer('PORT', 1, port)).toBe(80);
  expect(read.integer('EMPTY', 1, port)).toBe(1);
  expect(read.oneOf('ALGORITHM', ['HS256', 'HS512'], 'HS256')).toBe('HS512');
  expect(read.oneOf('MISSING', ['HS256', 'HS512'], 'HS256')).toBe('HS256');
  expect(read.flag('ON', false)).toBe(true);
  expect(read.flag('MISSING', true)).toBe(true);
  expect(read.url('URL', ['postgres:'])).toBe('postgres://h/d');
  expect(read.url('MISSING', ['postgres:'])).toBeUndefined();
});

it('names the setting and never its value', () => {
  const read = readEnvironment({
    PORT: '70000',
    HALF: '1.5',
    MODE: 'secret',
    FLAG: 'secret',
    URL: 'secret://user:secret@h',
  });
  const faults = [
    () => read.integer('PORT', 1, port),
    () => read.integer('HALF', 1, port),
    () => read.oneOf('MODE', ['a', 'b'], 'a'),
    () => read.flag('FLAG', false),
    () => read.url('URL', ['postgres:', 'postgresql:']),
  ].map((fault) => {
    try {
      return fault();
    } catch (error) {
      expect(error).toBeInstanceOf(SettingError);
      return (error as SettingError).message;
    }
  });
  expect(faults).toEqual([
    'PORT: expected a whole number from 0 to 65535',
    'HALF: expected a whole number from 0 to 65535',
    'MODE: expected one of a, b',
    'FLAG: expected true or false',
    'URL: expected a URL that begins with postgres:// or postgresql://',
  ]);
});
