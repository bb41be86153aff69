import { randomBytes } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { pepper } from '../../test-support/clients.ts';
import { type PepperOptions, peppered, readPeppers, withoutPeppers } from './peppers.ts';

const bytes = randomBytes(32);

it('has each key by its id, and for one that is gone a key of its own', () => {
  const peppers = readPeppers('here', { current: 'b', keys: { a: pepper, b: bytes } });
  expect(peppers.current).toBe('b');
  expect(peppers.keyOf('a').export()).toEqual(Buffer.from(pepper));
  expect(peppers.keyOf('b').export()).toEqual(bytes);
  const lost = [peppers, readPeppers('here', { current: 'b', keys: { b: bytes } }), withoutPeppers()];
  expect(new Set(lost.map(({ keyOf }) => keyOf('c').export().toString('hex'))).size).toBe(3);
});

it('keys by the use, the key and the secret', () => {
  const { keyOf } = readPeppers('here', { current: 'a', keys: { a: pepper, b: bytes } });
  const keyed = [
    peppered(keyOf('a'), 'import', 'secret'),
    peppered(keyOf('b'), 'import', 'secret'),
    peppered(keyOf('a'), 'password', 'secret'),
    peppered(keyOf('a'), 'import', 'secrets'),
  ];
  expect(new Set(keyed).size).toBe(4);
  expect(peppered(keyOf('a'), 'import', 'secret')).toBe(keyed[0]);
});

describe('refuses, and names', () => {
  it.each<[string, PepperOptions, string]>([
    ['a pepper that is not set', { current: 'a', keys: { a: pepper, b: unset() } }, 'here.b: the pepper is not there'],
    ['a short one', { current: 'a', keys: { a: 'short' } }, 'here.a: a pepper has at least 32 bytes'],
    ['a regular one', { current: 'a', keys: { a: 'a'.repeat(64) } }, 'here.a: the pepper is too regular'],
    ['an odd id', { current: 'a$', keys: { a$: pepper } }, 'here.a$: an id is'],
    ['a current one that is not there', { current: 'x', keys: { a: pepper } }, 'here.current: there is no pepper "x"'],
  ])('%s', (_, options, message) => {
    expect(() => readPeppers('here', options)).toThrow(ConfigurationError);
    expect(() => readPeppers('here', options)).toThrow(message);
  });
});

/** As `process.env.PEPPER as string` is, where nobody has set it. */
function unset(): string {
  return undefined as unknown as string;
}
