import {
  type Comparison,
  type Condition,
  type FirstRelated,
  type Hierarchy,
  type Membership,
  not,
  type OneOf,
  type Operand,
  type Related,
} from '../../query/condition.ts';
import type { EntityModel, RelationProperty, ScalarProperty, ToManyProperty } from '../model.ts';
import { bind } from './operand.ts';
import { compileOrder, orderBy } from './order.ts';
import type { Statement } from './statement.ts';
import { display, isPlainText, isZoned, quote, scalarOf } from './types.ts';

/**
 * The SQL of a condition on a row of `model` that stands in the statement as `alias`. Every value becomes a parameter.
 *
 * Unknown (a comparison with null) counts as not holding wherever it can be told: `not` answers true for it.
 */
export function compileCondition(condition: Condition, model: EntityModel, alias: string, to: Statement): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? 'true' : 'false';
    case 'and':
      return join(condition.conditions, ' and ', 'true', model, alias, to);
    case 'or':
      return join(condition.conditions, ' or ', 'false', model, alias, to);
    case 'not':
      return negate(condition.condition, model, alias, to);
    case 'compare':
      return compare(condition, alias, to);
    case 'in':
      return membership(condition, alias, to);
    case 'related':
      return related(condition, model, alias, to);
    case 'oneOf':
      return oneOf(condition, keyOf(model, alias), to);
    case 'firstRelated':
      return firstRelated(condition, model, alias, to);
    case 'hierarchy':
      return hierarchy(condition, model, alias, to);
  }
}

function join(
  conditions: readonly Condition[],
  word: string,
  empty: string,
  model: EntityModel,
  alias: string,
  to: Statement,
): string {
  if (conditions.length === 0) return empty;
  const parts = conditions.map((condition) => compileCondition(condition, model, alias, to));
  return parts.length === 1 ? (parts[0] ?? empty) : `(${parts.join(word)})`;
}

function negate(condition: Condition, model: EntityModel, alias: string, to: Statement): string {
  // `exists` is never unknown, and a plain `not exists` lets PostgreSQL plan an anti-join.
  if (condition.kind === 'related') return complement(exists(condition, model, alias, to));
  if (condition.kind === 'firstRelated') return `not ${firstRelated(condition, model, alias, to)}`;
  if (condition.kind === 'or' && asksKeyOnly(condition)) return compileByKey(not(condition), keyOf(model, alias), to);
  return complement(compileCondition(condition, model, alias, to));
}

function complement(sql: string): string {
  return sql.startsWith('exists ') ? `not ${sql}` : `((${sql}) is not true)`;
}

function compare(condition: Comparison, alias: string, to: Statement): string {
  const { property, operator, value, ignoreCase = false } = condition;
  const column = `${alias}.${quote(property.column)}`;
  if (value === null) {
    if (operator === 'eq') return `${column} is null`;
    return operator === 'ne' ? `${column} is not null` : 'false';
  }
  const scalar = scalarOf(property);
  switch (operator) {
    case 'contains':
      return like(column, scalar, `%${escapeLike(String(value))}%`, ignoreCase, to);
    case 'startsWith':
      return like(column, scalar, `${escapeLike(String(value))}%`, ignoreCase, to);
    case 'like':
      return like(column, scalar, closeEscape(String(value)), ignoreCase, to);
    case 'holds':
      return `${comparable(column, scalar)} @> ${to.parameter(String(value))}::jsonb`;
    case 'eq':
    case 'ne': {
      const differs = property.nullable ? 'is distinct from' : '<>';
      if (ignoreCase && scalar.type === 'string') {
        const same = like(column, scalar, escapeLike(String(value)), true, to);
        return operator === 'eq' ? same : `((${same}) is not true)`;
      }
      const bound = bind(scalar, value);
      if (bound === undefined) return operator === 'eq' ? 'false' : 'true';
      const parameter = at(to.parameter(bound.value), bound.type, scalar);
      return `${comparable(column, scalar)} ${operator === 'eq' ? '=' : differs} ${parameter}`;
    }
    default: {
      const bound = bind(scalar, value);
      if (bound === undefined) return 'false';
      return `${comparable(column, scalar)} ${signs[operator]} ${at(to.parameter(bound.value), bound.type, scalar)}`;
    }
  }
}

const signs = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

