import { type Condition, not } from './condition.ts';

/** The complement of a condition; equality with a column becomes inequality instead of a `not` around it. */
export function negate(condition: Condition): Condition {
  if (condition.kind === 'compare' && condition.operator === 'eq') return { ...condition, operator: 'ne' };
  if (condition.kind === 'compare' && condition.operator === 'ne') return { ...condition, operator: 'eq' };
  return not(condition);
}
