import type { ApiContext } from '../road/api-context.ts';
import type { PageLinks } from '../road/envelope.ts';
import type { SearchRequest } from '../road/query-dialect.ts';
import type { RouteCall } from '../road/route.ts';

/** The addresses of a page and its neighbours. */
export function linksOf(
  call: RouteCall,
  request: Pick<SearchRequest, 'limit' | 'offset' | 'byCursor' | 'carried'>,
  more: boolean,
  cursor: string | undefined,
  api: ApiContext,
): PageLinks {
  const { limit, offset, cursor: cursorName } = api.dialect.names;
  const address = (extra: readonly (readonly [string, string])[]) => {
    const query = [...request.carried, [limit, String(request.limit)] as const, ...extra]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    return `${api.basePath}${call.head.path}?${query}`;
  };
  const at = (start: number) => address([[offset, String(start)]]);
  if (request.byCursor && cursorName !== undefined) {
    const self = call.head.query.find(([name]) => name === cursorName);
    return {
      self: address(self === undefined ? [] : [self]),
      next: cursor === undefined ? undefined : address([[cursorName, cursor]]),
      prev: undefined,
    };
  }
  return {
    self: at(request.offset),
    next: more ? at(request.offset + request.limit) : undefined,
    prev: request.offset > 0 ? at(Math.max(0, request.offset - request.limit)) : undefined,
  };
}
