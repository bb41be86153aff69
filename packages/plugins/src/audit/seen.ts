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
  /** Of a streamed answer: what was shown in the parts before, of which the records are written already. */
  streamed: { results: number; readonly fields: Set<string> } | undefined;
}

const seen = Symbol('sallyport.audit');

/** What a call has seen so far. */
export function seenBy({ state }: CallContext): Seen {
  const known = state.get(seen) as Seen | undefined;
  if (known !== undefined) return known;
  const made: Seen = { records: [], written: false, streamed: undefined };
  state.set(seen, made);
  return made;
}

/** Fields whose parts are told of one by one, extensions for one: `extension.fisher`. By resource. */
export type FieldsOfParts = ReadonlyMap<string, ReadonlySet<string>>;

/** Names of the members that are there, and behind a member of parts those of its parts. */
const membersOf = ({ value, resource }: ShownRecord, parted: FieldsOfParts): readonly string[] =>
  Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .flatMap((name) =>
      parted.get(resource)?.has(name)
        ? [name, ...Object.keys(value[name] ?? {}).map((part) => `${name}.${part}`)]
        : name,
    );

/** Remembers a record: what it is called and which fields it showed, nothing that is in them. */
export function remember(
  call: CallContext,
  record: ShownRecord,
  ground: AuditGround | undefined,
  parted: FieldsOfParts,
): void {
  const { resource, key, reader } = record;
  seenBy(call).records.push({ resource, key, fields: membersOf(record, parted), ground, reader });
}

/** Takes the records of a part of a streamed answer out, so that what is kept of a call does not grow with it. */
export function takePart(call: CallContext): readonly SeenRecord[] {
  const known = seenBy(call);
  const records = known.records.splice(0);
  known.streamed ??= { results: 0, fields: new Set() };
  known.streamed.results += records.length;
  for (const name of fieldsOf(records)) known.streamed.fields.add(name);
  return records;
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
