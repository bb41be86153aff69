import type { Policy } from '../descriptor/policy.ts';
import type { CallContext } from '../road/call.ts';
import type { Row, RowReader, Selection } from '../store/selection.ts';

/** The reading that a row is part of: the call is set before each row, since shapes are shared between calls. */
export interface ReadingState {
  call: CallContext | undefined;
  /** Whether rows of other tables, or rules on single rows, decide what is shown: then the version alone does not. */
  varies: boolean;
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
  const masks = policies.flatMap(({ mask }) => (mask === undefined ? [] : [mask(selection)]));
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

function prune(
  value: Record<string, unknown>,
  visible: ReadonlySet<string> | undefined,
  kept: ReadonlySet<string>,
): void {
  if (visible === undefined) return;
  for (const name of Object.keys(value)) if (!visible.has(name) && !kept.has(name)) delete value[name];
}
