import type { Condition } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import type { Executor } from './executor.ts';
import type { EntityModel } from './model.ts';
import type { Row } from './selection.ts';
import { type CountWay, compileCappedCount, compileCount, compileEstimate, estimateOf } from './sql/count.ts';
import { compileRead, type PageCount } from './sql/read.ts';
import type { ReadQuery, ReadResult } from './store.ts';

/** Reads and counts through an executor; `threshold` is the number up to which an estimate is exact. */
export interface Reads {
  readonly executor: Executor;
  readonly threshold: number;
}

/** Runs a read: one statement, and a second one only for the number of rows behind an empty page or for an estimate. */
export async function runRead(reads: Reads, query: ReadQuery, call: CallContext): Promise<ReadResult> {
  const { limit, offset = 0, count = 'none', selection } = query;
  const compiled = compileRead(query, call, pageCount(count, reads.threshold));
  const rows = await reads.executor.run(compiled, query.apart);
  if (count === 'none') return { rows };
  const slots = selection.width;
  const told = compiled.counted ? rows[0]?.[slots] : undefined;
  // The rows are this read's own: the number behind each is cut off where it stands.
  if (compiled.counted) for (const row of rows) (row as unknown[]).length = slots;
  const full = limit !== undefined && rows.length >= limit;
  if (!full && (rows.length > 0 || offset === 0)) return totalled(rows, offset + rows.length, false, count);
  const way = query.selective === true ? 'named' : 'all';
  if (count === 'exact') {
    const total = told === undefined ? await runCount(reads, selection.model, query.where, 'exact', way) : Number(told);
    return totalled(rows, total, false, count);
  }
  const capped = told === undefined ? await cappedCount(reads, selection.model, query.where, way) : Number(told);
  if (capped <= reads.threshold) return totalled(rows, capped, false, count);
  return totalled(rows, await estimate(reads, selection.model, query.where), true, count);
}

/** Counts the rows that hold a condition. */
export async function runCount(
  reads: Reads,
  model: EntityModel,
  where: Condition,
  mode: 'exact' | 'estimated',
  way: CountWay = 'named',
): Promise<number> {
  if (mode === 'exact') return Number((await reads.executor.run(compileCount(model, where, way)))[0]?.[0]);
  const capped = await cappedCount(reads, model, where, way);
  return capped <= reads.threshold ? capped : estimate(reads, model, where);
}

function pageCount(count: ReadQuery['count'], threshold: number): PageCount {
  if (count === 'estimated') return { capped: threshold + 1 };
  return count ?? 'none';
}

function totalled(rows: readonly Row[], total: number, estimated: boolean, count: ReadQuery['count']): ReadResult {
  return count === 'estimated' ? { rows, total, estimated } : { rows, total };
}

async function cappedCount(reads: Reads, model: EntityModel, where: Condition, way: CountWay): Promise<number> {
  return Number((await reads.executor.run(compileCappedCount(model, where, reads.threshold + 1, way)))[0]?.[0]);
}

/** The planner's opinion, but more than the rows that were counted already. */
async function estimate(reads: Reads, model: EntityModel, where: Condition): Promise<number> {
  const guess = estimateOf(await reads.executor.run(compileEstimate(model, where)));
  return Math.max(guess, reads.threshold + 1);
}
