import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** An answer as the scripts of published clients look at it. */
export interface ScriptAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: scripts look into bodies without asking for their types
  readonly body: any;
}

/** What a script says of a request. */
export interface ScriptRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters of the query; a list is sent as a parameter that is repeated. */
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  readonly json?: unknown;
}

/** One way of making a client's requests. */
export interface ClientForm {
  readonly name: string;
  /** @throws Error of the connection */
  send(method: string, url: string, what?: ScriptRequest): Promise<ScriptAnswer>;
}

const entriesOf = (params: ScriptRequest['params'] = {}): [string, string][] =>
  Object.entries(params).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]));

/** Sends what is given as it is: `fetch` would spell addresses its own way, and add headers. */
function plainly(method: string, url: string, headers: Record<string, string>, text: string | undefined) {
  const { promise, resolve, reject } = Promise.withResolvers<ScriptAnswer>();
  const [, host = '', port = '', path = ''] = /^http:\/\/([^/:]+):(\d+)(\/.*)$/.exec(url) ?? [];
  const length = text === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(text)) };
  const agent = new Agent({ keepAlive: false });
  const outgoing = request(
    { host, port, path, method, agent, headers: { ...headers, ...length } },
    async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const told = Buffer.concat(chunks).toString();
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: told === '' ? undefined : JSON.parse(told),
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(text);
  return promise;
}

/** As curl: addresses as they are typed, parameters in them, bodies as they are typed. */
const curl: ClientForm = {
  name: 'curl',
  send(method, url, { headers, params, json } = {}) {
    const query = entriesOf(params).map(([name, value]) => `${name}=${value.replaceAll(' ', '%20')}`);
    const address = query.length === 0 ? url : `${url}?${query.join('&')}`;
    const own = { 'User-Agent': 'curl/8.5.0', Accept: '*/*' };
    return plainly(
      method,
      address,
      { ...own, ...headers },
      json === undefined ? undefined : JSON.stringify(json, null, 2),
    );
  },
};

/** As Python's requests: what RFC 3986 reserves nowhere is escaped, forms of the query by `quote_plus`, JSON with spaces. */
const requests: ClientForm = {
  name: 'requests',
  send(method, url, { headers, params, json } = {}) {
    const query = new URLSearchParams(entriesOf(params)).toString();
    const path = url.replaceAll(/[|<>"{}^`\\ ]/g, encodeURIComponent);
    const own = {
      'User-Agent': 'python-requests/2.32.0',
      'Accept-Encoding': 'gzip, deflate',
      Accept: '*/*',
      Connection: 'keep-alive',
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const text = json === undefined ? undefined : spaced(json);
    return plainly(method, query === '' ? path : `${path}?${query}`, { ...own, ...headers }, text);
  },
};

/** JSON as Python writes it: a space behind each colon and comma, and nothing but ASCII. */
function spaced(value: unknown): string {
  const text = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ').replaceAll('[ ', '[').replaceAll('{ ', '{');
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text
    .replaceAll(' ]', ']')
    .replaceAll(' }', '}')
    .replaceAll(/[^\0-\x7f]/g, escaped);
}

/** As scripts with `fetch` do. */
const fetching: ClientForm = {
  name: 'fetch',
  async send(method, url, { headers = {}, params, json } = {}) {
    const query = new URLSearchParams(entriesOf(params)).toString();
    const response = await fetch(query === '' ? url : `${url}?${query}`, {
      method,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const told = Object.fromEntries(response.headers);
    return { status: response.status, headers: told, body: text === '' ? undefined : JSON.parse(text) };
  },
};

/** The three ways in which the published guide shows its samples. */
export const clientForms: readonly ClientForm[] = [curl, requests, fetching];
