import { type Logger, LoggerService, type Plugin, type RawResponse, type ReceivedRequest } from '@sallyport/core';
import { type CorsDecision, corsDecision } from './decide.ts';
import { type CorsOptions, readyCorsOptions } from './options.ts';

/**
 * Lets pages of other origins call the API (Fetch standard, section "CORS protocol"). Without this plugin no response
 * has any such header, so browsers keep other origins out.
 *
 * A preflight is answered before authentication, as browsers send it without credentials, and only at addresses that
 * have a route: it offers the methods that the route has and the options allow. Every other response gets its headers on
 * its way out, errors included. An origin that is not allowed gets no header at all, on either. `Vary: Origin` stands
 * wherever the answer depends on the origin, so that no cache hands one origin's answer to another.
 *
 * CORS is no protection of the server's: it decides what a browser lets a page read. Scopes decide who may do what.
 *
 * @throws ConfigurationError for credentials with `'*'`, and for origins or names that no browser would match
 * @see docs/reference/plugins.md
 */
export function cors(options: CorsOptions): Plugin {
  const ready = readyCorsOptions(options);
  const ask = corsDecision(ready);
  const varies = ready.origins !== '*';
  let log: Logger | undefined;

  /** A function of origins that fails allows nobody; the work of the call may be done by then, so the call goes on. */
  const decide: CorsDecision = (question) => {
    try {
      return ask(question);
    } catch (err) {
      log?.error({ err }, 'the origins of plugin cors could not be judged');
      return {};
    }
  };

  function preflight(request: ReceivedRequest): RawResponse {
    const methods = request.allowed.filter((method) => ready.methods?.has(method) ?? true);
    const headers = decide({ kind: 'preflight', origin: request.headers.origin, methods });
    return { status: 204, headers: varies ? { ...headers, vary: 'Origin' } : headers };
  }

  return {
    name: 'cors',
    start(_plan, { services }) {
      log = services.resolve(LoggerService);
    },
    hooks: {
      onRequest: (request) => (isPreflight(request) && request.allowed.length > 0 ? preflight(request) : undefined),
      onResponse(response, request) {
        if (varies) response.appendHeader('vary', 'Origin');
        if (isPreflight(request)) return;
        const headers = decide({ kind: 'actual', origin: request.headers.origin, methods: [] });
        for (const [name, value] of Object.entries(headers)) {
          if (name === 'access-control-expose-headers') response.appendHeader(name, value);
          else response.setHeader(name, value);
        }
      },
    },
  };
}

function isPreflight({ method, headers }: ReceivedRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
