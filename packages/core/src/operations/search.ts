import type { SearchOptions } from '../descriptor/operations.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, everything } from '../query/condition.ts';
import { where } from '../query/where.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Page, PageLinks } from '../road/envelope.ts';
import type { SearchRequest } from '../road/query-dialect.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import { Selection } from '../store/selection.ts';
import type { ReadResult } from '../store/store.ts';
import { linksOf } from './links.ts';
import { Records } from './records.ts';

/** Searches a resource; answers the page in the API's envelope. */
export async function search(
  plan: ResourcePlan,
  options: SearchOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const page = await searchPage(plan, options, call, api);
  return { kind: 'value', status: 200, value: api.envelope.page(page, call) };
}

/** One page of records: domain, policies and the caller's filter under one AND. */
export async function searchPage(
  plan: ResourcePlan,
  options: SearchOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Page> {
  const request = await api.dialect.search(call, plan);
  const records = new Records(plan, call, call.reader, api);
  const shape = records.shape({
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    representation: request,
    versioned: false,
  });
  const narrowed = options.domain?.(call, where<never>(plan.model)) ?? everything;
  const condition = all(plan.domain(call), narrowed, request.where, plan.showing(call, request.reveals));
  const { limit, offset, order, count } = request;
  // One row more than the page tells whether another page follows, without counting.
  const result = await call.reader.read(
    { selection: shape.selection, where: condition, order, limit: limit + 1, offset, count },
    call,
  );
  const rows = result.rows.slice(0, limit);
  const more = result.rows.length > limit;
  const { cursorAfter } = request;
  const cursor = more && cursorAfter !== undefined ? await cursorBehind() : undefined;
  const items = rows.map((row) => records.encode(shape, row));
  return new SearchPage(items, result, request, cursor, () => linksOf(call, request, more, cursor, api));

  /** The cursor behind the page's last row; behind the one before it, should that be gone by now. */
  async function cursorBehind(): Promise<string | undefined> {
    for (const row of rows.toReversed()) {
      const values = await orderValues(plan, request, shape.primaryKey(row), call);
      if (values !== undefined) return cursorAfter?.(values);
    }
    return undefined;
  }
}

/** A page whose links are worked out only for envelopes that print them. */
class SearchPage implements Page {
  readonly items: readonly Record<string, unknown>[];
  readonly total: number | undefined;
  readonly estimated: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly #links: () => PageLinks;

  constructor(
    items: readonly Record<string, unknown>[],
    { total, estimated = false }: Pick<ReadResult, 'total' | 'estimated'>,
    { offset, limit }: Pick<SearchRequest, 'offset' | 'limit'>,
    cursor: string | undefined,
    links: () => PageLinks,
  ) {
    this.items = items;
    this.total = total;
    this.estimated = estimated;
    this.offset = offset;
    this.limit = limit;
    this.cursor = cursor;
    this.#links = links;
  }

  get links(): PageLinks {
    return this.#links();
  }
}

/** The values that the page's order has at a row: what a cursor remembers. Undefined when the row has gone. */
async function orderValues(
  plan: ResourcePlan,
  request: SearchRequest,
  primaryKey: unknown,
  call: RouteCall,
): Promise<readonly unknown[] | undefined> {
  const selection = new Selection(plan.model);
  const readers = request.order.map(({ through, property }) =>
    through.reduce((at, relation) => at.toOne(relation), selection).column(property),
  );
  const { rows } = await call.reader.read(
    {
      selection,
      where: { kind: 'compare', property: plan.model.primaryKey, operator: 'eq', value: primaryKey as string },
      order: [],
      limit: 1,
    },
    call,
  );
  const [row] = rows;
  return row && readers.map((read) => read(row));
}
