import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HandleOptions, RequestHandler } from '@sallyport/core';
import { ask, takes } from './exchange.ts';
import { toRawRequest, writeRawResponse } from './message.ts';
import { problem } from './problem.ts';

/** What `http.createServer` takes; an Express app and a Koa callback are ones. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** How {@link createNodeHandler} meets its host. */
export interface NodeHandlerOptions {
  /** Takes what is not the API's. Without it the API answers 404 itself. */
  readonly next?: NodeListener;
}

/**
 * Serves an API as a listener for Node's own `http` and `https` servers.
 *
 * @example
 * ```ts
 * createServer(createNodeHandler(api)).listen(8080, '127.0.0.1');
 * ```
 * @see docs/reference/adapters.md#node
 */
export function createNodeHandler(
  api: RequestHandler,
  options: NodeHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const { next } = options;
  const handling: HandleOptions = { unmatched: next === undefined ? 'answer' : 'pass' };
  return (request, response) => {
    if (next !== undefined && !takes(api, request.url ?? '', handling)) {
      next(request, response);
      return;
    }
    void ask(api, toRawRequest(request, response), handling).then((answer) => {
      if (answer === undefined && next !== undefined) return next(request, response);
      return writeRawResponse(answer ?? problem(404), request, response);
    });
  };
}
