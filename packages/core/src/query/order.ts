import type { ScalarProperty, ToOneProperty } from '../store/model.ts';

/** One step of an order. `through` are the to-one relations from the root to the column's table. */
export interface OrderTerm {
  readonly property: ScalarProperty;
  readonly through: readonly ToOneProperty[];
  readonly direction: 'asc' | 'desc';
}
