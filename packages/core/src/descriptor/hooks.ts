import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { CallContext } from '../road/call.ts';
import type { Unit } from '../store/store.ts';

/** What a hook is told of the write that it stands in. */
export interface WriteHookContext {
  readonly operation: 'create' | 'update' | 'replace' | 'delete';
  /** The resource, compiled: tells what the caller may see of it. */
  readonly plan: ResourcePlan;
  readonly call: CallContext;
  readonly unit: Unit;
  /** The checked body; empty for a delete. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Rules of a resource around its writes. All run inside the transaction; a `SallyportError` undoes everything. */
export interface ResourceHooks<E = never> {
  /** After the fields are assigned, before anything is sent to the database. */
  readonly beforeWrite?: (entity: E, context: WriteHookContext) => void | Promise<void>;
  readonly beforeDelete?: (entity: E, context: WriteHookContext) => void | Promise<void>;
  /** After the rows are written, before the commit. */
  readonly afterWrite?: (entity: E, context: WriteHookContext) => void | Promise<void>;
}
