/** A request as it goes over the wire, and what is known of its answer before it is sent. */
export interface RecordedRequest {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  /**
   * The whole request, a character for each byte. What stands in `{{…}}` is filled in when it is sent: a client's token,
   * or an entity tag that an earlier answer carried.
   */
  readonly bytes: string;
  readonly status: number;
  /** The machine code of the error (contract §2.4). */
  readonly code: string | undefined;
  /** Keeps the entity tag of the answer under this name. */
  readonly keep: string | undefined;
}

/** What a request says beyond its first line. */
export interface Parts {
  /** Whose token it carries; `null` for none. Default: `full`. */
  readonly as?: string | null;
  /** Header lines behind `Host` and `Authorization`. */
  readonly headers?: readonly string[];
  /** Text is sent in UTF-8, objects as JSON with its type, bytes as they are. */
  readonly body?: string | Uint8Array | object;
  /** Sends the body in chunks of this size, without its length. */
  readonly chunked?: number;
  readonly keep?: string;
}

export const base = '/api/v2/spp';
export const json = 'Content-Type: application/json';
export const mergePatch = 'Content-Type: application/merge-patch+json';

/** A request to an address below the base path; a target that begins with `!` is taken as it stands. */
export function request(name: string, line: string, expected: number | readonly [number, string], parts: Parts = {}) {
  const { as = 'full', headers = [], body, chunked, keep } = parts;
  const [method = '', written = ''] = line.split(/ (.*)/s);
  const target = written.startsWith('!') ? written.slice(1) : `${base}${written}`;
  const isObject = typeof body === 'object' && !(body instanceof Uint8Array);
  const content = body === undefined ? undefined : Buffer.from(isObject ? JSON.stringify(body) : (body as string));
  const lines = [
    'Host: api.test',
    ...(as === null ? [] : [`Authorization: Bearer {{${as}}}`]),
    ...(isObject && !headers.some((each) => /^content-type:/i.test(each)) ? [json] : []),
    ...headers,
    ...(content === undefined ? [] : [chunked === undefined ? `Content-Length: ${content.length}` : chunkedEncoding]),
  ];
  const text = content?.toString('latin1') ?? '';
  const sent = chunked === undefined || content === undefined ? text : inChunks(text, chunked);
  return raw(
    name,
    { method, target, expected, keep },
    `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${sent}`,
  );
}

const chunkedEncoding = 'Transfer-Encoding: chunked';

/** A body in chunks (RFC 9112 section 7.1). */
function inChunks(text: string, size: number): string {
  let made = '';
  for (let at = 0; at < text.length; at += size) {
    const chunk = text.slice(at, at + size);
    made += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return `${made}0\r\n\r\n`;
}

/** What is known of a request that is written out in full. */
export interface Facts {
  readonly method: string;
  readonly target: string;
  readonly expected: number | readonly [number, string];
  readonly keep?: string | undefined;
}

/** A request that is written out in full. */
export function raw(name: string, { method, target, expected, keep }: Facts, bytes: string): RecordedRequest {
  const [status, code] = typeof expected === 'number' ? [expected, undefined] : expected;
  return { name, method, target, bytes, status, code, keep };
}

/** The path of a record. */
export const at = (path: string, ...keys: readonly string[]): string =>
  keys.reduce((made, key) => made.replace('{}', encodeURIComponent(key)), path);
