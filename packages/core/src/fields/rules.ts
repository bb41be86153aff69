import type { CallContext } from '../road/call.ts';
import type { FieldCodec } from './codec.ts';

/** A record named by its natural properties, as a default of a relation: `record({ code: 'BE' })`. */
export interface RecordCriterion {
  readonly kind: 'record';
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Names a record by properties of its own, for a default of a relation. The record is looked up at each use, so it
 * need not exist when the API starts.
 *
 * @throws SallyportError at the use: `unresolved_reference` when there is no such record, or more than one.
 */
export function record(properties: Readonly<Record<string, string | number | boolean>>): RecordCriterion {
  return { kind: 'record', properties };
}

/**
 * Where a default comes from: a constant, a record named by its properties, or a function of the call that answers
 * either.
 */
export type DefaultSource<V = unknown> = V | RecordCriterion | ((call: CallContext) => V | RecordCriterion);

/** Whether a default names a record. */
export function isRecordCriterion(source: unknown): source is RecordCriterion {
  return typeof source === 'object' && source !== null && (source as { kind?: unknown }).kind === 'record';
}

/** The value of a default: the constant or record, or what the function answers. */
export function defaultValue(source: DefaultSource, call: CallContext): unknown {
  return typeof source === 'function' ? (source as (call: CallContext) => unknown)(call) : source;
}

/** What may be done with a field. Four separate permissions: reading, writing, filtering and sorting. */
export interface FieldRules {
  /** Shown to callers. Default true. */
  readonly read?: boolean;
  /** Accepted from callers: always (the default), only when a record is made, or never. */
  readonly write?: boolean | 'create';
  /** May be named in a filter. Default false. A field that is not read cannot be filtered by. */
  readonly filter?: boolean;
  /** May be named in an order. Default false. */
  readonly sort?: boolean;
  /** Stays in every answer, whatever a caller selects or a policy leaves over. */
  readonly always?: boolean;
  /** A create must carry it even though the database would do without. */
  readonly required?: boolean;
  /** Shown in documents. */
  readonly description?: string;
}

/** One field of a descriptor. */
export interface FieldDefinition {
  readonly codec: FieldCodec;
  readonly rules: FieldRules;
  /** Applied on create when the field is absent; in JSON terms. */
  readonly default?: DefaultSource;
}
