import type { Condition } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import type { EntityModel } from '../store/model.ts';
import type { Row, Selection } from '../store/selection.ts';

/**
 * A rule over and above scopes: which records a caller sees, and which of their fields. It holds wherever the resource
 * is reached: read, searched, expanded, referred to, written.
 */
export interface Policy {
  readonly name: string;
  /** Runs once for each call that may touch the resource, before anything is read; may look things up. */
  readonly prepare?: (call: CallContext) => void | Promise<void>;
  /** Records that the caller may reach; ANDed to everything. */
  readonly condition?: (call: CallContext, model: EntityModel) => Condition;
  /** Names of the fields that the caller may see, filter by and sort by; all when undefined. */
  readonly fields?: (call: CallContext) => ReadonlySet<string> | undefined;
  /**
   * Names of the fields that the caller may write; all when it answers undefined. Absent: those that `fields` and `mask`
   * show. A replace leaves the others as they are, and a body that names one is told that it is unknown.
   */
  readonly writes?: (call: CallContext) => ReadonlySet<string> | undefined;
  /**
   * A mask for each row: adds what it must know of a row to the selection, and answers, for a row, the fields that may
   * be shown; all when undefined.
   */
  readonly mask?: (selection: Selection) => (row: Row, call: CallContext) => ReadonlySet<string> | undefined;
}
