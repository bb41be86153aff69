import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawResponse } from '@sallyport/core';
import { onDeparture } from './departure.ts';

/**
 * Writes a streamed body, no faster than the caller reads. When the caller goes away the iterator's `return()` is
 * called, so that a cursor or a file behind it is let go; when the stream fails, or `cut` aborts, the connection is cut.
 */
export async function writeStream(
  body: AsyncIterable<Uint8Array>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  cut?: AbortSignal,
): Promise<void> {
  const cutOff = () => {
    outgoing.destroy();
    incoming.socket.destroy();
  };
  if (cut?.aborted === true) cutOff();
  else cut?.addEventListener('abort', cutOff, { once: true });
  outgoing.flushHeaders();
  const iterator = body[Symbol.asyncIterator]();
  let over = false;
  let wake: (() => void) | undefined;
  const departed = new Promise<void>((resolve) => {
    onDeparture(incoming, outgoing, () => {
      over = true;
      wake?.();
      resolve();
    });
  });
  let exhausted = false;
  const pump = async () => {
    for (;;) {
      const step = await iterator.next();
      if (over) return;
      if (step.done === true) break;
      if (outgoing.write(step.value)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        outgoing.once('drain', resolve);
      });
    }
    exhausted = true;
    outgoing.end();
  };
  const pumped = pump().catch(() => {
    exhausted = true;
    cutOff();
  });
  // Not the pump alone: a source that does not mind its caller's leaving must not hold the host's middleware for ever.
  await Promise.race([pumped, departed]);
  cut?.removeEventListener('abort', cutOff);
  if (!exhausted) returnQuietly(iterator);
}

/** Lets go of a streamed body that will not be sent. */
export function discardStream(body: RawResponse['body']): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return;
  returnQuietly(body[Symbol.asyncIterator]());
}

/** Nobody is left to be told of a fault while letting go. */
export function returnQuietly(iterator: AsyncIterator<Uint8Array>): void {
  Promise.resolve(iterator.return?.()).catch(() => {});
}
