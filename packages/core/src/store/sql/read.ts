import { isOne } from '../../query/condition.ts';
import type { CallContext } from '../../road/call.ts';
import type { EntityModel } from '../model.ts';
import type { ReadQuery } from '../store.ts';
import { compileCondition, withoutFences } from './condition.ts';
import { type Compiled, cappedCountOf, countOf, filter } from './count.ts';
import { type CompiledOrder, compileOrder, orderBy } from './order.ts';
import { type CompiledSelection, checkedCount, compileSelection } from './select.ts';
import { Statement } from './statement.ts';
import { render } from './template.ts';
import { quote } from './types.ts';

/** What a read counts in the same statement: nothing, all that match, or at most `capped`. */
export type PageCount = 'none' | 'exact' | { readonly capped: number };

/** A read as SQL; when something is counted, the number stands behind the last slot (null when the page is not full). */
export interface CompiledRead extends Compiled {
  readonly counted: boolean;
}

/**
 * The SQL of a read.
 *
 * The page is cut out of the root's table before anything is joined to it or gathered for it. With an offset, or a filter
 * behind which few rows may be left to sort, only keys are picked: an index can do that alone. A count stands beside the page as a scalar subselect, which PostgreSQL leaves alone when the page is not
 * full: then the number is known without it.
 */
export function compileRead(query: ReadQuery, call: CallContext, count: PageCount): CompiledRead {
  const { selection, limit, offset = 0 } = query;
  const { model } = selection;
  const to = new Statement();
  const compiled = compileSelection(selection);
  // Far into a list, so many rows would be tried one by one that gathering them is quicker.
  to.gathers = offset > DEEP;
  const where = compileCondition(query.where, model, 't', to);
  to.gathers = false;
  if (isOne(query.where, model) && offset === 0 && limit !== 0) {
    const text = `select ${render(compiled.columns, to, call)} from ${model.table} t`;
    return done(`${text}${render(compiled.joins, to, call)}${filter(where)}`, to, false);
  }
  const counted = count !== 'none' && limit !== undefined && limit > 0;
  const all = counted ? countedCondition(query, where, to) : where;
  const first = to.parameters.length;
  const known = compiled.texts;
  const name = known === undefined ? '' : nameOf(query, `${where}|${all}`, count);
  const text = known?.get(name);
  if (text !== undefined) {
    if (offset !== 0) to.parameter(checkedCount(offset));
    return done(text, to, counted);
  }
  const read = done(textOf(query, { where, all }, counted ? count : 'none', to, call), to, counted);
  if (known !== undefined && to.parameters.length - first === (offset === 0 ? 0 : 1)) {
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(name, read.text);
  }
  return read;
}

/** Where a page is deep in a list: the rows before it. */
const DEEP = 2_000;

/** Most texts that are kept for one selection; they are few unless callers ask for pages of every length. */
const MOST_TEXTS = 200;

/** All that the text of a read is made of beside its selection. Whether there is an offset tells, not which. */
function nameOf({ order, limit, offset = 0, selective = false }: ReadQuery, where: string, count: PageCount): string {
  let name = `${limit}|${offset === 0}|${selective}|${typeof count === 'string' ? count : count.capped}`;
  for (const { property, through, direction } of order) {
    name += `|${quote(property.column)} ${direction}`;
    for (const relation of through) name += ` ${quote(relation.column)}`;
  }
  return `${name}|${where}`;
}

/**
 * The condition as its count asks it. Where a caller's filter leaves few rows the planner may look at each of them; else
 * the rows that hold it are gathered.
 */
function countedCondition({ where, selection, selective = false }: ReadQuery, sql: string, to: Statement): string {
  if (!to.fenced) return sql;
  if (selective) return withoutFences(sql);
  to.gathers = true;
  const gathered = compileCondition(where, selection.model, 't', to);
  to.gathers = false;
  return gathered;
}

/** The condition of the page, and that of the number of all. */
interface Conditions {
  readonly where: string;
  readonly all: string;
}

function textOf(
  query: ReadQuery,
  { where, all }: Conditions,
  count: PageCount,
  to: Statement,
  call: CallContext,
): string {
  const { selection, limit, offset = 0, selective = false } = query;
  const { model } = selection;
  const compiled = compileSelection(selection);
  const order = compileOrder(query.order, model, 't');
  const cut = limit === undefined ? '' : ` limit ${checkedCount(limit)}`;
  const skip = offset === 0 ? '' : ` offset ${to.parameter(checkedCount(offset))}::bigint`;
  const page: Page = { model, compiled, order, rest: `${order.joins}${filter(where)}${orderBy(order)}${cut}${skip}` };
  if (count === 'none' && skip === '' && (cut === '' || (!compiled.wide && order.joins === ''))) {
    const columns = render(compiled.columns, to, call);
    return `select ${columns} from ${model.table} t${render(compiled.joins, to, call)}${page.rest}`;
  }
  let total = '';
  if (count !== 'none' && limit !== undefined) {
    const sum = count === 'exact' ? countOf(model, all) : cappedCountOf(model, all, count.capped);
    total = `, case when count(*) over () >= ${checkedCount(limit)} then ${sum} end as total`;
  }
  return around(page, skip !== '' || (selective && cut !== ''), total, to, call);
}

interface Page {
  readonly model: EntityModel;
  readonly compiled: CompiledSelection;
  readonly order: CompiledOrder;
  /** All behind `from table t`. */
  readonly rest: string;
}

/** The page as a subselect, with the columns that are wanted around it. */
function around(page: Page, keysOnly: boolean, total: string, to: Statement, call: CallContext): string {
  const { model, compiled, order } = page;
  const terms = order.terms.map(({ expression }, index) => `${expression} as ${term(index)}`);
  const last = term(order.terms.length - 1);
  const own = keysOnly ? [] : compiled.rootColumns.map((column) => `t.${column}`);
  const inner = `select ${[...own, ...terms].join(', ')} from ${model.table} t${page.rest}`;
  const key = `t."${model.primaryKey.column.replaceAll('"', '""')}"`;
  const from = keysOnly ? `(${inner}) k join ${model.table} t on ${key} = k.${last}` : `(${inner}) t`;
  const columns = render(compiled.columns, to, call);
  const joins = render(compiled.joins, to, call);
  const ordered = orderBy(order, (index) => `${keysOnly ? 'k' : 't'}.${term(index)}`);
  return `select ${columns}${columns === '' ? total.slice(1) : total} from ${from}${joins}${ordered}`;
}

/** The name that a term of the order is carried by; no column of anybody's is called so. */
function term(index: number): string {
  return `"order:${index}"`;
}

function done(text: string, to: Statement, counted: boolean): CompiledRead {
  return { text, parameters: to.parameters, counted };
}
