import type { ColumnProperty, EntityModel } from '../model.ts';
import type { SelectedToMany, SelectedToOne, Selection } from '../selection.ts';
import { compileCondition, reach } from './condition.ts';
import { compileOrder, orderBy } from './order.ts';
import { type Dynamic, fuse, type Template } from './template.ts';
import { display, quote, scalarOf } from './types.ts';

/** A selection turned into SQL, once. The root row stands as `t`. */
export interface CompiledSelection {
  /** The expressions of all slots, in order, separated by commas; each has a name of its own. */
  readonly columns: Template;
  /** The joins that they need; starts with a space when there are any. */
  readonly joins: Template;
  /** The root's own columns that `columns` and `joins` read, quoted. */
  readonly rootColumns: readonly string[];
  /** Whether anything besides columns of the root is read. */
  readonly wide: boolean;
  /** Texts of whole reads, where nothing in the selection depends on the call; by what else they are made of. */
  readonly texts: Map<string, string> | undefined;
}

const compiled = new WeakMap<Selection, { readonly width: number; readonly result: CompiledSelection }>();

/** The SQL of a selection; compiled at its first use (again if something was added since). */
export function compileSelection(selection: Selection): CompiledSelection {
  const known = compiled.get(selection);
  if (known !== undefined && known.width === selection.width) return known.result;
  const tree = compileTree(selection, 't', { next: 1 });
  const own = new Set([selection.model.primaryKey.column]);
  for (const { property } of selection.columns) own.add(property.column);
  for (const { relation } of selection.toOnes) own.add(relation.column);
  const columns = fuse(commas(tree.slots.map((slot, index) => [...slot, ` as c${index}`])));
  const joins = fuse(tree.joins);
  const isFixed = [...columns, ...joins].every((piece) => typeof piece === 'string');
  const result: CompiledSelection = {
    columns,
    joins,
    texts: isFixed ? new Map() : undefined,
    rootColumns: [...own].map(quote),
    wide: tree.joins.length > 0 || selection.toManys.length > 0,
  };
  compiled.set(selection, { width: selection.width, result });
  return result;
}

interface Tree {
  /** The expression of each slot. */
  readonly slots: Template[];
  readonly joins: (string | Dynamic)[];
}

interface Names {
  next: number;
}

function compileTree(selection: Selection, alias: string, names: Names): Tree {
  const tree: Tree = { slots: [], joins: [] };
  collect(selection, alias, undefined, tree, names);
  return tree;
}

/** Adds a selection's expressions to the row that it shares; `guard` is a column that is null when there is no row. */
function collect(selection: Selection, alias: string, guard: string | undefined, tree: Tree, names: Names): void {
  for (const { property, slot } of selection.columns) tree.slots[slot] = [column(property, alias)];
  for (const joined of selection.toOnes) collectToOne(joined, alias, tree, names);
  for (const many of selection.toManys) {
    const list = compileToMany(many, selection.model, alias, names);
    tree.slots[many.slot] = guard === undefined ? list : [`case when ${guard} is not null then `, ...list, ' end'];
  }
}

function column(property: ColumnProperty, alias: string): string {
  return display(`${alias}.${quote(property.column)}`, scalarOf(property));
}

function collectToOne(joined: SelectedToOne, parent: string, tree: Tree, names: Names): void {
  const { relation, where, selection } = joined;
  if (isOnlyKey(joined)) {
    // The foreign key says it all.
    for (const { slot } of selection.columns) tree.slots[slot] = [column(relation, parent)];
    return;
  }
  const alias = `j${names.next++}`;
  const key = `${alias}.${quote(relation.target.primaryKey.column)}`;
  tree.joins.push(` left join ${relation.target.table} ${alias} on ${key} = ${parent}.${quote(relation.column)}`);
  if (where !== undefined) {
    tree.joins.push((to, call) => {
      const condition = compileCondition(where(call), relation.target, alias, to);
      return condition === 'true' ? '' : ` and ${condition}`;
    });
  }
  collect(selection, alias, key, tree, names);
}

/** Whether nothing but the key of a row is read that is there for certain. */
function isOnlyKey({ relation, where, selection }: SelectedToOne): boolean {
  return (
    relation.enforced &&
    where === undefined &&
    selection.toOnes.length === 0 &&
    selection.toManys.length === 0 &&
    selection.columns.every(({ property }) => property === relation.target.primaryKey)
  );
}

/**
 * A list of rows as one value. The rows are ordered before they are gathered: `json_agg` keeps the order in which they
 * come, since nothing else is done with them.
 */
function compileToMany(many: SelectedToMany, owner: EntityModel, parent: string, names: Names): Template {
  const { relation, where, selection, limit } = many;
  const alias = `s${names.next++}`;
  const { source, on } = reach(relation, owner, parent, alias, () => `p${alias}`);
  const tree = compileTree(selection, alias, names);
  const order = compileOrder(many.order, relation.target, alias);
  const domain: Dynamic | string =
    where === undefined
      ? ''
      : (to, call) => {
          const condition = compileCondition(where(call), relation.target, alias, to);
          return condition === 'true' ? '' : ` and ${condition}`;
        };
  return [
    `(select coalesce(json_agg(x.v), '[]'::json) from (select `,
    ...jsonArray(tree.slots),
    ` as v from ${source}`,
    ...tree.joins,
    `${order.joins} where ${on}`,
    domain,
    orderBy(order),
    limit === undefined ? '' : ` limit ${checkedCount(limit)}`,
    ') x)',
  ];
}

/** PostgreSQL takes a hundred arguments at the most: longer rows are put together from pieces. */
function jsonArray(slots: readonly Template[]): Template {
  const most = 100;
  if (slots.length <= most) return ['json_build_array(', ...commas(slots), ')'];
  const pieces: (string | Dynamic)[] = ['('];
  for (let start = 0; start < slots.length; start += most) {
    if (start > 0) pieces.push(' || ');
    pieces.push('jsonb_build_array(', ...commas(slots.slice(start, start + most)), ')');
  }
  return [...pieces, ')'];
}

function commas(slots: readonly Template[]): Template {
  return slots.flatMap((slot, index) => (index === 0 ? slot : [', ', ...slot]));
}

/** A number of rows that may stand in the text of a statement, where the planner sees it. */
export function checkedCount(count: number): string {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`not a number of rows: ${count}`);
  return String(count);
}
