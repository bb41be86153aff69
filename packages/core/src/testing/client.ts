import type { RequestHandler } from '../http/index.ts';

/** A response as tests look at it. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
  /** The parsed body; `undefined` when there is none. */
  readonly body: unknown;
}

export interface TestRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** A value is sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly unmatched?: 'pass' | 'answer';
}

/** Calls an API in the process, without a socket: `await call(api, 'GET', '/partner?limit=1')`. */
export async function call(
  api: RequestHandler,
  method: string,
  target: string,
  { headers = {}, body, unmatched = 'answer' }: TestRequest = {},
): Promise<TestResponse> {
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const bytes = raw ? (typeof body === 'string' ? Buffer.from(body) : body) : Buffer.from(JSON.stringify(body));
  const sent: Record<string, string> = { host: 'test', ...headers };
  if (!raw && sent['content-type'] === undefined) {
    sent['content-type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  }
  if (bytes !== undefined) sent['content-length'] = String(bytes.byteLength);
  const response = await api.handle(
    {
      method,
      target,
      rawHeaders: Object.entries(sent).flat(),
      remoteAddress: '127.0.0.1',
      encrypted: false,
      body: bytes === undefined ? { kind: 'none' } : { kind: 'bytes', bytes },
    },
    { unmatched },
  );
  if (response === undefined) return { status: 0, headers: {}, text: '', body: undefined };
  const text = await textOf(response.body);
  const type = String(response.headers['content-type'] ?? '');
  const isJson = type.includes('json') && !type.includes('ndjson');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
  };
}

async function textOf(body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
