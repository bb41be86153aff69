import { describe, expect, it } from 'vitest';
import { type Condition, compare, isIn, not } from './condition.ts';
import { holdsFor, type MemoryRow } from './evaluate.ts';
import { column, personModel, relation } from './people.fixture.ts';

const name = column('name');

describe('what a condition means', () => {
  it.each([
    ['a%', 'abc', true],
    ['a%', 'bac', false],
    ['_b%', 'abc', true],
    ['a\\%', 'a%', true],
    ['a\\%', 'abc', false],
    ['a.c', 'abc', false],
    ['A%', 'abc', false],
    ['%\\\\', 'a\\', true],
    ['', '', true],
    ['%', 'a\nb', true],
  ])('like %s on %s', (pattern, text, holds) => {
    expect(holdsFor(compare(name, 'like', pattern), { name: text })).toBe(holds);
  });

  it('has two values: null is equal to null, and no more', () => {
    const row = { name: null, age: null };
    const holds = (condition: Condition) => holdsFor(condition, row);
    expect(holds(compare(name, 'eq', null))).toBe(true);
    expect(holds(compare(name, 'ne', 'a'))).toBe(true);
    expect(holds(isIn(name, ['a', null]))).toBe(true);
    expect(holds(not(isIn(name, ['a'])))).toBe(true);
    for (const operator of ['gt', 'ge', 'lt', 'le', 'contains', 'startsWith', 'like'] as const) {
      expect(holds(compare(name, operator, ''))).toBe(false);
      expect(holds(not(compare(name, operator, '')))).toBe(true);
    }
  });

  it('holds JSON that has all of another in it, as PostgreSQL does', () => {
    const extra = { ...column('name'), name: 'extra', type: 'json' as const };
    const stored = { fisher: { boats: 2, gear: [{ code: 'net', display: 'Net' }, { code: 'line' }], at: null } };
    const has = (value: unknown, extra_: unknown = stored) =>
      holdsFor(compare(extra, 'holds', JSON.stringify(value)), { extra: extra_ });
    for (const part of [
      {},
      stored,
      { fisher: {} },
      { fisher: { boats: 2 } },
      { fisher: { gear: [{ code: 'line' }] } },
      { fisher: { gear: [{ code: 'line' }, { code: 'net' }] } },
      { fisher: { gear: [] } },
      { fisher: { at: null } },
    ]) {
      expect(has(part), JSON.stringify(part)).toBe(true);
    }
    for (const part of [
      [],
      { fisher: { boats: '2' } },
      { fisher: { boats: 3 } },
      { fisher: { gear: [{ code: 'pot' }] } },
      { fisher: { gear: { code: 'net' } } },
      { fisher: [] },
      { fisher: null },
      { toString: null },
      { other: {} },
    ]) {
      expect(has(part), JSON.stringify(part)).toBe(false);
    }
    expect(has({}, null)).toBe(false);
    expect(holdsFor(compare(extra, 'holds', null), { extra: stored })).toBe(false);
  });

  it('compares bigint and decimal as numbers', () => {
    expect(holdsFor(compare(column('serial'), 'gt', '9'), { serial: '10' })).toBe(true);
    expect(holdsFor(compare(column('balance'), 'eq', '1.50'), { balance: '1.5' })).toBe(true);
  });

  it('climbs a hierarchy, and stops in a circle', () => {
    const top: { id: number; parent: MemoryRow | null } = { id: 1, parent: null };
    const middle = { id: 2, parent: top };
    const leaf = { id: 3, parent: middle };
    const other = { id: 4, parent: null };
    const table = [top, middle, leaf, other];
    const found = (direction: 'descendants' | 'ancestors') => {
      const of = compare(personModel.primaryKey, 'eq', 2);
      const condition: Condition = { kind: 'hierarchy', parent: relation('parent'), direction, of };
      return table.filter((row) => holdsFor(condition, row, table)).map(({ id }) => id);
    };
    expect(found('descendants')).toEqual([2, 3]);
    expect(found('ancestors')).toEqual([1, 2]);
    top.parent = leaf;
    expect(found('descendants')).toEqual([1, 2, 3]);
  });
});
