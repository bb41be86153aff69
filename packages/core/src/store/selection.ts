import type { Condition } from '../query/condition.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CallContext } from '../road/call.ts';
import type { ColumnProperty, EntityModel, ToManyProperty, ToOneProperty } from './model.ts';

/**
 * A row of a result: one value a slot. What stands in a slot does not depend on where it was read (result column or
 * inside `json_agg`) nor on the database's session: integers and doubles are numbers; bigint, decimal, uuid are
 * strings; dates `YYYY-MM-DD`; timestamps `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC; binary is base64 text; json is parsed.
 */
export type Row = readonly unknown[];
/** Reads something out of a row; made once, at the start. */
export type RowReader<T = unknown> = (row: Row) => T;
/** A condition that may depend on the call: the domain of an expanded resource, `now`. */
export type CallCondition = (call: CallContext) => Condition;

/** A column of the result. */
export interface SelectedColumn {
  readonly kind: 'column';
  readonly property: ColumnProperty;
  readonly slot: number;
}

/** A to-one relation, joined; its columns have slots in the same row. */
export interface SelectedToOne {
  readonly kind: 'toOne';
  readonly relation: ToOneProperty;
  readonly where: CallCondition | undefined;
  readonly selection: Selection;
}

/** A to-many relation: one slot, a list of rows of its own. */
export interface SelectedToMany {
  readonly kind: 'toMany';
  readonly relation: ToManyProperty;
  readonly where: CallCondition | undefined;
  readonly order: readonly OrderTerm[];
  readonly limit: number | undefined;
  readonly selection: Selection;
  readonly slot: number;
}

export interface ToManyOptions {
  readonly where?: CallCondition | undefined;
  readonly order?: readonly OrderTerm[];
  /** Most rows that are shown of it. */
  readonly limit?: number;
}

/**
 * What is read of an entity: filled by the fields of a plan when it is compiled, frozen afterwards, turned into SQL by
 * the store. Asking twice for the same column gives the same slot.
 */
export class Selection {
  readonly model: EntityModel;
  readonly columns: SelectedColumn[] = [];
  readonly toOnes: SelectedToOne[] = [];
  readonly toManys: SelectedToMany[] = [];
  readonly #slots: { next: number };

  constructor(model: EntityModel, slots: { next: number } = { next: 0 }) {
    this.model = model;
    this.#slots = slots;
  }

  /** The number of slots in a row; the sum over all joined selections. */
  get width(): number {
    return this.#slots.next;
  }

  /** Adds a column and answers its reader. A foreign key is read as the target's primary key. */
  column<T = unknown>(property: ColumnProperty): RowReader<T> {
    let selected = this.columns.find((candidate) => candidate.property === property);
    if (selected === undefined) {
      selected = { kind: 'column', property, slot: this.#slots.next++ };
      this.columns.push(selected);
    }
    const { slot } = selected;
    return (row) => row[slot] as T;
  }

  /** The slot of a column that has been added. */
  slotOf(property: ColumnProperty): number {
    const selected = this.columns.find((candidate) => candidate.property === property);
    if (selected === undefined) throw new Error(`the column of "${property.name}" has not been added`);
    return selected.slot;
  }

  /**
   * Joins a to-one relation. The answered selection adds slots to the same row; all of them are null when there is no
   * target row, or none that `where` lets through.
   */
  toOne(relation: ToOneProperty, where?: CallCondition): Selection {
    const existing = this.toOnes.find((candidate) => candidate.relation === relation && candidate.where === where);
    if (existing !== undefined) return existing.selection;
    const selection = new Selection(relation.target, this.#slots);
    this.toOnes.push({ kind: 'toOne', relation, where, selection });
    return selection;
  }

  /** Adds a to-many relation; `read` is given the selection of one of its rows and answers what to make of such a row. */
  toMany<T>(relation: ToManyProperty, options: ToManyOptions, read: (each: Selection) => RowReader<T>): RowReader<T[]> {
    const selection = new Selection(relation.target);
    const slot = this.#slots.next++;
    const readEach = read(selection);
    const { where, order = [], limit } = options;
    this.toManys.push({ kind: 'toMany', relation, where, order, limit, selection, slot });
    return (row) => {
      const rows = row[slot] as readonly Row[] | null;
      return rows === null ? [] : rows.map(readEach);
    };
  }
}
