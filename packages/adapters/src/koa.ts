import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HandleOptions, RequestHandler } from '@sallyport/core';
import { ask, takes } from './exchange.ts';
import { toRawRequest, writeRawResponse } from './message.ts';

/** Koa's context, as far as the adapter looks at it. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly originalUrl: string;
  /** A body parser's marks. */
  readonly request: { readonly body?: unknown; readonly rawBody?: unknown };
  respond?: boolean | undefined;
}

/** A middleware for Koa 3. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;

/**
 * Serves an API as a Koa middleware.
 *
 * The API's base path is matched against the whole target as the caller sent it (`ctx.originalUrl`), also under
 * koa-mount. What is not the API's goes on to `next()`, unless `unmatched: 'answer'`.
 *
 * The response is written past Koa (`ctx.respond = false`), so no body or header of it changes on the way. Middleware
 * that awaits `next()` goes on after it was written: `ctx.status` is right, headers can no longer be set. Headers that
 * earlier middleware set are sent along.
 *
 * @example
 * ```ts
 * const app = new Koa();
 * app.use(koaAdapter(api));
 * ```
 * @see docs/reference/adapters.md#koa
 */
export function koaAdapter(api: RequestHandler, options: HandleOptions = {}): KoaMiddleware {
  return async (context, next) => {
    const { req, res, request, originalUrl: target } = context;
    if (!takes(api, target, options)) {
      await next();
      return;
    }
    // Before anything is awaited: a middleware above that does not wait for us must not make Koa answer 404.
    const respond = context.respond;
    context.respond = false;
    const answer = await ask(api, toRawRequest(req, res, hostRequest(target, request)), options);
    if (answer === undefined) {
      context.respond = respond;
      await next();
      return;
    }
    await writeRawResponse(answer, req, res);
  };
}

function hostRequest(target: string, request: KoaContext['request']) {
  return { target, parsedBody: request.body, rawBody: request.rawBody };
}
