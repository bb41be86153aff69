import type { Condition } from '../../query/condition.ts';
import type { EntityModel } from '../model.ts';
import { compileCondition } from './condition.ts';
import { checkedCount } from './select.ts';
import { Statement } from './statement.ts';

/** A statement ready to be sent. */
export interface Compiled {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** What is counted: all rows of a list, or the few that a key or a filter names, which are looked at one by one. */
export type CountWay = 'all' | 'named';

/** How many rows hold the condition: `select count(*)`. */
export function compileCount(model: EntityModel, where: Condition, way: CountWay): Compiled {
  const to = counting(way);
  const condition = compileCondition(where, model, 't', to);
  return { text: `select ${countOf(model, condition)}`, parameters: to.parameters };
}

/** How many rows hold the condition, but never more than `most`: the work has a bound. */
export function compileCappedCount(model: EntityModel, where: Condition, most: number, way: CountWay): Compiled {
  const to = counting(way);
  const condition = compileCondition(where, model, 't', to);
  return { text: `select ${cappedCountOf(model, condition, most)}`, parameters: to.parameters };
}

/** What the planner thinks of the condition: one row with its plan as JSON. */
export function compileEstimate(model: EntityModel, where: Condition): Compiled {
  const to = counting('all');
  const condition = compileCondition(where, model, 't', to);
  return {
    text: `explain (format json) select 1 from ${model.table} t${filter(condition)}`,
    parameters: to.parameters,
  };
}

function counting(way: CountWay): Statement {
  const to = new Statement();
  to.gathers = way === 'all';
  return to;
}

/** The planner's number of rows, taken from the answer to {@link compileEstimate}. */
export function estimateOf(rows: readonly (readonly unknown[])[]): number {
  const answer = rows[0]?.[0];
  // The plan comes parsed or as text, as the driver likes.
  const plans = (typeof answer === 'string' ? JSON.parse(answer) : answer) as
    | readonly { Plan?: PlanRows }[]
    | undefined;
  return Math.round(plans?.[0]?.Plan?.['Plan Rows'] ?? 0);
}

interface PlanRows {
  readonly 'Plan Rows'?: number;
}

/** The exact number as a scalar subselect, as text: it may exceed an integer. */
export function countOf(model: EntityModel, condition: string): string {
  return `(select count(*) from ${model.table} t${filter(condition)})::text`;
}

/** The number up to `most`, as a scalar subselect. */
export function cappedCountOf(model: EntityModel, condition: string, most: number): string {
  const rows = `select 1 from ${model.table} t${filter(condition)} limit ${checkedCount(most)}`;
  return `(select count(*) from (${rows}) c)::text`;
}

/** ` where …`, or nothing when everything matches. */
export function filter(condition: string): string {
  return condition === 'true' ? '' : ` where ${condition}`;
}
