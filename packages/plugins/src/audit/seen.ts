import type { CallContext, Reader, ShownRecord } from '@sallyport/core';
import type { AuditGround } from './record.ts';

/** A record that a call was shown. */
export interface SeenRecord {
  readonly resource: string;
  readonly key: string | undefined;
  readonly fields: readonly string[];
  readonly ground: AuditGround | undefined;
  readonly reader: Reader;
}

/** What is known of a call while it runs. */
export interface Seen {
  readonly records: SeenRecord[];
  /** Whether its record was made in its own transaction. */
  written: boolean;
}

const seen = Symbol('sallyport.audit');

/** What a call has seen so far. */
export function seenBy({ state }: CallContext): Seen {
  const known = state.get(seen) as Seen | undefined;
  if (known !== undefined) return known;
  const made: Seen = { records: [], written: false };
  state.set(seen, made);
  return made;
}

/** Names of the members that are there. */
const membersOf = (value: ShownRecord['value']): readonly string[] =>
  Object.keys(value).filter((name) => value[name] !== undefined);

/** Remembers a record: what it is called and which fields it showed, nothing that is in them. */
export function remember(call: CallContext, record: ShownRecord, ground: AuditGround | undefined): void {
  const { resource, key, value, reader } = record;
  seenBy(call).records.push({ resource, key, fields: membersOf(value), ground, reader });
}

/** All names of fields, once each. */
export const fieldsOf = (records: readonly SeenRecord[]): readonly string[] => [
  ...new Set(records.flatMap(({ fields }) => fields)),
];

/** Records once each: a check of a write may have looked at one before it was answered, and the answer counts. */
export function lastOfEach(records: readonly SeenRecord[]): readonly SeenRecord[] {
  const last = new Map<string | SeenRecord, SeenRecord>();
  for (const record of records)
    last.set(record.key === undefined ? record : `${record.resource} ${record.key}`, record);
  return [...last.values()];
}
