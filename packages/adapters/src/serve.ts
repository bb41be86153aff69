import { createServer, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from '@sallyport/core';
import { answerClientError } from './client-error.ts';
import {
  type CloseOptions,
  type CloseReport,
  gracefulClose,
  responsesInHand,
  trackConnections,
} from './graceful-close.ts';
import { listenBeside } from './localhost.ts';
import { writeRawResponse } from './message.ts';
import { createNodeHandler, type NodeListener } from './node-handler.ts';
import { problem } from './problem.ts';

/** The limits of an HTTP server, in milliseconds and bytes. */
export interface ServerLimits {
  /** Time for a request's head to arrive. Default: 15 000. */
  readonly headersTimeout?: number;
  /** Time for a whole request to arrive. Default: 60 000. */
  readonly requestTimeout?: number;
  /** How long an idle connection is kept; longer than the 60 s of common proxies, which must close first. Default: 65 000. */
  readonly keepAliveTimeout?: number;
  /**
   * How long an answer may wait for its caller to take more of it; then the connection is cut. One that is still being
   * made is waited for. Default: 120 000; 0: for ever.
   */
  readonly idleMs?: number;
  /** Size of a request's head. Default: 16 384. */
  readonly maxHeaderSize?: number;
  /** Requests on one connection before it is closed. Default: 10 000. */
  readonly maxRequestsPerSocket?: number;
  /** How often the time-outs are looked at. Default: 5 000. */
  readonly connectionsCheckingInterval?: number;
}

/** How {@link serve} listens. */
export interface ServeOptions extends ServerLimits {
  /** Default: `127.0.0.1`; say `0.0.0.0` or `::` to be reached from outside. */
  readonly host?: string;
  /** Default: 0, any free port. */
  readonly port?: number;
}

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Shuts down as {@link gracefulClose} does. */
  close(options?: CloseOptions): Promise<CloseReport>;
}

/**
 * The options for `http.createServer` that {@link serve} uses, for a server of yours; Fastify takes them as
 * `fastify({ http: serverLimits(), requestTimeout: 60_000, keepAliveTimeout: 65_000 })`.
 */
export function serverLimits(limits: ServerLimits = {}): ServerOptions {
  return {
    headersTimeout: limits.headersTimeout ?? 15_000,
    requestTimeout: limits.requestTimeout ?? 60_000,
    keepAliveTimeout: limits.keepAliveTimeout ?? 65_000,
    maxHeaderSize: limits.maxHeaderSize ?? 16_384,
    connectionsCheckingInterval: limits.connectionsCheckingInterval ?? 5_000,
    // Node would answer a request without Host by a bare 400; here it is answered by a problem.
    requireHostHeader: false,
  };
}

/**
 * Serves an API, or a listener (an Express app, `koaApp.callback()`), on Node's HTTP server: with time and size limits,
 * problem details for what the parser refuses, and a shutdown that loses nothing. For Fastify call `listen` of its own
 * and {@link gracefulClose}. Rejects when it cannot listen.
 *
 * @example
 * ```ts
 * const running = await serve(api, { host: '0.0.0.0', port: 8080 });
 * process.once('SIGTERM', () => running.close({ timeoutMs: 20_000 }));
 * ```
 * @see docs/reference/adapters.md#serve
 */
export function serve(target: RequestHandler | NodeListener, options: ServeOptions = {}): Promise<RunningServer> {
  return serveListener(typeof target === 'function' ? requireHost(target) : createNodeHandler(target), options);
}

/** As {@link serve}, for a listener that leaves no request to anybody but an API: these check `Host` by themselves. */
export async function serveListener(listener: NodeListener, options: ServeOptions): Promise<RunningServer> {
  const server = guardedServer(listener, options);
  await listening(server, options);
  return runningServer(server, options.host);
}

/** What is told of a guarded server that listens; `after` runs when it has closed. */
export async function runningServer(
  server: Server,
  host: string | undefined,
  after: () => Promise<unknown> = async () => {},
): Promise<RunningServer> {
  const { address, port, family } = server.address() as AddressInfo; // TCP: `host` and `port` were asked for.
  const beside = await listenBeside(server, host);
  const close = async (closing?: CloseOptions) => {
    for (const each of beside) each.close();
    const report = await gracefulClose(server, closing);
    await after();
    return report;
  };
  return {
    server,
    host: address,
    port,
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

/** A server with the limits, and with problem details for what its parser refuses. It does not listen yet. */
export function guardedServer(listener: NodeListener, options: ServerLimits): Server {
  const server = createServer(serverLimits(options), listener);
  server.maxRequestsPerSocket = options.maxRequestsPerSocket ?? 10_000;
  server.on('clientError', answerClientError);
  server.on('checkExpectation', (request, response) => void writeRawResponse(problem(417), request, response));
  trackConnections(server);
  cutStalled(server, options.idleMs ?? 120_000);
  return server;
}

/**
 * Cuts connections on which nothing moves while an answer waits to be taken. Node starts this time-out with each request,
 * and sets that of idle connections in its place when the answer is out; each write that moves starts it anew.
 */
function cutStalled(server: Server, idleMs: number): void {
  server.timeout = idleMs;
  server.on('timeout', (socket) => {
    const inHand = responsesInHand(server, socket) ?? [];
    const isStalled = socket.writableLength > 0 || inHand.some(({ writableLength }) => writableLength > 0);
    // Whoever is at work on an answer, or waits for a body, has limits of its own.
    if (isStalled || inHand.length === 0) socket.destroy();
  });
}

/** RFC 9112 section 3.2. */
function requireHost(listener: NodeListener): NodeListener {
  return (request, response) => {
    if (request.httpVersion !== '1.1' || request.headers.host !== undefined) return listener(request, response);
    return writeRawResponse(problem(400), request, response);
  };
}

function listening(server: Server, { host = '127.0.0.1', port = 0 }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
