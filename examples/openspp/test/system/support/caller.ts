import { Agent, type IncomingMessage, request } from 'node:http';
import { base } from '../requests/request.ts';
import { clientSecret } from './bootstrap.ts';

/** An answer with its body as tests look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The parsed body, an object in all of this API; empty where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A caller with the token of a client. */
export interface Caller {
  /** @throws Error of the connection when there is no answer */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

interface Place {
  readonly origin: string;
}

/** A caller without a token, on connections of its own, none of them kept. `fetch` would queue and keep. */
export function anonymous({ origin }: Place, agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })): Caller {
  return {
    call: (method, path, { body, headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
        const sent = text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) };
        const address = `${origin}${path.startsWith('/healthz') || path.startsWith('/readyz') ? '' : base}${path}`;
        const outgoing = request(address, { method, agent, headers: { ...sent, ...headers } }, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const told = Buffer.concat(chunks).toString();
            const isJson = String(incoming.headers['content-type']).includes('json');
            const { statusCode: status = 0 } = incoming;
            resolve({ status, headers: incoming.headers, text: told, body: isJson ? JSON.parse(told) : {} });
          });
        });
        outgoing.setTimeout(60_000, () => outgoing.destroy(new Error('no answer within a minute')));
        outgoing.on('error', reject);
        outgoing.end(text);
      }),
  };
}

/** A caller that has got a token for a client of the bootstrap file. */
export async function callerOf(place: Place, clientId = 'full', secret = clientSecret): Promise<Caller> {
  const open = anonymous(place);
  const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
  const answer = await open.call('POST', '/oauth/token', { body });
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  const authorization = `Bearer ${answer.body.access_token}`;
  return {
    call: (method, path, { body: sent, headers } = {}) =>
      open.call(method, path, { body: sent, headers: { authorization, ...headers } }),
  };
}
