import type { ColumnProperty, EntityModel, RelationProperty } from '../store/model.ts';
import type { OrderTerm } from './order.ts';

/** A value that a column is compared with. Always typed by the field that it came through, never a client's object. */
export type Operand = string | number | boolean | null;

/**
 * How a column is compared. `eq` and `ne` treat null as a value (`IS [NOT] DISTINCT FROM` where null can occur);
 * the `contains`, `startsWith` family matches text literally; `like` takes `%` and `_` as wildcards
 * and `\` as their escape; a pattern never ends in a lone escape. `holds` is for JSON columns: what stands there has all of
 * the given value, written as JSON text (`@>` of PostgreSQL).
 */
export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'contains' | 'startsWith' | 'like' | 'holds';

/** `column operator value`. */
export interface Comparison {
  readonly kind: 'compare';
  readonly property: ColumnProperty;
  readonly operator: ComparisonOperator;
  readonly value: Operand;
  /** Text operators only: fold case. */
  readonly ignoreCase?: boolean;
}

/** `column in (values)`; null among the values matches unset columns. An empty list matches nothing. */
export interface Membership {
  readonly kind: 'in';
  readonly property: ColumnProperty;
  readonly values: readonly Operand[];
}

/** Some row reached by the relation holds `where`. Compiles to `EXISTS`, so that to-many paths never multiply rows. */
export interface Related {
  readonly kind: 'related';
  readonly relation: RelationProperty;
  readonly where: Condition;
}

/**
 * At least one of some conditions on related rows holds: an `or` whose asker knows how many rows hold it, which decides
 * how the database looks for them and nothing else. `few`: it gathers the rows that the ways lead to, and looks for no
 * others. `many`: it tries rows one by one, in the order of the page, until the page is full; it gathers them for a count.
 */
export interface OneOf {
  readonly kind: 'oneOf';
  /** All by to-many relations. */
  readonly ways: readonly Related[];
  readonly rows: Expected;
}

/** How many of a table's rows hold a condition: up to some thousands, or a good part of them. */
export type Expected = 'few' | 'many';

/**
 * Of the rows that a relation reaches and that hold `among`, the first by `order` holds `where`. Unlike {@link Related}
 * it tells of one row that was chosen, not of any: the consent that decides, the address that counts.
 */
export interface FirstRelated {
  readonly kind: 'firstRelated';
  readonly relation: RelationProperty;
  readonly among: Condition;
  /** Ends in the primary key of the related rows. */
  readonly order: readonly OrderTerm[];
  readonly where: Condition;
}

/** Rows above or below the given ones in a hierarchy, themselves included (`child_of`, `parent_of`). */
export interface Hierarchy {
  readonly kind: 'hierarchy';
  /** The to-one property that names the parent. */
  readonly parent: RelationProperty;
  readonly direction: 'descendants' | 'ancestors';
  readonly of: Condition;
}

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'or'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | Comparison
  | Membership
  | Related
  | OneOf
  | FirstRelated
  | Hierarchy;

/** Matches every row. */
export const everything: Condition = { kind: 'constant', value: true };
/** Matches no row. */
export const nothing: Condition = { kind: 'constant', value: false };

/** All of them hold. Constants fold: `all()` is {@link everything}. */
export function all(...conditions: readonly Condition[]): Condition {
  const kept: Condition[] = [];
  for (const condition of conditions) {
    if (condition.kind !== 'constant') kept.push(condition);
    else if (!condition.value) return nothing;
  }
  const [first] = kept;
  if (first === undefined) return everything;
  return kept.length === 1 ? first : { kind: 'and', conditions: kept };
}

/** At least one of them holds. `any()` is {@link nothing}. */
export function any(...conditions: readonly Condition[]): Condition {
  const kept: Condition[] = [];
  for (const condition of conditions) {
    if (condition.kind !== 'constant') kept.push(condition);
    else if (condition.value) return everything;
  }
  const [first] = kept;
  if (first === undefined) return nothing;
  return kept.length === 1 ? first : { kind: 'or', conditions: kept };
}

/** It does not hold. Two-valued: a row for which the comparison is unknown (null) counts as not holding. */
export function not(condition: Condition): Condition {
  if (condition.kind === 'constant') return condition.value ? nothing : everything;
  if (condition.kind === 'not') return condition.condition;
  return { kind: 'not', condition };
}

/** Shorthand for a {@link Comparison}. */
export function compare(
  property: ColumnProperty,
  operator: ComparisonOperator,
  value: Operand,
  options: { readonly ignoreCase?: boolean } = {},
): Comparison {
  return { kind: 'compare', property, operator, value, ...options };
}

/** Shorthand for a {@link Membership}. */
export function isIn(property: ColumnProperty, values: readonly Operand[]): Condition {
  return values.length === 0 ? nothing : { kind: 'in', property, values };
}

/** Shorthand for a {@link Related}. */
export function related(relation: RelationProperty, where: Condition = everything): Condition {
  return where.kind === 'constant' && !where.value ? nothing : { kind: 'related', relation, where };
}

/** Shorthand for a {@link OneOf}; an `or` where some condition is about something else than rows of a to-many relation. */
export function oneOf(ways: readonly Condition[], rows: Expected): Condition {
  const { length } = ways;
  const related = ways.filter((way) => way.kind === 'related' && way.relation.kind === 'toMany') as readonly Related[];
  const never = ways.filter((way) => way.kind === 'constant' && !way.value);
  if (related.length === 0 || related.length + never.length < length) return any(...ways);
  return { kind: 'oneOf', ways: related, rows };
}

/** Shorthand for a {@link FirstRelated}. */
export function firstRelated(
  relation: RelationProperty,
  { among = everything, order }: { readonly among?: Condition; readonly order: readonly OrderTerm[] },
  where: Condition,
): Condition {
  if ([among, where].some(({ kind, ...rest }) => kind === 'constant' && !(rest as { value?: boolean }).value))
    return nothing;
  return { kind: 'firstRelated', relation, among, order, where };
}

/** Whether a condition names one row by its primary key: then there is nothing to order, cut or count. */
export function isOne(where: Condition, model: EntityModel): boolean {
  if (where.kind === 'compare') {
    return where.operator === 'eq' && where.property === model.primaryKey && where.value !== null;
  }
  return where.kind === 'and' && where.conditions.some((condition) => isOne(condition, model));
}
