import { Buffer } from 'node:buffer';
import type { Operand } from '../../query/condition.ts';
import type { ScalarProperty } from '../model.ts';
import { baseType, isArray, isPlainText } from './types.ts';

/** A value made ready for the database: what is sent, and the type that its parameter is declared with. */
export interface Bound {
  readonly value: unknown;
  readonly type: string;
}

const wholeNumber = /^[+-]?\d{1,19}$/;
const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i;
const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const zone = /(z|utc|[+-]\d\d(:?\d\d(:?\d\d)?)?)$/i;
const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

/**
 * Makes an operand ready to be compared with a column. Types are wider than the column's where that keeps a comparison
 * total (`age > 2.5`, `age < 10^30`), and never carry a length: a cast to `varchar(3)` would cut the value.
 *
 * Answers undefined for a value that the column cannot hold, so that no row can equal it: `uuid = 'x'`.
 */
export function bind(property: ScalarProperty, value: Exclude<Operand, null>): Bound | undefined {
  switch (property.type) {
    case 'integer':
    case 'bigint':
      return number(value);
    case 'decimal':
      return decimalNumber.test(String(value)) ? { value: String(value), type: 'numeric' } : undefined;
    case 'number':
      return float(property, value);
    case 'boolean':
      return truth(value);
    case 'uuid':
      return uuid.test(String(value)) ? { value: String(value), type: 'uuid' } : undefined;
    case 'date':
      return { value: String(value), type: 'date' };
    case 'time':
      return { value: String(value), type: baseType(property.columnType) };
    case 'timestamp':
      return { value: zoned(String(value)), type: 'timestamptz' };
    case 'json':
      return isArray(property.columnType) ? undefined : { value: JSON.stringify(value), type: 'jsonb' };
    case 'binary':
      return { value: Buffer.from(String(value), 'base64'), type: 'bytea' };
    case 'string':
      return text(property, String(value));
  }
}

function number(value: string | number | boolean): Bound | undefined {
  const digits = String(value);
  if (wholeNumber.test(digits)) {
    const whole = BigInt(digits);
    if (whole >= least && whole <= most) return { value: digits, type: 'bigint' };
  }
  return decimalNumber.test(digits) ? { value: digits, type: 'numeric' } : undefined;
}

function float(property: ScalarProperty, value: string | number | boolean): Bound | undefined {
  if (typeof value !== 'number' && !decimalNumber.test(String(value))) return undefined;
  const type = /real|float4/.test(property.columnType) ? 'real' : 'double precision';
  return { value: String(value), type };
}

function truth(value: string | number | boolean): Bound | undefined {
  const known = value === true || value === 'true' || value === false || value === 'false';
  return known ? { value: value === true || value === 'true', type: 'boolean' } : undefined;
}

/** A time without a zone is UTC, whatever the session's zone is. */
function zoned(value: string): string {
  return zone.test(value) && value.includes(':') ? value : `${value} UTC`;
}

function text(property: ScalarProperty, value: string): Bound | undefined {
  if (isPlainText(property)) return { value, type: property.columnType === 'citext' ? 'citext' : 'text' };
  const base = baseType(property.columnType);
  if (base === 'char' || base === 'character' || base === 'bpchar') return { value, type: 'bpchar' };
  if (property.values !== undefined && !property.values.includes(value)) return undefined;
  return { value, type: property.columnType };
}
