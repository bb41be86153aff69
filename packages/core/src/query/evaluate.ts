import type { ColumnProperty, RelationProperty } from '../store/model.ts';
import type { Comparison, Condition, Operand } from './condition.ts';
import type { OrderTerm } from './order.ts';

/** A row in memory: columns by property name, a to-one relation as its row or null, a to-many as a list of rows. */
export interface MemoryRow {
  readonly [property: string]: unknown;
}

/**
 * Whether a row in memory holds a condition: what the condition tree means, said in plain JavaScript. Stores are tested
 * against it; nothing that serves requests uses it. Texts compare by code unit.
 *
 * @param table All rows of the root's table, for `parent_of`.
 */
export function holdsFor(condition: Condition, row: MemoryRow, table: readonly MemoryRow[] = [row]): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'and':
      return condition.conditions.every((each) => holdsFor(each, row, table));
    case 'or':
      return condition.conditions.some((each) => holdsFor(each, row, table));
    case 'not':
      return !holdsFor(condition.condition, row, table);
    case 'compare':
      return compares(condition, columnOf(row, condition.property));
    case 'in': {
      const value = columnOf(row, condition.property);
      return condition.values.some((each) => order(condition.property, value, each) === 0);
    }
    case 'related': {
      const rows = reached(row, condition.relation);
      return rows.some((each) => holdsFor(condition.where, each, rows));
    }
    case 'oneOf':
      return condition.ways.some((each) => holdsFor(each, row, table));
    case 'firstRelated': {
      const rows = reached(row, condition.relation);
      const [first] = rows.filter((each) => holdsFor(condition.among, each, rows)).sort(byTerms(condition.order));
      return first !== undefined && holdsFor(condition.where, first, rows);
    }
    case 'hierarchy': {
      const { parent, direction, of } = condition;
      if (direction === 'descendants') return line(row, parent.name).some((each) => holdsFor(of, each, table));
      return table.some((each) => holdsFor(of, each, table) && line(each, parent.name).includes(row));
    }
  }
}

function reached(row: MemoryRow, relation: RelationProperty): readonly MemoryRow[] {
  const related = row[relation.name];
  return (Array.isArray(related) ? related : related == null ? [] : [related]) as readonly MemoryRow[];
}

/** Nulls stand last in ascending and first in descending order, as in PostgreSQL. */
function byTerms(terms: readonly OrderTerm[]): (a: MemoryRow, b: MemoryRow) => number {
  return (a, b) => {
    for (const { property, through, direction } of terms) {
      const [left, right] = [a, b].map((row) => {
        const end = through.reduce<MemoryRow | null>((at, { name }) => (at?.[name] ?? null) as MemoryRow | null, row);
        return end === null ? null : columnOf(end, property);
      }) as [Operand, Operand];
      const sign = order(property, left, right) ?? (left === null ? 1 : -1);
      if (sign !== 0) return direction === 'asc' ? sign : -sign;
    }
    return 0;
  };
}

/** A row, its parent, that one's parent and so on; a circle ends where it began. */
function line(row: MemoryRow, parent: string): readonly MemoryRow[] {
  const rows = new Set<MemoryRow>();
  let next: unknown = row;
  while (next != null && !rows.has(next as MemoryRow)) {
    rows.add(next as MemoryRow);
    next = (next as MemoryRow)[parent];
  }
  return [...rows];
}

function columnOf(row: MemoryRow, property: ColumnProperty): Operand {
  const value = row[property.name];
  if (value == null) return null;
  if (property.kind === 'scalar' || typeof value !== 'object') return value as Operand;
  return (value as MemoryRow)[property.target.primaryKey.name] as Operand;
}

function compares({ property, operator, value, ignoreCase = false }: Comparison, column: Operand): boolean {
  if (operator === 'holds') return value !== null && hasAll(column, JSON.parse(String(value)));
  const sign = order(property, column, value);
  switch (operator) {
    case 'eq':
      return sign === 0;
    case 'ne':
      return sign !== 0;
    case 'gt':
      return sign !== undefined && sign > 0;
    case 'ge':
      return sign !== undefined && sign >= 0 && column !== null;
    case 'lt':
      return sign !== undefined && sign < 0;
    case 'le':
      return sign !== undefined && sign <= 0 && column !== null;
    default: {
      if (typeof column !== 'string' || typeof value !== 'string') return false;
      const [text, pattern] = ignoreCase ? [column.toLowerCase(), value.toLowerCase()] : [column, value];
      if (operator === 'contains') return text.includes(pattern);
      return operator === 'startsWith' ? text.startsWith(pattern) : likeExpression(pattern).test(text);
    }
  }
}

/** Whether a JSON value has all of another in it, as `@>` of PostgreSQL does. */
function hasAll(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(value) && wanted.every((each) => value.some((own) => hasAll(own, each)));
  }
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const own = value as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([name, each]) => Object.hasOwn(own, name) && hasAll(own[name], each));
}

/** The sign of a comparison; zero for two nulls, undefined when only one is null. */
function order(property: ColumnProperty, left: Operand, right: Operand): number | undefined {
  if (left === null || right === null) return left === right ? 0 : undefined;
  const type = property.kind === 'scalar' ? property.type : property.target.primaryKey.type;
  if (type === 'decimal') return Number(left) - Number(right);
  const [a, b] = type === 'bigint' ? [BigInt(left), BigInt(right)] : [left, right];
  return a === b ? 0 : a < b ? -1 : 1;
}

function likeExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\([\s\S])|%|_|[.*+?^${}()|[\]\\/-]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    return found === '%' ? '[\\s\\S]*' : found === '_' ? '[\\s\\S]' : `\\${found}`;
  });
  return new RegExp(`^${source}$`);
}
