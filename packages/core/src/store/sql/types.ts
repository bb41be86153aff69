import type { ColumnProperty, ScalarProperty, ScalarType } from '../model.ts';

/** A quoted identifier, safe to stand in SQL text. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

const scalarTypes: Readonly<Record<string, ScalarType>> = {
  int: 'integer',
  int2: 'integer',
  int4: 'integer',
  integer: 'integer',
  smallint: 'integer',
  bigint: 'bigint',
  int8: 'bigint',
  real: 'number',
  float4: 'number',
  float8: 'number',
  'double precision': 'number',
  numeric: 'decimal',
  decimal: 'decimal',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  time: 'time',
  timetz: 'time',
  'time without time zone': 'time',
  'time with time zone': 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamp',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  bytea: 'binary',
};

/** A column's type without its modifiers: `varchar(20)` → `varchar`, `timestamp(0) with time zone` likewise. */
export function baseType(columnType: string): string {
  return columnType
    .replace(/\([^)]*\)/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** What kind of value a column holds. Arrays are read as JSON; what is not known is read as text. */
export function scalarTypeOf(columnType: string): ScalarType {
  const base = baseType(columnType);
  if (isArray(base)) return 'json';
  return Object.hasOwn(scalarTypes, base) ? (scalarTypes[base] ?? 'string') : 'string';
}

/** Whether a column type is an array. */
export function isArray(columnType: string): boolean {
  return columnType.endsWith('[]');
}

/** Whether timestamps of the column carry a zone. Those without are taken as UTC. */
export function isZoned(property: ScalarProperty): boolean {
  return /tz|with time zone/.test(property.columnType);
}

/** The scalar that a column holds: a foreign key holds its target's primary key. */
export function scalarOf(property: ColumnProperty): ScalarProperty {
  return property.kind === 'scalar' ? property : property.target.primaryKey;
}

const plainText = new Set(['varchar', 'character varying', 'text', 'citext']);

/** Whether a string column is of a plain text type: no blank padding, no enumeration, nothing exotic. */
export function isPlainText(property: ScalarProperty): boolean {
  return property.type === 'string' && plainText.has(baseType(property.columnType));
}

/**
 * The expression that a column is read by. It gives the same value as a column of the result and inside
 * `json_build_array`, and does not depend on the session's time zone (see `Row`).
 */
export function display(column: string, property: ScalarProperty): string {
  switch (property.type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return column;
    case 'json':
      return isArray(property.columnType) ? `to_json(${column})` : column;
    case 'string':
      return isPlainText(property) ? column : `${column}::text`;
    case 'timestamp':
      return isZoned(property) ? `(${column} at time zone 'UTC')::text` : `${column}::text`;
    case 'binary':
      return `translate(encode(${column}, 'base64'), E'\\n', '')`;
    default:
      return `${column}::text`;
  }
}
