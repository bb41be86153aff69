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
  /** How many keys are looked up at once; absent: one after another. */
  readonly several?: SeveralKeys;
  /** The column that an order by the key stands for; absent: records cannot be ordered by it. */
  readonly order?: ScalarProperty;
  /** Keys that are a function of the primary key alone: no join is needed to show a foreign key, none to filter by it. */
  readonly primary?: {
    encode(primaryKey: unknown): string;
    /** `undefined`: names nothing. */
    decode(text: string): Operand | undefined;
  };
}

/** Whether the database takes two texts for one only where they are the same: not `citext`, nor `char`, which pads. */
export const tellsTextsApart = ({ type, columnType }: ScalarProperty): boolean =>
  type !== 'string' || /^(varchar|character varying|text)\b/.test(columnType);

/** Many well-formed keys looked up by one read. */
export interface SeveralKeys {
  /** The records that any of the keys names: exactly those that {@link CompiledKey.condition} finds for each. */
  condition(texts: readonly string[], call: CallContext): Condition;
  /** Adds what it needs to the selection; answers all names of a row, in the form of {@link SeveralKeys.name}. */
  names(selection: Selection): RowReader<readonly string[]>;
  /** The one form of all texts that are the same key. */
  name(text: string): string;
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
