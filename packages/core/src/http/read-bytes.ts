import { SallyportError } from '../errors/index.ts';
import { markBodyUnread } from './unread.ts';

/** Timers, so that a test need not wait. */
export interface Timers {
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
}

const systemTimers: Timers = {
  set: (callback, milliseconds) => setTimeout(callback, milliseconds),
  // Only ever given what `set` answered.
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

export interface ReadBytesOptions {
  /** Most bytes. */
  readonly limit: number;
  /** Milliseconds the whole of the body may take; no bound when absent. */
  readonly timeout?: number;
  /** Aborts when the caller goes away. */
  readonly signal?: AbortSignal;
  readonly timers?: Timers;
}

/**
 * Collects a stream up to the limit. What is thrown is marked, see {@link bodyLeftUnread}. The stream is never
 * destroyed: in Node that would take the socket along, and the answer with it.
 *
 * @throws SallyportError `body_too_large`, `request_timeout`, `malformed_request` (the body broke off)
 */
export function readBytes(stream: AsyncIterable<Uint8Array>, options: ReadBytesOptions): Promise<Uint8Array> {
  const { timeout, signal } = options;
  const timers = options.timers ?? systemTimers;
  return new Promise((resolve, reject) => {
    let over = false;
    let timer: unknown;
    const finish = (): void => {
      over = true;
      if (timer !== undefined) timers.clear(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: SallyportError): void => {
      finish();
      reject(markBodyUnread(error));
    };
    const onAbort = (): void => fail(brokenOff(signal?.reason));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeout !== undefined) {
      timer = timers.set(() => fail(new SallyportError('request_timeout')), timeout);
    }
    collect(stream, options.limit, () => over).then(
      (bytes) => {
        finish();
        resolve(bytes);
      },
      (cause: unknown) => fail(cause instanceof SallyportError ? cause : brokenOff(cause)),
    );
  });
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  abandoned: () => boolean,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const iterator = stream[Symbol.asyncIterator]();
  while (!abandoned()) {
    const { done, value } = await iterator.next();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      throw new SallyportError('internal', { cause: new TypeError('The host yields a body that is not bytes') });
    }
    size += value.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(value);
  }
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}

/** The error of a body beyond its limit. */
export function tooLarge(limit: number): SallyportError {
  return new SallyportError('body_too_large', {
    detail: `The body is larger than ${limit} bytes.`,
    facts: { limit },
  });
}

function brokenOff(cause: unknown): SallyportError {
  return new SallyportError('malformed_request', { detail: 'The body broke off before its end.', cause });
}
