import type { FieldCodec, WriteContext } from '../fields/codec.ts';
import { type CodedOptions, codedCodec } from '../fields/coded.ts';
import { type CountOptions, countCodec } from '../fields/count.ts';
import { type CustomOptions, customCodec, type Reading, type TimedReading } from '../fields/custom.ts';
import { type ListOptions, listCodec } from '../fields/list.ts';
import { type ObjectOptions, objectCodec } from '../fields/object.ts';
import { type ReferenceOptions, referenceCodec } from '../fields/reference.ts';
import { type RelationOptions, relationCodec } from '../fields/relation.ts';
import type { DefaultSource, FieldDefinition, FieldRules, RecordCriterion } from '../fields/rules.ts';
import { type ScalarOptions, scalarCodec } from '../fields/scalar.ts';
import type { Condition } from '../query/condition.ts';
import { type Where, where as whereOf } from '../query/where.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema } from '../road/route.ts';
import type { EntityModel } from '../store/model.ts';
import type { ScalarKeys, ScalarValue, TargetOf, ToManyKeys, ToOneKeys } from './entity-types.ts';

/** A scalar property of the entity, or of what a to-one relation of it leads to. */
export type ScalarPath<E> = ScalarKeys<E> | { [K in ToOneKeys<E>]: `${K}.${ScalarKeys<TargetOf<E[K]>>}` }[ToOneKeys<E>];

type Rules<V> = FieldRules & {
  /** Applied on create when the field is absent: a constant, or a function of the call. */
  readonly default?: V | ((call: CallContext) => V);
};

/** The fields of a descriptor, by the names they have on the wire. */
export type Fields = Readonly<Record<string, FieldDefinition>>;

/**
 * Declares the fields of an entity. Each method takes the name of a property, so that a wrong one does not compile;
 * the name of the field on the wire is the key that it stands under, so an alias is written by giving it another key.
 *
 * @see docs/reference/fields.md
 */
export interface FieldBuilder<E> {
  /** A column with a value of its own. */
  field<K extends ScalarKeys<E>>(property: K, options?: Rules<ScalarValue<E[K]>> & ScalarOptions): FieldDefinition;
  /** A column of bytes, as base64 text. */
  binary<K extends ScalarKeys<E>>(property: K, options?: FieldRules & { readonly maxBytes?: number }): FieldDefinition;
  /** A group of columns shown as one object. */
  object(fields: Fields, options?: FieldRules & ObjectOptions): FieldDefinition;
  /** Owned rows shown as a list of objects. */
  list<K extends ToManyKeys<E>>(
    property: K,
    fields: (each: FieldBuilder<TargetOf<E[K]>>) => Fields,
    options?: FieldRules &
      Omit<ListOptions, 'where' | 'order'> & {
        readonly where?: (call: CallContext, where: Where<TargetOf<E[K]>>) => Condition;
        readonly order?: readonly (ScalarKeys<TargetOf<E[K]>> | `-${ScalarKeys<TargetOf<E[K]>>}`)[];
      },
  ): FieldDefinition;
  /** How many rows of a to-many relation there are, for reading only. */
  count<K extends ToManyKeys<E>>(
    property: K,
    options?: Omit<FieldRules, 'write' | 'filter' | 'sort'> &
      Omit<CountOptions, 'where'> & {
        readonly where?: (call: CallContext, where: Where<TargetOf<E[K]>>) => Condition;
      },
  ): FieldDefinition;
  /** A relation to one record: its key, or some of its fields. */
  toOne<K extends ToOneKeys<E>>(
    property: K,
    options: FieldRules &
      RelationOptions & {
        /** The key of a record, or the record itself by its properties. */
        readonly default?: RecordCriterion | string | ((call: CallContext) => RecordCriterion | string);
      },
  ): FieldDefinition;
  /** A relation to many records: a list of keys, or of some of their fields. */
  toMany<K extends ToManyKeys<E>>(property: K, options: FieldRules & RelationOptions): FieldDefinition;
  /** A relation to one record, as `{ reference: 'Type/key', display }`. */
  reference<K extends ToOneKeys<E>>(
    property: K,
    options: FieldRules & Omit<ReferenceOptions, 'display'> & { readonly display?: ScalarKeys<TargetOf<E[K]>> },
  ): FieldDefinition;
  /** A relation to a table of codes, as `{ coding: [{ system, code, display }], text }`. */
  coded<K extends ToOneKeys<E>>(
    property: K,
    options: FieldRules &
      Omit<CodedOptions, 'system' | 'code' | 'display'> & {
        readonly system: ScalarPath<TargetOf<E[K]>>;
        readonly code: ScalarKeys<TargetOf<E[K]>>;
        readonly display: ScalarKeys<TargetOf<E[K]>>;
      },
  ): FieldDefinition;
  /** A value made of properties, for reading only. */
  computed<R extends Readonly<Record<string, ScalarPath<E>>>, T extends boolean = false>(options: {
    readonly reads: R;
    readonly output: JsonSchema;
    /** Whether it depends on the time of the call, too, which `encode` is then told. Default false. */
    readonly timed?: T;
    readonly encode: (
      values: { readonly [K in keyof R]: unknown },
      reading: T extends true ? TimedReading : Reading,
    ) => unknown;
    readonly nullable?: boolean;
    readonly description?: string;
  }): FieldDefinition;
  /** A mapping of your own, both ways. */
  custom<R extends Readonly<Record<string, ScalarPath<E>>>, V = unknown>(
    options: FieldRules &
      Omit<CustomOptions, 'reads' | 'encode' | 'assign' | 'timed'> & {
        readonly reads: R;
        readonly encode: (values: { readonly [K in keyof R]: unknown }, reading: Reading) => unknown;
        readonly assign?: (entity: E, value: V | null, context: WriteContext) => void | Promise<void>;
      },
  ): FieldDefinition;
  /** A codec of your own. */
  codec(codec: FieldCodec, rules?: FieldRules): FieldDefinition;
}

