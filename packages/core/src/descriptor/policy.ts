import type { Condition } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import type { EntityModel } from '../store/model.ts';
import type { Row, Selection } from '../store/selection.ts';

/** Tells which fields may be shown: a set of their names does. */
export interface FieldSight {
  has(field: string): boolean;
  /** Of a shown field that has parts (extensions), which parts may be shown; all when absent or undefined. */
  within?(field: string): { has(part: string): boolean } | undefined;
}

/**
 * A rule over and above scopes: which records a caller sees, and which of their fields. It holds wherever the resource
 * is reached: read, searched, expanded, referred to, written.
 */
export interface Policy {
  readonly name: string;
  /** Whether it has a say about this caller; always when absent. Where it has none, it costs nothing. */
  readonly applies?: (call: CallContext) => boolean;
  /** Runs once for each call that may touch the resource, before anything is read; may look things up. */
  readonly prepare?: (call: CallContext) => void | Promise<void>;
  /** Records that the caller may reach; ANDed to everything. */
  readonly condition?: (call: CallContext, model: EntityModel) => Condition;
  /** Records that the caller may change, where that differs from `condition`. What it answers stays under the mask. */
  readonly changes?: (call: CallContext, model: EntityModel) => Condition;
  /** Records that the caller may name in the body of another, where that differs from `condition`. */
  readonly refers?: (call: CallContext, model: EntityModel) => Condition;
  /** Names of the fields that the caller may see, filter by and sort by; all when undefined. */
  readonly fields?: (call: CallContext) => ReadonlySet<string> | undefined;
  /** Names of the fields that the caller may sort by, where those are fewer than `fields`: an order tells of all rows. */
  readonly sorts?: (call: CallContext) => ReadonlySet<string> | undefined;
  /**
   * Names of the fields that the caller may write; all when it answers undefined. Absent: those that `fields` and `mask`
   * show. A replace leaves the others as they are, and a body that names one is told that it is unknown. Parts of a field
   * that `mask` hides on a record are not written there in any case.
   */
  readonly writes?: (call: CallContext) => ReadonlySet<string> | undefined;
  /**
   * A mask for each row: adds what it must know of a row to the selection, and answers, for a row, the fields that may
   * be shown; all when undefined.
   */
  readonly mask?: (selection: Selection) => (row: Row, call: CallContext) => FieldSight | undefined;
  /**
   * The records of which `mask` shows all of some fields: a search by these fields finds no others, since finding a
   * record by what is hidden of it would tell of it.
   */
  readonly showing?: (call: CallContext, model: EntityModel, fields: ReadonlySet<string>) => Condition;
  /** Awaited before a record that was asked for is answered to be missing, hidden ones like those that are not there. */
  readonly missed?: (call: CallContext) => Promise<void>;
}
