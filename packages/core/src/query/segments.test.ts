import { expect, it } from 'vitest';
import type { ScalarProperty } from '../store/model.ts';
import type { OrderTerm } from './order.ts';
import { segmentsOf } from './segments.ts';

const column = (name: string, nullable: boolean): ScalarProperty => ({
  kind: 'scalar',
  name,
  column: name,
  type: 'integer',
  columnType: 'int',
  runtime: 'number',
  nullable,
  primary: name === 'id',
  generated: false,
  version: false,
});
const by = (name: string, direction: OrderTerm['direction'], nullable = false): OrderTerm => ({
  property: column(name, nullable),
  through: [],
  direction,
});

it('reads an order whose first column is always set in one go', () => {
  const order = [by('rank', 'desc'), by('id', 'asc')];
  const [only, ...more] = segmentsOf(order);
  expect(more).toEqual([]);
  expect(only?.where).toEqual({ kind: 'constant', value: true });
  expect(only?.order).toBe(order);
});

it.each([
  ['asc', ['ne', 'eq']],
  ['desc', ['eq', 'ne']],
] as const)('reads rows with and without a column that can be unset apart, %s', (direction, operators) => {
  const segments = segmentsOf([by('age', direction, true), by('id', 'asc')]);
  expect(segments.map(({ where }) => where)).toMatchObject(
    operators.map((operator) => ({ kind: 'compare', operator, value: null })),
  );
  const unset = segments[operators.indexOf('eq')];
  expect(unset?.order.map(({ property }) => property.name)).toEqual(['id']);
  expect(unset?.after([null, 7])).toMatchObject({ kind: 'compare', operator: 'gt', value: 7 });
});

it('bounds the first column, so that an index is entered where the last page ended', () => {
  for (const [direction, operator] of [
    ['asc', 'ge'],
    ['desc', 'le'],
  ] as const) {
    const set = segmentsOf([by('age', direction, true), by('id', 'asc')])[direction === 'asc' ? 0 : 1];
    expect(set?.after([30, 7])).toMatchObject({
      kind: 'and',
      conditions: expect.arrayContaining([expect.objectContaining({ kind: 'compare', operator, value: 30 })]),
    });
  }
});
