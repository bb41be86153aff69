import type { OrderTerm } from '../../query/order.ts';
import type { EntityModel } from '../model.ts';
import { quote } from './types.ts';

/** An order turned into SQL: the joins that it needs, and its expressions. */
export interface CompiledOrder {
  /** Starts with a space when there are any. */
  readonly joins: string;
  readonly terms: readonly { readonly expression: string; readonly direction: 'asc' | 'desc' }[];
}

/**
 * Compiles an order of rows of `model`, which always ends in the primary key: what the caller left open is decided, so
 * that pages do not overlap. Terms behind the primary key decide nothing and are left out.
 *
 * Nulls stand where PostgreSQL puts them, last in ascending and first in descending order, so that a plain index serves
 * both directions. A to-one relation without a target counts as null.
 */
export function compileOrder(order: readonly OrderTerm[], model: EntityModel, alias: string): CompiledOrder {
  const joined = new Map<string, string>();
  const terms: { expression: string; direction: 'asc' | 'desc' }[] = [];
  let joins = '';
  for (const { property, through, direction } of order) {
    let at = alias;
    let path = '';
    for (const relation of through) {
      path += `/${relation.name}`;
      let next = joined.get(path);
      if (next === undefined) {
        next = `${alias}o${joined.size + 1}`;
        const { target } = relation;
        joins += ` left join ${target.table} ${next}`;
        joins += ` on ${next}.${quote(target.primaryKey.column)} = ${at}.${quote(relation.column)}`;
        joined.set(path, next);
      }
      at = next;
    }
    terms.push({ expression: `${at}.${quote(property.column)}`, direction });
    if (through.length === 0 && property === model.primaryKey) return { joins, terms };
  }
  terms.push({ expression: `${alias}.${quote(model.primaryKey.column)}`, direction: 'asc' });
  return { joins, terms };
}

/** ` order by …` of a compiled order; `rename` reads the n-th term under another name. */
export function orderBy(order: CompiledOrder, rename?: (index: number) => string): string {
  const terms = order.terms.map(({ expression, direction }, index) => {
    const read = rename === undefined ? expression : rename(index);
    return direction === 'desc' ? `${read} desc` : read;
  });
  return ` order by ${terms.join(', ')}`;
}
