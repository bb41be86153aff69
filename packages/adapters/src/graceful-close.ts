import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

interface Tracker {
  readonly sockets: Map<Socket, Set<ServerResponse>>;
  closing: Promise<CloseReport> | undefined;
}

const trackers = new WeakMap<Server, Tracker>();
const followers = new WeakSet<object>();

/** How {@link gracefulClose} waits. */
export interface CloseOptions {
  /** How long requests in hand may take to finish; after it their connections are cut. Default: 10 000. */
  readonly timeoutMs?: number;
}

/** What {@link gracefulClose} did. */
export interface CloseReport {
  /** Connections that were cut with a request unanswered when the time was up. */
  readonly cut: number;
}

/**
 * Follows a server's connections and the requests in hand on each, from now on, so that {@link gracefulClose} can tell
 * an idle connection from a busy one. {@link serve} and the Fastify adapter call it; call it yourself, before
 * `listen`, for a server that you made. Calling it again changes nothing.
 */
export function trackConnections(server: Server): void {
  trackerOf(server);
}

/** The responses not yet finished on a connection, the oldest first; undefined for a connection nobody follows. */
export function responsesInHand(server: Server, socket: Socket): readonly ServerResponse[] | undefined {
  const responses = trackers.get(server)?.sockets.get(socket);
  return responses === undefined ? undefined : [...responses];
}

function trackerOf(server: Server): Tracker {
  const known = trackers.get(server);
  if (known !== undefined) return known;
  const tracker: Tracker = { sockets: new Map(), closing: undefined };
  trackers.set(server, tracker);
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket) => follow(tracker, socket));
  const follower = (request: IncomingMessage, response: ServerResponse) => hold(tracker, request, response);
  followers.add(follower);
  server.prependListener('request', follower);
  return tracker;
}

/** Whether a listener of a server's `request` event only follows the requests and must see them all. */
export function isFollower(listener: object): boolean {
  return followers.has(listener);
}

function follow(tracker: Tracker, socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  tracker.sockets.set(socket, responses);
  socket.once('close', () => tracker.sockets.delete(socket));
  return responses;
}

function hold(tracker: Tracker, { socket }: IncomingMessage, response: ServerResponse): void {
  const responses = tracker.sockets.get(socket) ?? follow(tracker, socket);
  responses.add(response);
  if (tracker.closing !== undefined) response.setHeader('connection', 'close');
  response.once('close', () => {
    responses.delete(response);
    // One that is ending already may be lingering for its caller's sake.
    if (tracker.closing !== undefined && responses.size === 0 && !socket.writableEnded) socket.destroySoon();
  });
}

/**
 * Shuts a server down without losing a request: no new connections, idle ones are closed at once, requests in hand are
 * answered (with `connection: close` where the head is not out yet), and what is left after the time-out is cut.
 * Works for the server of an Express or Koa app or of a Fastify instance (then call `fastify.close()` after it) alike.
 * Never rejects; a second call waits for the first.
 *
 * @see docs/reference/adapters.md#graceful-close
 */
export function gracefulClose(server: Server, options: CloseOptions = {}): Promise<CloseReport> {
  const tracker = trackerOf(server);
  tracker.closing ??= shutDown(server, tracker, options.timeoutMs ?? 10_000);
  return tracker.closing;
}

async function shutDown(server: Server, { sockets }: Tracker, timeoutMs: number): Promise<CloseReport> {
  const report = { cut: 0 };
  // The error of `close` says only that the server was not listening.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const [socket, responses] of sockets) {
    if (responses.size === 0) socket.destroy();
    for (const response of responses) if (!response.headersSent) response.setHeader('connection', 'close');
  }
  // Connections older than the tracking.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const deadline = setTimeout(() => {
    report.cut = sockets.size;
    for (const socket of sockets.keys()) socket.destroy();
    server.closeAllConnections();
  }, timeoutMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  return report;
}
