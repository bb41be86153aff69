import type { ScalarProperty, ScalarType } from '../store/model.ts';
import type { ComparisonOperator, Condition, Operand } from './condition.ts';
import type { OrderTerm } from './order.ts';

/** A key as a caller writes it: a hashid, a UUID, `system|value`, a number where keys are numbers. */
export type WireKey = string | number;

/** The comparisons that ask for an order of values. */
export type OrderOperator = Extract<ComparisonOperator, 'gt' | 'ge' | 'lt' | 'le'>;

/** What the ends of all paths have in common. */
interface PathEnd {
  /** Whether rows exist that have no value here. A field behind another table is nullable when its row may be missing. */
  readonly nullable: boolean;
  /**
   * Puts a condition on the row at the end of the caller's path under the relations that the path names: an `EXISTS`
   * for each, with the target's own domain. Answers the condition as it is for a path of one name.
   *
   * `a.b != x` reads "some `a` whose `b` is not x", as in Odoo: negation stays inside of `along`.
   */
  along(condition: Condition): Condition;
}

/** A field with a value of its own that may stand in a filter. */
export interface ValueLeaf extends PathEnd {
  readonly kind: 'value';
  readonly type: ScalarType;
  /** The closed list of values, as callers write them. */
  readonly values?: readonly (string | number)[];
  /**
   * Tests the field's column on the row at the end of the path. A field whose column sits in another table (a coded
   * value, a flattened relation) wraps the test in `related`. The test is always positive: negation is put around it.
   */
  build(test: (property: ScalarProperty) => Condition): Condition;
  /** The stored value of what a caller writes, when they differ. Undefined: no row can have it. */
  stored?(value: Operand): Operand | undefined;
}

/** A field that is the key of a record: its own id, or a relation (to-one and to-many alike). */
export interface KeyLeaf extends PathEnd {
  readonly kind: 'key';
  /** Rows named by one of the keys, or related to a row that is. A key that names nothing, or is none, matches nothing. */
  named(keys: readonly WireKey[]): Condition;
  /** Rows that have the relation. */
  readonly set: Condition;
  /** The text of the related record that `like` and `ilike` search; absent: they are refused. */
  readonly label?: ValueLeaf;
  /** Order among keys; only where the wire key is the stored one. Absent: refused, as hashids would leak the numbers. */
  ordered?(operator: OrderOperator, key: WireKey): Condition;
  /** `child_of` and `parent_of`; absent: the resource declares no hierarchy. */
  hierarchy?(direction: 'descendants' | 'ancestors', keys: readonly WireKey[]): Condition;
}

/** The end of a path in a filter. */
export type FilterLeaf = ValueLeaf | KeyLeaf;

/** A relation that a caller may look through with a filter of the target's own fields (`any`, `not any`). */
export interface RelationLeaf {
  along(condition: Condition): Condition;
  /** Some related row, under the target's own domain, holds the condition. */
  some(condition: Condition): Condition;
  /** What the caller may name on the target; read only when it is needed, so that gates may refer to one another. */
  readonly gate: QueryGate;
}

/**
 * The gate between callers and columns: what a caller may name in a filter or in an order. Names are the wire's, never a
 * column's. An unknown name and a forbidden one are the same answer: undefined.
 */
export interface QueryGate {
  /** `['country', 'code']`: the field at the end of a path through relations. */
  filter(path: readonly string[]): FilterLeaf | undefined;
  relation(path: readonly string[]): RelationLeaf | undefined;
  /** The terms that order by a field, ascending. */
  sort(name: string): readonly OrderTerm[] | undefined;
  /** Ends every order, so that it is total. */
  readonly primaryKey: ScalarProperty;
  /** The order when the caller asks for none. */
  readonly defaultOrder: readonly OrderTerm[];
}
