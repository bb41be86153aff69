import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HandleOptions, RequestHandler } from '@sallyport/core';
import { ask, takes } from './exchange.ts';
import { toRawRequest, writeRawResponse } from './message.ts';

/** What Express adds to Node's request, as far as the adapter looks at it. */
export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/** A middleware for Express 5, and for any other host that speaks `(req, res, next)`. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Serves an API as an Express middleware.
 *
 * The API's base path is matched against the whole target as the caller sent it (`req.originalUrl`), also under a
 * mount path: `app.use('/v1', expressAdapter(api))` serves what lies under `/v1` **and** under the API's base path, so
 * that API has a base path such as `/v1/api`. What is not the API's goes on to `next()`, unless `unmatched: 'answer'`.
 *
 * Place it before body parsers where you can; after `express.json()` it takes what the parser read. Headers that
 * earlier middleware set are sent along, Express's own `X-Powered-By` is not.
 *
 * @example
 * ```ts
 * const app = express();
 * app.use(expressAdapter(api));
 * ```
 * @see docs/reference/adapters.md#express
 */
export function expressAdapter(api: RequestHandler, options: HandleOptions = {}): ExpressMiddleware {
  return (request, response, next) => {
    const target = request.originalUrl ?? request.url ?? '';
    if (!takes(api, target, options)) return next();
    const raw = toRawRequest(request, response, { target, parsedBody: request.body, rawBody: request.rawBody });
    ask(api, raw, options).then((answer) => {
      if (answer === undefined) return next();
      if (response.getHeader('x-powered-by') === 'Express') response.removeHeader('x-powered-by');
      return writeRawResponse(answer, request, response);
    }, next);
  };
}
