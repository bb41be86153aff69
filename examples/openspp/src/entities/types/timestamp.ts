import { p, Type } from '@mikro-orm/core';
import { databaseClock } from '../../../migrations/expressions.ts';

const databaseText = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const zeroOffset = /^(?:Z|[+-]00(?::?00)?)$/;

/**
 * Brings a point in time, as PostgreSQL prints it or as ISO 8601 writes it, into the one form the code uses:
 * `2026-03-02T08:15:30.482113Z`, always UTC and always six decimals, so that text order is time order and no
 * microsecond is lost. Text without an offset is taken as UTC.
 *
 * @throws RangeError when the text is no point in time
 */
export function normaliseTimestamp(text: string): string {
  const match = databaseText.exec(text);
  if (match === null) throw new RangeError(`Not a point in time: ${JSON.stringify(text)}`);
  const [, date = '', time = '', fraction = '', offset = 'Z'] = match;
  const decimals = fraction.padEnd(6, '0');
  if (zeroOffset.test(offset)) return `${date}T${time}.${decimals}Z`;
  const [hours = '00', minutes = '00'] = [offset.slice(1, 3), offset.slice(3).replace(':', '') || '00'];
  const instant = new Date(`${date}T${time}${offset[0]}${hours}:${minutes}`);
  return `${instant.toISOString().slice(0, 19)}.${decimals}Z`;
}

let last = 0;

/** The present, in microseconds since the epoch; never twice the same value in one process. */
export function nowInMicroseconds(): number {
  last = Math.max(last + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
  return last;
}

/** Microseconds since the epoch as `2026-03-02T08:15:30.482113Z`. */
export function timestampOf(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1000);
  const rest = String(microseconds - milliseconds * 1000).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(0, 23)}${rest}Z`;
}

/** `2026-03-02T08:15:30.482113Z`, or PostgreSQL's own text, as microseconds since the epoch. */
export function microsecondsOf(timestamp: string): number {
  const normalised = normaliseTimestamp(timestamp);
  return Date.parse(`${normalised.slice(0, 19)}Z`) * 1000 + Number(normalised.slice(20, 26));
}

/** The present as `2026-03-02T08:15:30.482113Z`. */
export function now(): string {
  return timestampOf(nowInMicroseconds());
}

/** `timestamptz(6)` as text. A `Date` would cut the last three decimals, and with them the version of a record. */
export class TimestampType extends Type<string, string> {
  override convertToJSValue(value: string): string {
    return value === null || value === undefined ? value : normaliseTimestamp(value);
  }

  override convertToDatabaseValue(value: string): string {
    return value;
  }

  override compareAsType(): string {
    return 'string';
  }

  /** What the database answers is spelled another way than what is sent: without this every loaded row looks changed. */
  override ensureComparable(): boolean {
    return true;
  }

  override getColumnType(): string {
    return 'timestamptz(6)';
  }
}

/** A point in time. */
export const timestamp = () => p.type(TimestampType);
/** When the row was made. */
export const createdAt = () => timestamp().defaultRaw(databaseClock).onCreate(now);
/** When the row was last changed. */
export const updatedAt = () => timestamp().defaultRaw(databaseClock).onCreate(now).onUpdate(now);
