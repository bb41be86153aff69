import type { HandleOptions, RawBody, RawResponse, RequestHandler } from '@sallyport/core';
import { ask, framedHeaders, isBodiless, takes } from './exchange.ts';
import { problem, warn } from './problem.ts';
import { discardStream, returnQuietly } from './stream.ts';

/** How {@link fetchHandler} meets its host. `Context` is what the runtime passes beside the request. */
export interface FetchOptions<Context extends readonly unknown[]> {
  /** Answers what is not the API's. Without it the API answers 404 itself. */
  readonly next?: (request: Request, ...context: Context) => Response | Promise<Response>;
  /**
   * The address of the connection's peer; a Fetch request does not carry it, so without this it is empty. Deno:
   * `(_, info) => info.remoteAddr.hostname`. Bun: `(request, server) => server.requestIP(request)?.address ?? ''`.
   */
  readonly remoteAddress?: (request: Request, ...context: Context) => string;
}

/**
 * Serves an API on a Fetch runtime (Deno, Bun, Workers, Hono, `Request` and `Response` anywhere).
 *
 * Fetch has tidied a request before anyone sees it, and the API answers what is left: `.` and `..` segments are
 * resolved (also as `%2e`), the fragment is gone, `\` may have become `/` and a space `%20`; header names are lower-case and
 * sorted, repeated headers are joined by `, ` (two `Host` headers are one); `TRACE` and `CONNECT`, and a body with `GET` or `HEAD`,
 * cannot occur. Whether `request.signal` aborts when the caller leaves is the runtime's choice. In the response, header
 * names are lower-case and sorted, and the runtime may ignore `connection: close`.
 *
 * @example
 * ```ts
 * export default { fetch: fetchHandler(api) };
 * ```
 * @see docs/reference/adapters.md#fetch
 */
export function fetchHandler<Context extends readonly unknown[] = []>(
  api: RequestHandler,
  options: FetchOptions<Context> = {},
): (request: Request, ...context: Context) => Promise<Response> {
  const { next, remoteAddress } = options;
  const handling: HandleOptions = { unmatched: next === undefined ? 'answer' : 'pass' };
  return async (request, ...context) => {
    const target = targetOf(request.url);
    if (!takes(api, target, handling) && next !== undefined) return next(request, ...context);
    const caller = callerOf(request);
    const raw = {
      method: request.method,
      target,
      rawHeaders: rawHeaders(request),
      remoteAddress: remoteAddress?.(request, ...context) ?? '',
      encrypted: request.url.startsWith('https:'),
      body: rawBody(request),
      get signal() {
        return caller.signal();
      },
    };
    const answer = await ask(api, raw, handling);
    if (answer !== undefined) return toResponse(answer, request.method, caller.left);
    return next === undefined ? toResponse(problem(404), request.method, caller.left) : next(request, ...context);
  };
}

/** A caller has left when the runtime aborts its request, and, whatever the runtime, when it cancels the response. */
function callerOf(request: Request) {
  let controller: AbortController | undefined;
  const left = () => controller?.abort();
  const signal = () => {
    if (controller === undefined) {
      controller = new AbortController();
      if (request.signal.aborted) left();
      else request.signal.addEventListener('abort', left, { once: true });
    }
    return controller.signal;
  };
  return { signal, left };
}

/** The URL without its origin and fragment; always begins with a slash. */
function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start === -1) return '/';
  const fragment = url.indexOf('#', start);
  return fragment === -1 ? url.slice(start) : url.slice(start, fragment);
}

function rawHeaders(request: Request): string[] {
  const pairs: string[] = [];
  for (const [name, value] of request.headers) pairs.push(name, value);
  if (!request.headers.has('host')) pairs.push('host', new URL(request.url).host);
  return pairs;
}

function rawBody(request: Request): RawBody {
  if (request.bodyUsed) {
    warn('SALLYPORT_BODY_CONSUMED', 'The body of a Fetch request was read before the Sallyport handler got it.');
    return { kind: 'parsed', value: undefined };
  }
  return request.body === null ? { kind: 'none' } : { kind: 'stream', stream: request.body };
}

function toResponse(answer: RawResponse, method: string, left: () => void): Response {
  // Text as bytes: for text a Response makes up a content type of its own.
  const body = typeof answer.body === 'string' ? new TextEncoder().encode(answer.body) : answer.body;
  const length = body instanceof Uint8Array ? body.byteLength : undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(framedHeaders(answer, method, length))) {
    for (const item of Array.isArray(value) ? value : [value]) headers.append(name, item);
  }
  const init = { status: answer.status, headers };
  if (body === undefined || method === 'HEAD' || isBodiless(answer.status)) {
    discardStream(body);
    return new Response(null, init);
  }
  return new Response(
    body instanceof Uint8Array ? new Uint8Array(body) : toReadableStream(body, left, answer.cut),
    init,
  );
}

/** Pulled as the caller reads; the iterator's `return()` is called when the caller leaves. Fails when `cut` aborts. */
function toReadableStream(
  body: AsyncIterable<Uint8Array>,
  left: () => void,
  cut: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const cutOff = () => {
        controller.error(cut?.reason);
        returnQuietly(iterator);
      };
      if (cut?.aborted === true) cutOff();
      else cut?.addEventListener('abort', cutOff, { once: true });
    },
    async pull(controller) {
      const step = await iterator.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    cancel() {
      left();
      returnQuietly(iterator);
    },
  });
}
