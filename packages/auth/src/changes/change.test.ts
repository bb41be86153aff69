import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Change, decodeChange, encodeChange } from './change.ts';

const id = fc.string({ minLength: 1, maxLength: 256, unit: 'binary' }).filter((text) => text.length <= 256);
const changes: fc.Arbitrary<Change> = fc.oneof(
  id.map((clientId): Change => ({ kind: 'client', clientId })),
  id.map((digest): Change => ({ kind: 'token', digest })),
  id.map((jti): Change => ({ kind: 'jti', jti })),
  fc.constant<Change>({ kind: 'everything' }),
);

it('arrives as it was sent', () => {
  fc.assert(
    fc.property(changes, (change) => {
      expect(decodeChange(encodeChange(change))).toEqual(change);
      // PostgreSQL takes less than 8000 bytes.
      expect(Buffer.byteLength(encodeChange(change))).toBeLessThan(2048);
    }),
  );
});

it('tells everything instead of a name that is too long to travel', () => {
  for (const length of [257, 5000]) {
    expect(encodeChange({ kind: 'client', clientId: 'x'.repeat(length) })).toBe('[1,"everything"]');
  }
  expect(encodeChange({ kind: 'client', clientId: 'x' })).toBe('[1,"client","x"]');
});

it('takes nothing for a change that is none', () => {
  const garbage = ['', 'x', 'null', '1', '{}', '[]', '["client","x"]', '[1]', '[1,"client"]', '[1,"client",""]'];
  garbage.push('[1,"client",7]', '[1,"echo","x"]', '[0,"client","x"]', '["1","client","x"]', '[1.5,"client","x"]');
  garbage.push('[-1,"everything"]', `[1,"client","${'x'.repeat(257)}"]`, `[1,"client","x"${' '.repeat(4000)}]`);
  garbage.push('[1,"__proto__","x"]', '{"0":1,"1":"client","2":"x"}');
  for (const payload of garbage) expect(decodeChange(payload), payload).toBeUndefined();
  fc.assert(fc.property(fc.string(), (payload) => decodeChange(payload) === undefined));
});

it('takes what a later version has written for anything', () => {
  expect(decodeChange('[2,"moved","x",{"to":"y"}]')).toEqual({ kind: 'everything' });
});
