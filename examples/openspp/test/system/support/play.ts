import { openConnection, type RawReply } from '@sallyport/adapters/testing';
import type { RecordedRequest } from '../requests/request.ts';
import { clientSecret } from './bootstrap.ts';
import { normalised } from './normalise.ts';

/** The answer to a recorded request. */
export interface Played {
  readonly reply: RawReply;
  /** The answer as text, what must differ from server to server made alike. */
  readonly transcript: string;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Longer than any answer takes; a server that says nothing fails the one request. */
const patience = 20_000;

async function exchange(place: Place, bytes: string, method: string): Promise<RawReply> {
  const connection = await openConnection(place);
  // A server that refuses a request half-way resets the connection; what it said before is what counts.
  connection.socket.on('error', () => {});
  const timer = setTimeout(() => connection.destroy(), patience);
  try {
    void connection.send(bytes);
    return await connection.reply(method);
  } finally {
    clearTimeout(timer);
    connection.destroy();
  }
}

/** A token of a client. */
async function tokenOf(place: Place, clientId: string): Promise<string> {
  const body = JSON.stringify({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const head = ['POST /api/v2/spp/oauth/token HTTP/1.1', 'Host: api.test', 'Content-Type: application/json'];
  const bytes = `${[...head, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
  const reply = await exchange(place, bytes, 'POST');
  return (JSON.parse(reply.body.toString()) as { readonly access_token: string }).access_token;
}

/** Sends the requests to a server, one after the other, each on a connection of its own. */
export async function play(place: Place, requests: readonly RecordedRequest[]): Promise<ReadonlyMap<string, Played>> {
  const values = new Map<string, string>();
  for (const clientId of ['full', 'reader', 'narrow', 'by-consent'])
    values.set(clientId, await tokenOf(place, clientId));
  const played = new Map<string, Played>();
  for (const request of requests) {
    const bytes = request.bytes.replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`${request.name}: nothing is known of ${name}`);
      return value;
    });
    const reply = await exchange(place, bytes, request.method).catch((cause: unknown) => {
      throw new Error(`${request.name}: ${String(cause)}`, { cause });
    });
    const etag = reply.headerLines.find((line) => /^etag:/i.test(line));
    if (request.keep !== undefined && etag !== undefined) values.set(request.keep, etag.slice(5).trim());
    played.set(request.name, { reply, transcript: normalised(reply) });
  }
  return played;
}