function membership(condition: Membership, alias: string, to: Statement): string {
  const column = `${alias}.${quote(condition.property.column)}`;
  const scalar = scalarOf(condition.property);
  const isNull = condition.values.includes(null) ? `${column} is null` : undefined;
  const values: unknown[] = [];
  let type = 'text';
  for (const value of condition.values) {
    const bound = value === null ? undefined : bind(scalar, value);
    if (bound === undefined || (bound.type === 'numeric' && scalar.type !== 'decimal')) continue;
    values.push(bound.value);
    type = bound.type;
  }
  if (values.length === 0) return isNull ?? 'false';
  // A list of times without a zone would need a conversion of each: the column is converted instead.
  const left = scalar.type === 'timestamp' && !isZoned(scalar) ? `(${column} at time zone 'UTC')` : undefined;
  const found = `${left ?? comparable(column, scalar)} = any(${to.parameter(values)}::${type}[])`;
  return isNull === undefined ? found : `(${found} or ${isNull})`;
}

/** A parameter with its type; times for a column without a zone are told in UTC. */
function at(parameter: string, type: string, scalar: ScalarProperty): string {
  const typed = `${parameter}::${type}`;
  return scalar.type === 'timestamp' && !isZoned(scalar) ? `(${typed} at time zone 'UTC')` : typed;
}

function comparable(column: string, scalar: ScalarProperty): string {
  return scalar.columnType === 'json' ? `${column}::jsonb` : column;
}

function like(column: string, scalar: ScalarProperty, pattern: string, ignoreCase: boolean, to: Statement): string {
  const shown = display(column, scalar);
  const readable = isPlainText(scalar) || shown.endsWith('::text') ? shown : `(${shown})::text`;
  return `${readable} ${ignoreCase ? 'ilike' : 'like'} ${to.parameter(pattern)}::text escape '\\'`;
}

function escapeLike(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&');
}

/** A backslash at the end of a pattern has nothing to escape: it stands for itself. */
function closeEscape(pattern: string): string {
  const [slashes = ''] = /\\*$/.exec(pattern) ?? [];
  return slashes.length % 2 === 1 ? `${pattern}\\` : pattern;
}

/**
 * Where at most one row can hold the inner condition, its key is looked up first and compared: then one index on foreign
 * key and order gives a page without a sort, which PostgreSQL does not see in an `exists`.
 */
function related(condition: Related, model: EntityModel, alias: string, to: Statement): string {
  const { relation, where } = condition;
  if (relation.kind !== 'toOne' || !picksOne(where, relation.target)) return exists(condition, model, alias, to);
  const { table, primaryKey } = relation.target;
  const target = to.alias('e');
  const inner = compileCondition(where, relation.target, target, to);
  const found = `select ${target}.${quote(primaryKey.column)} from ${table} ${target} where ${inner}`;
  return `${alias}.${quote(relation.column)} = (${found})`;
}

/** Whether no two rows can hold a condition: it fixes all the columns of something unique. */
function picksOne(where: Condition, model: EntityModel): boolean {
  const fixed = new Set<string>();
  for (const condition of where.kind === 'and' ? where.conditions : [where]) {
    if (condition.kind !== 'compare' || condition.operator !== 'eq') continue;
    if (condition.value !== null && condition.ignoreCase !== true) fixed.add(condition.property.name);
  }
  return model.uniques.some((names) => names.every((name) => fixed.has(name)));
}

function exists({ relation, where }: Related, model: EntityModel, alias: string, to: Statement): string {
  if (relation.kind === 'toMany') return existsAmong(relation, where, keyOf(model, alias), to);
  // Who is asked for nothing but rows that point to it need not be looked up itself: the foreign key is its key.
  if (relation.enforced && asksKeyOnly(where)) {
    const key = `${alias}.${quote(relation.column)}`;
    const inner = compileByKey(where, key, to);
    return relation.nullable && !inner.startsWith('exists ') ? `(${key} is not null and ${inner})` : inner;
  }
  const target = to.alias('e');
  const inner = compileCondition(where, relation.target, target, to);
  return selectOne(
    `${relation.target.table} ${target}`,
    `${keyOf(relation.target, target)} = ${alias}.${quote(relation.column)}`,
    inner,
  );
}

