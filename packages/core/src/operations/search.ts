import type { SearchOptions } from '../descriptor/operations.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition, everything } from '../query/condition.ts';
import { where } from '../query/where.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Page, PageLinks } from '../road/envelope.ts';
import type { SearchRequest } from '../road/query-dialect.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import type { ReadResult } from '../store/store.ts';
import { linksOf } from './links.ts';
import { Records } from './records.ts';
import { streamSearch, wantsStream } from './stream.ts';

/** Searches a resource; answers the page in the API's envelope, or all that matches where that is asked for. */
export async function search(
  plan: ResourcePlan,
  options: SearchOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  if (wantsStream(options, call)) return streamSearch(plan, options, call, api);
  const page = await searchPage(plan, options, call, api);
  return { kind: 'value', status: 200, value: api.envelope.page(page, call) };
}

/** What a search matches: domain, policies and the caller's filter under one AND. */
export function conditionOf(
  plan: ResourcePlan,
  { domain }: SearchOptions,
  call: RouteCall,
  { where: asked, reveals }: SearchRequest,
): Condition {
  const narrowed = domain?.(call, where<never>(plan.model)) ?? everything;
  return all(plan.domain(call), narrowed, asked, plan.showing(call, reveals));
}

/** One page of records. */
export async function searchPage(
  plan: ResourcePlan,
  options: SearchOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Page> {
  const request = await api.dialect.search(call, plan);
  const { cursorAfter } = request;
  const records = new Records(plan, call, call.reader, api);
  const shape = records.shape({
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    representation: request,
    versioned: false,
    ...(cursorAfter === undefined ? {} : { order: request.order }),
  });
  const condition = conditionOf(plan, options, call, request);
  const { limit, offset, order, count, reveals } = request;
  // One row more than the page tells whether another page follows, without counting.
  const result = await call.reader.read(
    {
      selection: shape.selection,
      where: condition,
      order,
      limit: limit + 1,
      offset,
      count,
      selective: reveals.size > 0,
    },
    call,
  );
  const rows = result.rows.slice(0, limit);
  const more = result.rows.length > limit;
  const last = rows.at(-1);
  const place = more && last !== undefined ? shape.place?.(last) : undefined;
  const cursor = place === undefined ? undefined : cursorAfter?.(place);
  const items = rows.map((row) => records.encode(shape, row));
  return new SearchPage(items, result, request, cursor, () => linksOf(call, request, more, cursor, api));
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
