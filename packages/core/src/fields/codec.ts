import type { Policy } from '../descriptor/policy.ts';
import type { ReadingState } from '../plan/masks.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { FieldMask } from '../query/field-selection.ts';
import type { FilterLeaf, QueryGate, RelationLeaf } from '../query/gate.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema } from '../road/route.ts';
import type { EntityModel, PropertyModel } from '../store/model.ts';
import type { RowReader, Selection } from '../store/selection.ts';
import type { Unit } from '../store/store.ts';
import type { CompiledMember } from './members.ts';
import type { Sight } from './shown-path.ts';
import type { CheckValue } from './verify.ts';

/** An entity instance, seen as a bag of properties; only ever indexed with names from descriptors. */
export type EntityObject = Record<string, unknown>;

/** How values that are not set are written: `null` by default, or whatever an API's wire format says for a kind. */
export interface Representation {
  readonly unset: {
    readonly string: unknown;
    readonly date: unknown;
    readonly binary: unknown;
    readonly other: unknown;
    readonly toOne: unknown;
  };
  /** Timestamps: digits after the second, and what stands at the end. */
  readonly timestamp: { readonly fraction: 0 | 3 | 6; readonly suffix: 'Z' | '' };
  /** How a to-one with expanded fields is written: an object with its key, or the pair `[key, fields]`. */
  readonly expanded: 'object' | 'pair';
  /** What unset members do when an operation does not say: stay as unset values, or are left out. */
  readonly nulls: 'print' | 'omit';
}

/** RFC 3339 timestamps in milliseconds, nulls printed, objects for expanded relations. */
export const defaultRepresentation: Representation = {
  unset: { string: null, date: null, binary: null, other: null, toOne: null },
  timestamp: { fraction: 3, suffix: 'Z' },
  expanded: 'object',
  nulls: 'print',
};

/** What a codec is given when the plan is compiled. */
export interface CodecContext {
  readonly model: EntityModel;
  /** Place of the field, for error messages: `resources.partner.fields.customer`. */
  readonly path: string;
  readonly representation: Representation;
  /** What becomes of properties that nobody declares, in bodies inside the body. */
  readonly unknown: 'refuse' | 'ignore';
  /** The plan of another resource by name; complete only after compilation, so ask for its fields lazily. */
  resource(name: string): ResourcePlan;
  /** The same context for a place below: a member of an object, the rows of a list. */
  at(step: string, model?: EntityModel): CodecContext;
}

/** What varies between readings of one resource: chosen per call, few in number, compiled once each. */
export interface ReadScope {
  /** How many relations deep this reading is. */
  readonly depth: number;
  /** Whether the caller may read the target of a relation, so that it may be expanded. */
  readonly mayRead: (resource: string) => boolean;
  /** The fields of another resource that the caller may see; all when undefined. */
  readonly visible: (resource: string) => ReadonlySet<string> | undefined;
  /** The policies of another resource that have a say about the caller. */
  readonly policies: (resource: string) => readonly Policy[];
  /** Whether the caller asked for an expansion of a member (always true for those the descriptor always expands). */
  readonly expands: (path: string) => boolean;
  /** The members that the caller wants to see. */
  readonly fields: FieldMask;
  /** What unset members do in this reading, where a nested field does not say. */
  readonly nulls: 'print' | 'omit';
  /** What changes from row to row: the same for all that is read together. */
  readonly state: ReadingState;
}

/** What a codec is given when it writes. */
export interface WriteContext {
  readonly unit: Unit;
  readonly call: CallContext;
  /** Whether the record is being made. */
  readonly creating: boolean;
  /** `merge`: RFC 7396, absent members stay; `set`: the value is the whole. */
  readonly mode: 'merge' | 'set';
  /** Where the value stands in the body, for issues. */
  readonly path: readonly (string | number)[];
  below(step: string | number): WriteContext;
  /** Says that the record changes though no column of its own does, so that its version still counts up. */
  touch(): void;
  /** Runs after all fields are assigned and before the flush. */
  later(work: () => void | Promise<void>): void;
}

/** A field after compilation: everything that was to be looked up has been. */
export interface CompiledCodec {
  /** Schema of what is written to the caller, without the case that it is unset. */
  readonly output: JsonSchema;
  /** Schema of what is accepted; absent when callers cannot write it. */
  readonly input: JsonSchema | undefined;
  /** Schema of what a merge patch may carry, where that differs from `input`: an object without its required members. */
  readonly patch?: JsonSchema;
  /** Whether it may be unset. */
  readonly nullable: boolean;
  /** Whether a create must carry it: not nullable, not filled by anyone else. */
  readonly required: boolean;
  /** What is written when it is unset. */
  readonly unset: unknown;
  /** Whether callers may ask for it to be expanded. */
  readonly expandsOnRequest?: boolean;
  /** The property that it maps, when it is one. */
  readonly property?: PropertyModel;
  /** Adds to the selection what it needs, and answers the encoder. An encoder answers `undefined` for unset. */
  read(selection: Selection, scope: ReadScope): RowReader<unknown>;
  /** Puts a checked value onto the entity; `null` unsets. May look things up through the unit. */
  write?(entity: EntityObject, value: unknown, context: WriteContext): void | Promise<void>;
  /** To-many properties that must be loaded before an update can write this field. */
  readonly populate?: readonly string[];
  /**
   * Whether a path below it names something that the caller is shown, for selections of fields. The schema of `output`
   * tells when absent; what hangs on the caller must answer for itself.
   */
  shows?(path: readonly string[], sight: Sight): boolean;
  /**
   * Parts that are shown and written each by itself, such as extensions. What policies hide of one on a record is not
   * written there either, whatever they say of the field: it would be overwritten unseen.
   */
  readonly parts?: readonly string[];
  /** Name of the plugin without which an API cannot have the field at its top. */
  readonly needs?: string;
  /** The members of an object, when they are columns of the same record. */
  readonly group?: readonly CompiledMember[];
  /** What a filter that names this field compares with. */
  leaf?(call: CallContext): FilterLeaf;
  /** The members of an object, for paths below it (`name.family`). */
  members?(call: CallContext): QueryGate;
  /** The other side of a relation or the rows of a list, for paths through it; undefined when the caller may not. */
  relation?(call: CallContext): RelationLeaf | undefined;
  /** Checks what depends on other resources, and what stands below. @throws ConfigurationError */
  verify?(check: CheckValue): void;
  /** The columns that an order by this field stands for. */
  readonly order?: readonly Omit<OrderTerm, 'direction'>[];
}

/** A way to map a JSON value to columns and back; see `docs/reference/fields.md` for those that exist. */
export interface FieldCodec {
  readonly kind: string;
  compile(context: CodecContext): CompiledCodec;
}
