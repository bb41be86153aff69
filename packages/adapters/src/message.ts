import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawBody, RawRequest, RawResponse } from '@sallyport/core';
import { onDeparture } from './departure.ts';
import { fault, framedHeaders, isBodiless } from './exchange.ts';
import { lingerOnClose } from './linger.ts';
import { warn } from './problem.ts';
import { discardStream, writeStream } from './stream.ts';

/** What a host framework knows of a request beyond Node's own message. */
export interface HostRequest {
  /** The target as sent, where the host rewrites `url` (Express under a mount path). */
  readonly target?: string | undefined;
  /** What the host's body parser left behind. */
  readonly parsedBody?: unknown;
  /** The bytes or text that the host's body parser read, where it keeps them. */
  readonly rawBody?: unknown;
}

/**
 * Turns Node's request into the core's; nothing is decoded, tidied or copied.
 *
 * A body that the host has not touched is handed over as a stream, whatever its parser left in `body`; one that it
 * has read, as the bytes or text it kept, else as the value it parsed.
 */
export function toRawRequest(incoming: IncomingMessage, outgoing: ServerResponse, host: HostRequest = {}): RawRequest {
  let signal: AbortSignal | undefined;
  return {
    method: incoming.method ?? '',
    target: host.target ?? incoming.url ?? '',
    rawHeaders: incoming.rawHeaders,
    remoteAddress: incoming.socket.remoteAddress ?? '',
    encrypted: 'encrypted' in incoming.socket && incoming.socket.encrypted === true,
    body: rawBody(incoming, host),
    hostRequired: incoming.httpVersion === '1.1',
    // Made when it is asked for: most requests are answered without it.
    get signal() {
      signal ??= prematureClose(incoming, outgoing);
      return signal;
    },
    get departed() {
      return outgoing.destroyed || incoming.socket.destroyed;
    },
  };
}

function rawBody(incoming: IncomingMessage, host: HostRequest): RawBody {
  if (!announcesBody(incoming.rawHeaders)) return { kind: 'none' };
  if (!incoming.readableDidRead && incoming.readableEncoding === null) {
    return { kind: 'stream', stream: unreadBody(incoming) };
  }
  for (const kept of [host.rawBody, host.parsedBody]) {
    if (kept instanceof Uint8Array) return { kind: 'bytes', bytes: kept };
    if (typeof kept === 'string') return { kind: 'bytes', bytes: Buffer.from(kept, 'utf8') };
  }
  if (host.parsedBody === undefined) warnConsumed();
  return { kind: 'parsed', value: host.parsedBody };
}

/** RFC 9112 section 6.3. Read from the raw pairs: Node makes its `headers` object only when somebody asks for it. */
function announcesBody(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
    if (name.length === 14 && name.toLowerCase() === 'content-length') return rawHeaders[at + 1] !== '0';
  }
  return false;
}

/** The core may stop in the middle; Node's own iterator would then destroy the socket, and the response with it. */
function unreadBody(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) };
}

let warned = false;
function warnConsumed(): void {
  if (warned) return;
  warned = true;
  warn(
    'SALLYPORT_BODY_CONSUMED',
    'A middleware before the Sallyport adapter read the request body and left nothing in `body` or `rawBody`; ' +
      'such requests are refused as malformed. Register the adapter before it.',
  );
}

/** Aborts when the caller goes before the response was ended. */
function prematureClose(incoming: IncomingMessage, outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  onDeparture(incoming, outgoing, () => {
    if (!outgoing.writableEnded) controller.abort();
  });
  return controller.signal;
}

/**
 * Writes the core's response as it stands. Resolves when it is handed to Node (text, bytes) or wholly written
 * (streams); never rejects. A stream that fails cuts the connection, so that nobody takes half a body for a whole one.
 */
export async function writeRawResponse(
  response: RawResponse,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (outgoing.headersSent || outgoing.destroyed) return discardStream(response.body);
  try {
    await write(response, incoming, outgoing);
  } catch (error) {
    // Node refused the head: a header that cannot be sent, a status that is none.
    discardStream(response.body);
    const bare = fault(error);
    for (const name of outgoing.getHeaderNames()) if (!outgoing.headersSent) outgoing.removeHeader(name);
    if (outgoing.headersSent) outgoing.destroy();
    else await write(bare, incoming, outgoing);
  }
}

function write(response: RawResponse, incoming: IncomingMessage, outgoing: ServerResponse): void | Promise<void> {
  const { status, body } = response;
  const method = incoming.method ?? '';
  if (response.close === true && !incoming.complete) lingerOnClose(incoming.socket);
  outgoing.writeHead(status, framedHeaders(response, method, byteLength(body)));
  if (body === undefined || method === 'HEAD' || isBodiless(status)) {
    discardStream(body);
    outgoing.end();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    outgoing.end(body);
  } else {
    return writeStream(body, incoming, outgoing, response.cut);
  }
}

function byteLength(body: RawResponse['body']): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body, 'utf8');
  return body instanceof Uint8Array ? body.byteLength : undefined;
}
