import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import type { RawBody } from './message.ts';
import { type ReadBodyOptions, readBody } from './read-body.ts';
import { readBytes } from './read-bytes.ts';
import { faultOfAsync } from './testing/fault.ts';
import { streamOf } from './testing/stream.ts';
import { bodyLeftUnread } from './unread.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const json = { 'content-type': 'application/json' };
const post: ReadBodyOptions = { method: 'POST', kinds: ['json'], required: true };

describe('readBytes on a real connection', () => {
  it('leaves the socket alive after a body over the limit, so that the answer arrives', async () => {
    let unread = false;
    const server = createServer((incoming, response) => {
      readBytes(incoming, { limit: 1000 }).catch((error: unknown) => {
        unread = bodyLeftUnread(error);
        response.writeHead(error instanceof SallyportError ? error.status : 500, { connection: 'close' });
        response.end('too much');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
      const status = await new Promise((resolve, reject) => {
        const outgoing = request({ port, host: '127.0.0.1', method: 'POST' }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        });
        outgoing.on('error', reject);
        // The body is never ended: only an early answer can end this call.
        outgoing.write('a'.repeat(5000));
      });
      expect(status).toBe(413);
      expect(unread).toBe(true);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a body that does not arrive', () => {
  /** A stream whose first chunk comes, and nothing after. */
  const stalled = (): RawBody => ({
    kind: 'stream',
    stream: {
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: () => {
            if (!first) return new Promise(() => {});
            first = false;
            return Promise.resolve({ done: false, value: bytesOf('{') });
          },
        };
      },
    },
  });

  it('answers 408 when the time is over, and clears nothing twice', async () => {
    let expire = (): void => {};
    const cleared: unknown[] = [];
    const timers = {
      set: (callback: () => void, milliseconds: number) => {
        expire = callback;
        return `timer of ${milliseconds}`;
      },
      clear: (handle: unknown) => void cleared.push(handle),
    };
    const reading = readBody(stalled(), json, { ...post, timeout: 5000, timers });
    await Promise.resolve();
    expire();
    const fault = await faultOfAsync(reading);
    expect(fault).toMatchObject({ code: 'request_timeout', status: 408 });
    expect(bodyLeftUnread(fault)).toBe(true);
    expect(cleared).toEqual(['timer of 5000']);
  });

  it('clears its timer when all has come', async () => {
    const cleared: unknown[] = [];
    const timers = {
      set: (_: () => void, milliseconds: number) => milliseconds,
      clear: (handle: unknown) => void cleared.push(handle),
    };
    await readBody(streamOf('{}').raw, json, { ...post, timers });
    expect(cleared).toEqual([30_000]);
  });

  it('ends when the caller goes away, before or during', async () => {
    const gone = await faultOfAsync(readBody(stalled(), json, { ...post, signal: AbortSignal.abort() }));
    expect(gone.code).toBe('malformed_request');
    const controller = new AbortController();
    const reading = readBody(stalled(), json, { ...post, signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    expect((await faultOfAsync(reading)).code).toBe('malformed_request');
  });

  it('refuses a stream that breaks', async () => {
    const stream: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('ECONNRESET')) }),
    };
    const fault = await faultOfAsync(readBody({ kind: 'stream', stream }, json, post));
    expect(fault.code).toBe('malformed_request');
    expect(fault.cause).toMatchObject({ message: 'ECONNRESET' });
    expect(fault.detail).not.toContain('ECONNRESET');
  });

  it('does not count what is not bytes', async () => {
    const stream = (async function* () {
      yield 'text' as unknown as Uint8Array;
    })();
    expect((await faultOfAsync(readBody({ kind: 'stream', stream }, json, post))).code).toBe('internal');
  });
});