/** Whether there is a row of a to-many relation of the row with the key `ownKey`. */
function existsAmong(relation: ToManyProperty, where: Condition, ownKey: string, to: Statement, end = ''): string {
  const { source, column, inner } = rowsOf(relation, where, to);
  return selectOne(source, `${column} = ${ownKey}`, inner, end);
}

/** The keys of all rows that have a row in a to-many relation. */
function keysOf(relation: ToManyProperty, where: Condition, to: Statement): string {
  const { source, column, inner } = rowsOf(relation, where, to);
  return `select ${column} from ${source}${inner === 'true' ? '' : ` where ${inner}`}`;
}

/** The rows of a to-many relation that hold a condition; of a table of pairs alone, where it tells all that is asked. */
function rowsOf(
  relation: ToManyProperty,
  where: Condition,
  to: Statement,
): { readonly source: string; readonly column: string; readonly inner: string } {
  const pair = pairOnly(relation, where);
  if (pair !== undefined && relation.by.kind === 'pivot') {
    const { table, ownColumn, targetColumn } = relation.by;
    const pivot = to.alias('p');
    const bound = bind(relation.target.primaryKey, pair);
    const key = bound && at(to.parameter(bound.value), bound.type, relation.target.primaryKey);
    const inner = key === undefined ? 'false' : `${pivot}.${quote(targetColumn)} = ${key}`;
    return { source: `${table} ${pivot}`, column: `${pivot}.${quote(ownColumn)}`, inner };
  }
  const target = to.alias('e');
  const reached = reachMany(relation, target, () => to.alias('p'));
  return { ...reached, inner: compileCondition(where, relation.target, target, to) };
}

function selectOne(source: string, on: string, inner: string, end = ''): string {
  return `exists (select 1 from ${source} where ${on}${inner === 'true' ? '' : ` and ${inner}`}${end})`;
}

/** Keeps PostgreSQL from gathering all rows of an `exists` in a hash table; {@link withoutFences} takes it out again. */
const fence = ' offset 0 rows';

/** A condition as it is asked of rows that nobody waits for in an order: the planner may gather what it likes. */
export function withoutFences(sql: string): string {
  return sql.replaceAll(fence, '');
}

/**
 * Ways as a set of keys, which `union` makes distinct: PostgreSQL then knows how many there are, and begins with them or
 * joins them. Else row by row: left to itself it would gather all of them for a page of twenty.
 */
function oneOf({ ways, rows }: OneOf, ownKey: string, to: Statement): string {
  const many = ways.flatMap(({ relation, where }) => (relation.kind === 'toMany' ? [{ relation, where }] : []));
  if (rows === 'many' && !to.gathers) {
    to.fenced = true;
    const parts = many.map(({ relation, where }) => existsAmong(relation, where, ownKey, to, fence));
    return parts.length === 1 ? (parts[0] ?? 'false') : `(${parts.join(' or ')})`;
  }
  const sets = many.map(({ relation, where }) => keysOf(relation, where, to));
  return `${ownKey} in (${sets.join(' union ')})`;
}

/** Whether a condition asks a row for nothing but what points to it. */
function asksKeyOnly(condition: Condition): boolean {
  switch (condition.kind) {
    case 'oneOf':
      return true;
    case 'related':
      return condition.relation.kind === 'toMany';
    case 'and':
    case 'or':
      return condition.conditions.length > 0 && condition.conditions.every(asksKeyOnly);
    case 'not':
      return asksKeyOnly(condition.condition);
    default:
      return false;
  }
}

/** The SQL of a condition that {@link asksKeyOnly}, of the row with the key `ownKey`. */
function compileByKey(condition: Condition, ownKey: string, to: Statement): string {
  switch (condition.kind) {
    case 'oneOf':
      return oneOf(condition, ownKey, to);
    case 'and':
    case 'or': {
      const parts = condition.conditions.map((each) => compileByKey(each, ownKey, to));
      return parts.length === 1 ? (parts[0] ?? 'true') : `(${parts.join(` ${condition.kind} `)})`;
    }
    case 'not': {
      // None of several: each by itself, so that PostgreSQL can plan an anti-join for each.
      const { condition: inner } = condition;
      if (inner.kind === 'or') return compileByKey({ kind: 'and', conditions: inner.conditions.map(not) }, ownKey, to);
      return complement(compileByKey(inner, ownKey, to));
    }
    case 'related':
      if (condition.relation.kind === 'toMany') return existsAmong(condition.relation, condition.where, ownKey, to);
  }
  throw new TypeError(`a condition of the kind ${condition.kind} asks for more than a key`);
}

