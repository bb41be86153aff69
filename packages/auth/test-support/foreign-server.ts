import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** How a path is answered. */
export type Answerer = (response: ServerResponse, request: ForeignRequest) => void;

export interface ForeignRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Another server, over HTTP on 127.0.0.1. What it answers can be changed while it runs. */
export interface ForeignServer {
  readonly origin: string;
  /** Every request, in order. */
  readonly requests: readonly ForeignRequest[];
  answer(path: string, by: Answerer): void;
  /** How often the path was asked for. */
  count(path: string): number;
  close(): Promise<void>;
}

/** Starts one; paths that nobody has given an answer are 404. */
export async function startForeignServer(): Promise<ForeignServer> {
  const answers = new Map<string, Answerer>();
  const requests: ForeignRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      const seen = { path, method, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      const by = answers.get(path) ?? status(404);
      by(response, seen);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    answer: (path, by) => void answers.set(path, by),
    count: (path) => requests.filter((request) => request.path === path).length,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** One that is closed with the test. */
export async function foreignServer(): Promise<ForeignServer> {
  const server = await startForeignServer();
  onTestFinished(() => server.close());
  return server;
}

export const json =
  (value: unknown, type = 'application/json'): Answerer =>
  (response) =>
    void response.writeHead(200, { 'content-type': type }).end(JSON.stringify(value));

export const text =
  (value: string | Uint8Array): Answerer =>
  (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(value);

export const status =
  (code: number): Answerer =>
  (response) =>
    void response.writeHead(code).end('{}');

export const redirect =
  (location: string): Answerer =>
  (response) =>
    void response.writeHead(302, { location }).end();

/** Takes the request and says nothing. */
export const silence: Answerer = () => {};

/** Sends its headers and a piece of the body, and then nothing. */
export const stall: Answerer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"keys":[');
};

export const hangUp: Answerer = (response) => void response.destroy();

/** Answers only when it is told to. */
export function held(by: Answerer): { readonly answer: Answerer; release(): void } {
  let release = (): void => {};
  const told = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { answer: (response, request) => void told.then(() => by(response, request)), release: () => release() };
}
