import type { Condition, Operand } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema } from '../road/route.ts';
import type { EntityModel, ScalarProperty } from '../store/model.ts';
import type { RowReader, Selection } from '../store/selection.ts';

/** What a key is given when the plan is compiled. */
export interface KeyContext {
  readonly model: EntityModel;
  /** Name of the resource: a masked key of one is not accepted for another. */
  readonly resource: string;
  /** Place of the key, for error messages. */
  readonly path: string;
  /** How primary keys are masked; absent when no plugin brings it. */
  readonly scheme: KeyScheme | undefined;
}

/** How a record is named on the wire, compiled. */
export interface CompiledKey {
  readonly schema: JsonSchema;
  /** Whether a key names one record at the most, by a constraint of the database. */
  readonly unique: boolean;
  /** Adds what it needs to the selection; `undefined` for a record that has no key (it cannot be addressed). */
  read(selection: Selection): RowReader<string | undefined>;
  /**
   * The records that a key names; `nothing` when it can name none.
   * @throws SallyportError `malformed_key`
   */
  condition(text: string, call: CallContext): Condition;
  /** The column that an order by the key stands for; absent: records cannot be ordered by it. */
  readonly order?: ScalarProperty;
  /** Keys that are a function of the primary key alone: no join is needed to show a foreign key, none to filter by it. */
  readonly primary?: {
    encode(primaryKey: unknown): string;
    /** `undefined`: names nothing. */
    decode(text: string): Operand | undefined;
  };
}

/** How a descriptor says what its key is. */
export interface KeyDefinition {
  readonly kind: string;
  compile(context: KeyContext): CompiledKey;
}

/** Masks primary keys (plugin hashids). One codec for each resource. */
export interface KeyScheme {
  readonly name: string;
  forResource(resource: string, primaryKey: ScalarProperty): KeyCodec;
}

/** Two-way map between primary keys and text. */
export interface KeyCodec {
  readonly schema: JsonSchema;
  encode(primaryKey: string | number | bigint): string;
  /** `undefined` for everything that `encode` would not answer: too long, another alphabet, another salt. */
  decode(text: string): number | string | undefined;
}