type Options = FieldRules & { readonly default?: unknown };

/** Parts what is said of the field from what is said to its codec. */
function define(codec: FieldCodec, options: Options = {}): FieldDefinition {
  const { read, write, filter, sort, always, required, description } = options;
  const given = { read, write, filter, sort, always, required, description };
  const rules: FieldRules = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return options.default === undefined ? { codec, rules } : { codec, rules, default: options.default as DefaultSource };
}

/** Characters of base64 for a number of bytes (RFC 4648 section 4). */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The builder without its types: names are checked by the compiler before, and by the plan when the API starts. */
interface UntypedBuilder {
  field(property: string, options?: Options & ScalarOptions): FieldDefinition;
  binary(property: string, options?: Options & { readonly maxBytes?: number }): FieldDefinition;
  object(fields: Fields, options?: Options & ObjectOptions): FieldDefinition;
  list(
    property: string,
    fields: (each: UntypedBuilder) => Fields,
    options?: Options &
      Omit<ListOptions, 'where'> & { readonly where?: (call: CallContext, where: Where<never>) => Condition },
  ): FieldDefinition;
  count(
    property: string,
    options?: Options &
      Omit<CountOptions, 'where'> & { readonly where?: (call: CallContext, where: Where<never>) => Condition },
  ): FieldDefinition;
  toOne(property: string, options: Options & RelationOptions): FieldDefinition;
  toMany(property: string, options: Options & RelationOptions): FieldDefinition;
  reference(property: string, options: Options & ReferenceOptions): FieldDefinition;
  coded(property: string, options: Options & CodedOptions): FieldDefinition;
  computed(options: Options & Omit<CustomOptions, 'input' | 'assign'>): FieldDefinition;
  custom(options: Options & CustomOptions): FieldDefinition;
  codec(codec: FieldCodec, rules?: FieldRules): FieldDefinition;
}

/** A user's condition on rows, as codecs take it: for the rows' model, then for a call. */
function onRows(where: ((call: CallContext, where: Where<never>) => Condition) | undefined) {
  if (where === undefined) return {};
  return { where: (model: EntityModel) => (call: CallContext) => where(call, whereOf<never>(model)) };
}

const builder: UntypedBuilder = {
  field: (property, options) => define(scalarCodec(property, options), options),
  binary(property, { maxBytes, ...options } = {}) {
    const schema = maxBytes === undefined ? {} : { maxLength: base64Length(maxBytes) };
    return define(scalarCodec(property, { schema }), options);
  },
  object: (fields, options) => define(objectCodec(fields, options), options),
  list(property, fields, { where, ...options } = {}) {
    return define(listCodec(property, fields(builder), { ...options, ...onRows(where) }), options);
  },
  count(property, { where, ...options } = {}) {
    return define(countCodec(property, { ...options, ...onRows(where) }), { ...options, write: false });
  },
  toOne: (property, options) => define(relationCodec('toOne', property, options), options),
  toMany: (property, options) => define(relationCodec('toMany', property, options), options),
  reference: (property, options) => define(referenceCodec(property, options), options),
  coded: (property, options) => define(codedCodec(property, options), options),
  computed: (options) => define(customCodec('computed', options), { ...options, write: false }),
  custom: (options) => define(customCodec('custom', options), options),
  codec: (codec, rules) => define(codec, rules),
};

/** The builder for an entity. */
export function fieldBuilder<E>(): FieldBuilder<E> {
  // One object serves all entities: only the compiler tells them apart.
  return builder as unknown as FieldBuilder<E>;
}