const keyOf = ({ primaryKey }: EntityModel, alias: string): string => `${alias}.${quote(primaryKey.column)}`;

/** The key that a condition on related rows asks for, where it asks for nothing else: the table of pairs tells it. */
function pairOnly({ target }: RelationProperty, where: Condition): NonNullable<Operand> | undefined {
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.ignoreCase === true) return undefined;
  return where.property === target.primaryKey ? (where.value ?? undefined) : undefined;
}

/**
 * Whether the first of some rows holds a condition. The row is picked by its key, so that what is asked of it stands
 * outside of the order and its limit. It is never joined: PostgreSQL would pick the first of the rows of all records before
 * it looks at one.
 */
function firstRelated(condition: FirstRelated, model: EntityModel, alias: string, to: Statement): string {
  const { relation, among, where } = condition;
  const { target } = relation;
  const key = quote(target.primaryKey.column);
  const picked = to.alias('e');
  const { source, on } = reach(relation, model, alias, picked, () => to.alias('p'));
  const order = compileOrder(condition.order, target, picked);
  const kept = compileCondition(among, target, picked, to);
  const rows = `${source}${order.joins} where ${on}${kept === 'true' ? '' : ` and ${kept}`}${orderBy(order)} limit 1`;
  const first = to.alias('e');
  const inner = compileCondition(where, target, first, to);
  const named = `${first}.${key} = (select ${picked}.${key} from ${rows})`;
  return selectOne(`${target.table} ${first}`, named, inner, ' offset 0');
}

/** The rows that a relation leads to from the row `alias`: what to select from, and how they hang together. */
export function reach(
  relation: RelationProperty,
  model: EntityModel,
  alias: string,
  target: string,
  pivotAlias: () => string,
): { readonly source: string; readonly on: string } {
  if (relation.kind === 'toOne') {
    const on = `${keyOf(relation.target, target)} = ${alias}.${quote(relation.column)}`;
    return { source: `${relation.target.table} ${target}`, on };
  }
  const { source, column } = reachMany(relation, target, pivotAlias);
  return { source, on: `${column} = ${keyOf(model, alias)}` };
}

/** The rows of a to-many relation, of whatever row: what to select from, and the column that holds that row's key. */
function reachMany(
  { target: { table, primaryKey }, by }: ToManyProperty,
  target: string,
  pivotAlias: () => string,
): { readonly source: string; readonly column: string } {
  const source = `${table} ${target}`;
  if (by.kind === 'foreignKey') return { source, column: `${target}.${quote(by.column)}` };
  const pivot = pivotAlias();
  return {
    source: `${by.table} ${pivot} join ${source} on ${target}.${quote(primaryKey.column)} = ${pivot}.${quote(by.targetColumn)}`,
    column: `${pivot}.${quote(by.ownColumn)}`,
  };
}

/** `union` forgets rows it has seen, so a cycle in the data ends the walk. */
function hierarchy(condition: Hierarchy, model: EntityModel, alias: string, to: Statement): string {
  const parent = quote(parentColumn(condition.parent));
  const key = quote(model.primaryKey.column);
  const walk = to.alias('h');
  const start = to.alias('e');
  const next = to.alias('e');
  const first = compileCondition(condition.of, model, start, to);
  const step = condition.direction === 'descendants' ? `${next}.${parent} = ${walk}.id` : `${next}.${key} = ${walk}.up`;
  return (
    `${alias}.${key} in (with recursive ${walk}(id, up) as (` +
    `select ${start}.${key}, ${start}.${parent} from ${model.table} ${start} where ${first} union ` +
    `select ${next}.${key}, ${next}.${parent} from ${model.table} ${next} join ${walk} on ${step}` +
    `) select id from ${walk})`
  );
}

function parentColumn(parent: RelationProperty): string {
  if (parent.kind === 'toOne') return parent.column;
  if (parent.by.kind === 'foreignKey') return parent.by.column;
  throw new TypeError(`${parent.name} is no hierarchy: each row must have one parent`);
}
