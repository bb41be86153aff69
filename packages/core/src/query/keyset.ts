import { all, any, type Condition, compare, everything, not, nothing, type Operand, related } from './condition.ts';
import type { OrderTerm } from './order.ts';

/** Which side of a row a page lies on. */
export type PageDirection = 'next' | 'previous';

/**
 * The rows behind (or before) the row with these order values: what a cursor means. Nulls stand where PostgreSQL puts
 * them: last in ascending order, first in descending order.
 *
 * For `previous`, read by {@link reverseOrder} and turn the page around.
 *
 * @param order Total: it ends in the primary key.
 * @param values One for each term, as rows have them ({@link Row}).
 */
export function afterCondition(
  order: readonly OrderTerm[],
  values: readonly Operand[],
  direction: PageDirection = 'next',
): Condition {
  // Built from the last term: beyond this one, or level with it and beyond on the terms behind it.
  let behind: Condition = nothing;
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const term = order[index];
    if (term === undefined) continue;
    const value = operandOfRow(term, values[index] ?? null);
    const ascending = (term.direction === 'asc') === (direction === 'next');
    behind = any(beyond(term, value, ascending), all(equal(term, value), behind));
  }
  return order.length === 1 ? behind : all(bound(order[0], values[0] ?? null, direction), behind);
}

/** Rows have timestamps in UTC without saying so; as an operand they must not depend on the session's time zone. */
function operandOfRow({ property }: OrderTerm, value: Operand): Operand {
  const bare = property.type === 'timestamp' && typeof value === 'string' && !value.endsWith('Z');
  return bare ? `${value}Z` : value;
}

function isNullable({ property, through }: OrderTerm): boolean {
  return property.nullable || through.some((relation) => relation.nullable);
}

/** A test of the term's column on the row that it stands in. */
function on({ through }: OrderTerm, condition: Condition): Condition {
  return through.reduceRight((inner, relation) => related(relation, inner), condition);
}

function isUnset(term: OrderTerm): Condition {
  if (!isNullable(term)) return nothing;
  if (term.through.length === 0) return compare(term.property, 'eq', null);
  return not(on(term, compare(term.property, 'ne', null)));
}

function equal(term: OrderTerm, value: Operand): Condition {
  return value === null ? isUnset(term) : on(term, compare(term.property, 'eq', value));
}

function beyond(term: OrderTerm, value: Operand, ascending: boolean): Condition {
  // Ascending, nulls come last: nothing is beyond them. Descending, they come first: all the others are.
  if (value === null) return ascending ? nothing : isNullable(term) ? not(isUnset(term)) : everything;
  if (!ascending) return on(term, compare(term.property, 'lt', value));
  return any(on(term, compare(term.property, 'gt', value)), isUnset(term));
}

/**
 * A bound on the first column that follows from the rest. The planner does not find it by itself, and only with it an
 * index on the order is entered in the right place.
 */
function bound(term: OrderTerm | undefined, value: Operand, direction: PageDirection): Condition {
  if (term === undefined || value === null || term.through.length > 0) return everything;
  const ascending = (term.direction === 'asc') === (direction === 'next');
  if (ascending && isNullable(term)) return everything;
  return compare(term.property, ascending ? 'ge' : 'le', operandOfRow(term, value));
}
