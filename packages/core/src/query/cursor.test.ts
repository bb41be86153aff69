import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { faultOf } from '../http/testing/fault.ts';
import { compare, isIn, not, related } from './condition.ts';
import { type Cursor, type CursorBinding, cursorCodec, fingerprintOf, longestCursor } from './cursor.ts';
import type { OrderTerm } from './order.ts';
import { reverseOrder } from './ordering.ts';
import { column, personModel, relation } from './people.fixture.ts';

const key = Buffer.alloc(32, 7);
const codec = cursorCodec(key);
const order: readonly OrderTerm[] = [
  { property: column('name'), through: [], direction: 'asc' },
  { property: personModel.primaryKey, through: [], direction: 'asc' },
];
const binding: CursorBinding = { caller: 'c1', resource: 'partner', order, filter: 'f' };
const cursor: Cursor = { values: ['Okello', 4711], direction: 'next' };

describe('a cursor', () => {
  it('opens as it was made', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.tuple(value, value), fc.constantFrom('next', 'previous'), (values, direction) => {
        const text = codec.encode({ values, direction }, binding);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(codec.decode(text, binding)).toEqual({ values, direction });
      }),
    );
  });

  it('is the same for the same place, and shows nothing of it', () => {
    const text = codec.encode(cursor, binding);
    expect(codec.encode(cursor, binding)).toBe(text);
    const bytes = Buffer.from(text, 'base64url').toString('latin1');
    expect(bytes).not.toContain('Okello');
    expect(bytes).not.toContain('4711');
  });

  it.each<[string, Partial<CursorBinding>]>([
    ['caller', { caller: 'c2' }],
    ['resource', { resource: 'person' }],
    ['order', { order: reverseOrder(order) }],
    ['shorter order', { order: order.slice(1) }],
    ['filter', { filter: 'g' }],
    ['shifted names', { caller: 'c1","partner', resource: '' }],
  ])('does not open under another %s', (_, other) => {
    const fault = faultOf(() => codec.decode(codec.encode(cursor, binding), { ...binding, ...other }));
    expect([fault.code, fault.status]).toEqual(['invalid_parameter', 400]);
  });

  it('does not open under another key, nor when any bit of it is changed', () => {
    const text = codec.encode(cursor, binding);
    expect(faultOf(() => cursorCodec(Buffer.alloc(32, 8)).decode(text, binding)).code).toBe('invalid_parameter');
    const bytes = Buffer.from(text, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(faultOf(() => codec.decode(changed.toString('base64url'), binding)).code).toBe('invalid_parameter');
    }
    for (const other of [
      `${text}=`,
      `${text}A`,
      ` ${text}`,
      text.slice(0, -1),
      text.slice(1),
      '',
      bytes.toString('base64'),
    ]) {
      if (other !== text) expect(faultOf(() => codec.decode(other, binding)).code).toBe('invalid_parameter');
    }
  });

  it('throws nothing but SallyportError, the same for all', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8192 }),
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    const { detail } = faultOf(() => codec.decode('x', binding));
    fc.assert(
      fc.property(texts, (text) => {
        expect(faultOf(() => codec.decode(text, binding)).detail).toBe(detail);
      }),
    );
  });

  it('keeps to its length', () => {
    const long = { ...cursor, values: ['x'.repeat(3000), 1] };
    expect(() => codec.encode(long, binding)).toThrow(RangeError);
    expect(codec.encode({ ...cursor, values: ['x'.repeat(1400), 1] }, binding).length).toBeLessThanOrEqual(
      longestCursor,
    );
  });

  it('needs a key', () => {
    expect(() => cursorCodec(randomBytes(31))).toThrow(ConfigurationError);
  });
});

describe('the fingerprint of a filter', () => {
  it('is the same for the same filter only', () => {
    const name = column('name');
    const parent = relation('parent');
    const filters = [
      compare(name, 'eq', 'a'),
      compare(name, 'ne', 'a'),
      compare(name, 'eq', 'b'),
      compare(name, 'contains', 'a'),
      compare(name, 'contains', 'a', { ignoreCase: true }),
      compare(column('secret'), 'eq', 'a'),
      isIn(name, ['a']),
      not(isIn(name, ['a'])),
      related(parent, isIn(name, ['a'])),
      { kind: 'hierarchy', parent, direction: 'ancestors', of: isIn(name, ['a']) },
      { kind: 'or', conditions: [compare(name, 'eq', 'a'), compare(name, 'eq', 'b')] },
      { kind: 'and', conditions: [compare(name, 'eq', 'a'), compare(name, 'eq', 'b')] },
    ] as const;
    expect(new Set(filters.map(fingerprintOf)).size).toBe(filters.length);
    expect(fingerprintOf(compare(name, 'eq', 'a'))).toBe(fingerprintOf(filters[0]));
  });
});
