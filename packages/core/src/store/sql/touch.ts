import { compare, type Operand } from '../../query/condition.ts';
import type { EntityModel, ScalarProperty } from '../model.ts';
import { compileCondition } from './condition.ts';
import type { Compiled } from './count.ts';
import { Statement } from './statement.ts';
import { isZoned, quote } from './types.ts';

/** The statement that moves a row's version on: numbers count up, timestamps become the present, and later than before. */
export function compileTouch(model: EntityModel, version: ScalarProperty, primaryKey: Operand): Compiled {
  const to = new Statement();
  const column = quote(version.column);
  const now = isZoned(version) ? 'clock_timestamp()' : `clock_timestamp() at time zone 'UTC'`;
  const next =
    version.type === 'timestamp' ? `greatest(${now}, t.${column} + interval '1 microsecond')` : `t.${column} + 1`;
  const where = compileCondition(compare(model.primaryKey, 'eq', primaryKey), model, 't', to);
  return { text: `update ${model.table} t set ${column} = ${next} where ${where}`, parameters: to.parameters };
}
