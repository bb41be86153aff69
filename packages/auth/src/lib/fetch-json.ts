import { parseJson } from '@sallyport/core';
import { inRange } from './range.ts';

/** How another server is asked. */
export interface FetchOptions {
  /** Longest wait for the whole answer, 0.1 to 10 seconds; default 2 (SECURITY 4.5). */
  readonly timeoutSeconds?: number;
  /** Accepts `http:` addresses, for tests and servers on the same machine; default false. */
  readonly allowHttp?: boolean;
  /** Instead of the global `fetch`: a proxy, a private certificate authority. It must not follow redirects. */
  readonly fetch?: (address: string, init: RequestInit) => Promise<Response>;
}

/** Asks another server for a JSON document. */
export type FetchJson = (
  address: string,
  request?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string },
) => Promise<Readonly<Record<string, unknown>>>;

/** Most bytes of an answer, after decompression (SECURITY 4.5). */
const mostBytes = 65_536;

/**
 * Makes what asks: by POST where there is a body, without following redirects, and reading no more than 64 KB. The
 * document is an object without a prototype.
 *
 * @throws ConfigurationError for a time that is out of range; the function rejects with an Error that says what went
 * wrong and shows nothing of what was sent or answered
 */
export function createFetchJson(place: string, options: FetchOptions): FetchJson {
  const seconds = inRange(`${place}.timeoutSeconds`, options.timeoutSeconds ?? 2, 0.1, 10);
  const send = options.fetch ?? fetch;
  return async (address, { headers = {}, body } = {}) => {
    const signal = AbortSignal.timeout(Math.ceil(seconds * 1000));
    const response = await send(address, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    });
    try {
      if (response.status !== 200) throw new Error(`the other server answered with status ${response.status}`);
      return readObject(await readBytes(response, signal));
    } finally {
      if (response.body !== null && !response.bodyUsed) await response.body.cancel();
    }
  };
}

async function readBytes(response: Response, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what has not arrived.
  for await (const chunk of response.body ?? []) {
    // A `fetch` of the user's may pass over the signal.
    signal.throwIfAborted();
    size += chunk.byteLength;
    if (size > mostBytes) throw new Error(`the other server answered more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJson(bytes);
  } catch {
    // What the parser says is meant for those who sent us the document.
    throw new Error('the other server answered no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('the other server answered no JSON object');
  }
  // An object of the parser's.
  return value as Readonly<Record<string, unknown>>;
}
