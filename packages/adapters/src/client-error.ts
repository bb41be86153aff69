import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { responsesInHand } from './graceful-close.ts';
import { lingerOnClose } from './linger.ts';
import { type ProblemStatus, problem } from './problem.ts';

/** The error of Node's `clientError` event. */
export interface ClientError extends Error {
  readonly code?: string;
}

/**
 * Answers what Node's HTTP parser refused (malformed, too large a head, too slow) with a small well-formed problem and
 * closes the connection. For `server.on('clientError', …)` of a server of yours; {@link serve} has it.
 *
 * An answer goes out only where the caller cannot take it for the answer to another request: not while pipelined
 * requests are still being answered, and not into a response that has begun.
 */
export function answerClientError(this: Server, error: ClientError, socket: Duplex): void {
  const known = socket instanceof Socket;
  const waiting = known ? (responsesInHand(this, socket) ?? []) : [];
  const [first] = waiting;
  const misleading = waiting.length > 1 || (first !== undefined && (first.headersSent || first.req.complete));
  if (error.code === 'ECONNRESET' || !socket.writable || misleading) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problem(statusOf(error.code));
  const title: string = JSON.parse(body).title;
  const fields = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
  lingerOnClose(socket);
  if (known) socket.destroySoon();
  else socket.end();
}

function statusOf(code: string | undefined): ProblemStatus {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    default:
      return 400;
  }
}
