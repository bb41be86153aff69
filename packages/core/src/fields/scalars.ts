import type { JsonSchema } from '../road/route.ts';
import type { ScalarProperty, ScalarType } from '../store/model.ts';
import { isZoned } from '../store/sql/types.ts';
import type { Representation } from './codec.ts';

const int32 = { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 } as const;

const int16 = { type: 'integer', minimum: -32_768, maximum: 32_767 } as const;

/** A time of day without a zone, which is not the RFC 3339 time that the format `time` stands for. */
const localTime = {
  type: 'string',
  pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?$',
  examples: ['08:15:30'],
} as const;

/** Digits before and behind the point, as many as the column keeps: none is rounded away. */
function decimalPattern(precision: number, scale: number): string {
  const fraction = scale === 0 ? '' : `(\\.[0-9]{1,${scale}})?`;
  return `^-?[0-9]{1,${Math.max(1, precision - scale)}}${fraction}$`;
}

const schemas: Readonly<Record<ScalarType, JsonSchema>> = {
  string: { type: 'string' },
  integer: int32,
  bigint: { type: 'string', pattern: '^-?[0-9]{1,19}$' },
  number: { type: 'number' },
  decimal: { type: 'string', pattern: '^-?[0-9]{1,30}(\\.[0-9]{1,20})?$' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', format: 'time' },
  timestamp: { type: 'string', format: 'date-time' },
  uuid: { type: 'string', format: 'uuid' },
  json: {},
  binary: {
    type: 'string',
    contentEncoding: 'base64',
    format: 'byte',
  },
};

/** The JSON Schema of a column's values: its type, length and allowed values. */
export function schemaOfScalar(property: ScalarProperty, representation: Representation): JsonSchema {
  const base = schemas[property.type];
  if (property.values !== undefined) return { type: typeof property.values[0], enum: property.values };
  if (property.type === 'string') {
    return property.length === undefined ? base : { ...base, maxLength: property.length };
  }
  if (property.type === 'integer' && /^(smallint|int2)\b/.test(property.columnType)) return int16;
  if (property.type === 'time' && !isZoned(property)) return localTime;
  if (property.type === 'decimal' && property.precision !== undefined) {
    return { ...base, pattern: decimalPattern(property.precision, property.scale ?? 0) };
  }
  if (property.type === 'timestamp' && representation.timestamp.suffix === '') return { type: 'string' };
  return base;
}

/** Turns a timestamp as the store writes it (`2026-03-02 08:15:30.48`) into the wire's form. */
export function timestampWriter({ fraction, suffix }: Representation['timestamp']): (raw: string) => string {
  const whole = 20 + fraction;
  return (raw) => {
    // PostgreSQL leaves trailing zeros of the fraction out, which is rare.
    if (fraction > 0 && raw.length >= whole) return `${raw.slice(0, 10)}T${raw.slice(11, whole)}${suffix}`;
    const seconds = `${raw.slice(0, 10)}T${raw.slice(11, 19)}`;
    if (fraction === 0) return seconds + suffix;
    return `${seconds}.${raw.slice(20).padEnd(fraction, '0').slice(0, fraction)}${suffix}`;
  };
}

/** Microseconds since the epoch of a timestamp as the store writes it, as a decimal string. */
export function microsecondsOf(raw: string): string {
  const milliseconds = Date.parse(`${raw.slice(0, 10)}T${raw.slice(11, 19)}Z`);
  return `${BigInt(milliseconds) * 1000n + BigInt(raw.slice(20).padEnd(6, '0').slice(0, 6))}`;
}

/** The encoder of a column: what the store reads to what the wire shows. `undefined` when nothing needs to be done. */
export function encoderOf(
  property: ScalarProperty,
  representation: Representation,
): ((raw: never) => unknown) | undefined {
  if (property.type === 'timestamp') return timestampWriter(representation.timestamp) as (raw: never) => unknown;
  return undefined;
}

/** The value that is put on an entity for a checked value of the wire, or for a default, which may be a `Date`. */
export function decodeScalar(property: ScalarProperty, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (property.type) {
    case 'timestamp':
      if (value instanceof Date) return property.runtime === 'string' ? value.toISOString() : value;
      return property.runtime === 'string' ? String(value) : new Date(String(value));
    case 'bigint':
      return property.runtime === 'bigint' ? BigInt(String(value)) : String(value);
    case 'decimal':
      return property.runtime === 'number' ? Number(value) : String(value);
    case 'date':
      return property.runtime === 'Date' ? new Date(`${String(value)}T00:00:00Z`) : String(value);
    case 'binary':
      return Buffer.from(String(value), 'base64');
    default:
      return value;
  }
}
