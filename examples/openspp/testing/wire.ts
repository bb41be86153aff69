import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { TestRequest, TestResponse } from '@sallyport/core/testing';

/** An answer as it came over the wire. */
export interface WireResponse extends TestResponse {
  /** `404 Not Found`. */
  readonly statusLine: string;
}

/** A client of one server; the target goes out as it is written, which `fetch` would tidy. */
export interface WireClient {
  send(method: string, target: string, request?: TestRequest): Promise<WireResponse>;
  close(): void;
}

/** Opens no connection before the first request; keeps it for those that follow. */
export function wireClient(port: number): WireClient {
  const agent = new Agent({ keepAlive: true });
  return {
    async send(method, target, { headers = {}, body } = {}) {
      const sent: Record<string, string> = { ...headers };
      const bytes = bytesOf(body);
      if (bytes !== undefined) {
        const isJson = typeof body !== 'string' && !(body instanceof Uint8Array);
        if (isJson) sent['content-type'] ??= method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
        sent['content-length'] = String(bytes.byteLength);
      }
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { agent, host: '127.0.0.1', port, method, path: target, headers: sent };
        const outgoing = httpRequest(options, resolve).once('error', reject);
        outgoing.end(bytes);
      });
      const text = await textOf(response);
      const received = Object.entries(response.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      const isJson = String(response.headers['content-type'] ?? '').includes('json');
      return {
        status: response.statusCode ?? 0,
        statusLine: `${response.statusCode} ${response.statusMessage}`,
        headers: Object.fromEntries(received),
        text,
        body: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
      };
    },
    close: () => agent.destroy(),
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
