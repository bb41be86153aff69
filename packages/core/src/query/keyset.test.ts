import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type Operand } from './condition.ts';
import { holdsFor, type MemoryRow } from './evaluate.ts';
import { afterCondition } from './keyset.ts';
import type { OrderTerm } from './order.ts';
import { reverseOrder } from './ordering.ts';
import { column, countryModel, personModel, relation } from './people.fixture.ts';

const { primaryKey } = personModel;
const term = (
  property: OrderTerm['property'],
  direction: OrderTerm['direction'],
  through: OrderTerm['through'] = [],
) => ({
  property,
  direction,
  through,
});

function orderValue(row: MemoryRow, { property, through }: OrderTerm): Operand {
  let at: MemoryRow | null = row;
  for (const { name } of through) at = (at?.[name] ?? null) as MemoryRow | null;
  return (at?.[property.name] ?? null) as Operand;
}

/** PostgreSQL's order: nulls last ascending, first descending. */
function byOrder(order: readonly OrderTerm[]) {
  return (left: MemoryRow, right: MemoryRow): number => {
    for (const each of order) {
      const [a, b] = [orderValue(left, each), orderValue(right, each)];
      const ascending = a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;
      if (ascending !== 0) return each.direction === 'asc' ? ascending : -ascending;
    }
    return 0;
  };
}

describe('the rows behind a cursor', () => {
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
  const word = fc.constantFrom('a', 'b', 'c');
  const row = fc.record({
    id: fc.nat(50),
    name: maybe(word),
    age: maybe(fc.nat(2)),
    kind: word,
    country: maybe(fc.record({ id: fc.nat(3), name: maybe(word) })),
  });
  const direction = fc.constantFrom<OrderTerm['direction']>('asc', 'desc');
  const before = fc.constantFrom(
    term(column('name'), 'asc'),
    term(column('age'), 'asc'),
    term(column('kind'), 'asc'),
    term(column('name', countryModel), 'asc', [relation('country')]),
  );
  const order = fc
    .tuple(fc.uniqueArray(fc.tuple(before, direction), { maxLength: 3, selector: ([each]) => each }), direction)
    .map(([terms, last]) => [
      ...terms.map(([each, turned]) => ({ ...each, direction: turned })),
      term(primaryKey, last),
    ]);

  it('are those that the order puts behind it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 8 }),
        order,
        (rows, terms) => {
          const sorted = [...rows].sort(byOrder(terms));
          expect([...rows].sort(byOrder(reverseOrder(terms)))).toEqual([...sorted].reverse());
          for (const [index, at] of sorted.entries()) {
            const values = terms.map((each) => orderValue(at, each));
            const next = afterCondition(terms, values);
            const previous = afterCondition(terms, values, 'previous');
            expect(sorted.filter((each) => holdsFor(next, each))).toEqual(sorted.slice(index + 1));
            expect(sorted.filter((each) => holdsFor(previous, each))).toEqual(sorted.slice(0, index));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are bounded by the first column, so that an index is entered in the right place', () => {
    const kind = column('kind');
    expect(afterCondition([term(primaryKey, 'asc')], [7])).toEqual(compare(primaryKey, 'gt', 7));
    expect(afterCondition([term(kind, 'desc'), term(primaryKey, 'asc')], ['a', 7])).toEqual({
      kind: 'and',
      conditions: [
        compare(kind, 'le', 'a'),
        {
          kind: 'or',
          conditions: [
            compare(kind, 'lt', 'a'),
            { kind: 'and', conditions: [compare(kind, 'eq', 'a'), compare(primaryKey, 'gt', 7)] },
          ],
        },
      ],
    });
  });

  it('compare timestamps in UTC', () => {
    const condition = afterCondition([term(column('updated'), 'asc')], ['2026-03-02 08:15:30.5']);
    expect(condition).toEqual(compare(column('updated'), 'gt', '2026-03-02 08:15:30.5Z'));
  });
});
