import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { inRange, wholeInRange } from './range.ts';

describe.each([
  ['inRange', inRange, 'place: must be from 1 to 3', [0.9, 3.1, Number.NaN, Number.POSITIVE_INFINITY]],
  ['wholeInRange', wholeInRange, 'place: must be a whole number from 1 to 3', [0, 4, 1.5, Number.NaN, 2 ** 53]],
] as const)('%s', (_, read, message, outside) => {
  it('answers a number between the two, ends included', () => {
    expect([1, 2, 3].map((value) => read('place', value, 1, 3))).toEqual([1, 2, 3]);
  });

  it.each([...outside, undefined, '2'])('refuses %s, and names the place', (value) => {
    // Whoever writes JavaScript may put anything there.
    const refused = () => read('place', value as number, 1, 3);
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(message);
  });
});

it('takes a part of a whole where no whole number is asked for', () => {
  expect(inRange('place', 1.5, 1, 3)).toBe(1.5);
});
