import type { FieldSight, Policy } from '../descriptor/policy.ts';
import type { CallContext } from '../road/call.ts';
import type { Row, RowReader, Selection } from '../store/selection.ts';

/** The reading that a row is part of: the call is set before each row, since shapes are shared between calls. */
export interface ReadingState {
  call: CallContext | undefined;
  /** Whether rows of other tables, or rules on single rows, decide what is shown: then the version alone does not. */
  varies: boolean;
}

type RowMask = (row: Row, call: CallContext) => FieldSight | undefined;

const made = new WeakMap<Selection, Map<Policy, RowMask>>();

/** The masks of policies over one selection; each adds what it needs to the selection once. */
function masksOf(policies: readonly Policy[], selection: Selection): readonly RowMask[] {
  const known = made.get(selection) ?? new Map<Policy, RowMask>();
  made.set(selection, known);
  return policies.flatMap((policy) => {
    if (policy.mask === undefined) return [];
    const mask = known.get(policy) ?? policy.mask(selection);
    known.set(policy, mask);
    return [mask];
  });
}

/** Wraps a reader in the masks that policies put on single rows. */
export function masked(
  read: RowReader<Record<string, unknown>>,
  policies: readonly Policy[],
  selection: Selection,
  state: ReadingState,
  /** Names that no mask takes away: the key, and fields that always stay. */
  kept: ReadonlySet<string>,
): RowReader<Record<string, unknown>> {
  const masks = masksOf(policies, selection);
  if (masks.length === 0) return read;
  state.varies = true;
  return (row: Row) => {
    const { call } = state;
    if (call === undefined) throw new Error('rows under a mask are read for a call');
    const value = read(row);
    for (const mask of masks) prune(value, mask(row, call), kept);
    return value;
  };
}

/** Tells, for a row, whether all masks show a field, or a part of one: `extension.fisher`. */
export function rowSight(
  policies: readonly Policy[],
  selection: Selection,
): (name: string, row: Row, call: CallContext) => boolean {
  const masks = masksOf(policies, selection);
  return (name, row, call) => masks.every((mask) => isSeen(mask(row, call), name));
}

function isSeen(sight: FieldSight | undefined, name: string): boolean {
  if (sight === undefined) return true;
  const [field = '', part] = name.split('.');
  return sight.has(field) && (part === undefined || sight.within?.(field)?.has(part) !== false);
}

function prune(value: Record<string, unknown>, visible: FieldSight | undefined, kept: ReadonlySet<string>): void {
  if (visible === undefined) return;
  for (const name of Object.keys(value)) {
    if (kept.has(name)) continue;
    const parts = visible.has(name) ? visible.within?.(name) : undefined;
    if (parts !== undefined) value[name] = partsSeen(value[name], parts);
    if (!visible.has(name) || value[name] === undefined) delete value[name];
  }
}

/** What is left of a value of parts; nothing where none of them may be seen. */
function partsSeen(value: unknown, parts: { has(part: string): boolean }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const seen = Object.entries(value).filter(([part]) => parts.has(part));
  return seen.length === 0 ? undefined : Object.fromEntries(seen);
}
