import { type Condition, compare, everything, type Operand } from './condition.ts';
import { afterCondition } from './keyset.ts';
import type { OrderTerm } from './order.ts';

/** A part of a result that is read from its beginning to its end before the next one. */
export interface Segment {
  readonly where: Condition;
  /** The order inside of it, down to the primary key. */
  readonly order: readonly OrderTerm[];
  /** The rest of it behind a row. @param values the row's, one for each term of the whole order */
  after(values: readonly Operand[]): Condition;
}

/**
 * The parts in which all of a result is read by its order. There are two where the first column can be unset, in the order
 * in which PostgreSQL has them: with both in one condition it cannot enter an index in the right place, and reads what
 * has been read again for every page.
 *
 * @param order Total: it ends in the primary key.
 */
export function segmentsOf(order: readonly OrderTerm[]): readonly Segment[] {
  const [first, ...rest] = order;
  if (first === undefined || first.through.length > 0 || !first.property.nullable) {
    return [{ where: everything, order, after: (values) => afterCondition(order, values) }];
  }
  const certain = [{ ...first, property: { ...first.property, nullable: false } }, ...rest];
  const set: Segment = {
    where: compare(first.property, 'ne', null),
    order,
    after: (values) => afterCondition(certain, values),
  };
  const unset: Segment = {
    where: compare(first.property, 'eq', null),
    order: rest,
    after: (values) => afterCondition(rest, values.slice(1)),
  };
  return first.direction === 'asc' ? [set, unset] : [unset, set];
}
