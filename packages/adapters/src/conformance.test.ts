import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { expressAdapter } from './express.ts';
import { fastifyAdapter } from './fastify.ts';
import { fetchHandler } from './fetch.ts';
import { koaAdapter } from './koa.ts';
import { createNodeHandler, type NodeListener, serve } from './node.ts';
import { adapterConformance, type RunningHost } from './testing/index.ts';

const local = '127.0.0.1';

async function listen(listener: NodeListener): Promise<RunningHost> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, local, resolve));
  const { port } = server.address() as AddressInfo; // TCP, listening
  return {
    origin: { host: local, port },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Routes of a bare Node host. */
function routes(place: string, next: NodeListener): NodeListener {
  return (request, response) => {
    if (request.url !== `/host/${place}`) return next(request, response);
    return response.end(place);
  };
}

const nothing: NodeListener = (_, response) => response.writeHead(404).end();

function koaRoute(place: string): Koa.Middleware {
  return async (context, next) => {
    if (context.path === `/host/${place}`) context.body = place;
    else await next();
  };
}

/** A JSON body parser for hosts that have none of their own. */
function parseJson(request: IncomingMessage): Promise<unknown> {
  return request.toArray().then((chunks) => JSON.parse(Buffer.concat(chunks).toString()));
}

const wantsParser = ({ headers }: IncomingMessage) =>
  headers['content-type'] === 'application/json' && headers['content-length'] !== '0';

adapterConformance({
  name: 'node',
  async start(api, { second }) {
    const last = createNodeHandler(second, { next: routes('after', nothing) });
    const running = await serve(routes('before', createNodeHandler(api, { next: last })));
    return { origin: running, close: async () => void (await running.close({ timeoutMs: 0 })) };
  },
  skips: { 'parser: a body that the host parsed is handed over parsed': 'bare Node has no body parsers' },
});

adapterConformance({
  name: 'express',
  start(api, { second, parsedBodies }) {
    const app = express();
    if (parsedBodies) app.use(express.json(), express.urlencoded());
    app.get('/host/before', (_, response) => void response.send('before'));
    app.use(expressAdapter(api));
    app.use('/second', expressAdapter(second));
    app.get('/host/after', (_, response) => void response.send('after'));
    return listen(app);
  },
});

adapterConformance({
  name: 'koa',
  start(api, { second, parsedBodies }) {
    const app = new Koa();
    app.silent = true;
    app.use(async (context, next) => {
      if (parsedBodies && wantsParser(context.req))
        Object.assign(context.request, { body: await parseJson(context.req) });
      else if (parsedBodies) Object.assign(context.request, { body: {} });
      await next();
      context.set('x-late', 'after the response');
    });
    app.use(koaRoute('before'));
    app.use(koaAdapter(api));
    app.use(koaAdapter(second));
    app.use(koaRoute('after'));
    return listen(app.callback());
  },
});

adapterConformance({
  name: 'fastify',
  async start(api, { second }) {
    const app = fastify();
    app.get('/host/before', () => 'before');
    await app.register(fastifyAdapter(api));
    await app.register(async (child) => void child.register(fastifyAdapter(second)));
    app.get('/host/after', () => 'after');
    await app.listen({ host: local, port: 0 });
    const { port } = app.server.address() as AddressInfo; // TCP, listening
    return {
      origin: { host: local, port },
      close: async () => {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },
  skips: { 'parser: a body that the host parsed is handed over parsed': 'Fastify parses no body before its router' },
});

/** The least that a Fetch server does: a `Request` from the wire, a `Response` back to it. */
function fetchServer(handle: (request: Request, remoteAddress: string) => Promise<Response>): NodeListener {
  return async (incoming, outgoing) => {
    try {
      const response = await handle(toRequest(incoming, outgoing), incoming.socket.remoteAddress ?? '');
      await send(response, outgoing);
    } catch {
      outgoing.destroy();
    }
  };
}

function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = '', url = '', rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  const controller = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableEnded) controller.abort();
  });
  const has = headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0';
  const body = has ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const } : {}; // Node's own type of the same class
  return new Request(`http://${headers.get('host')}${url}`, { method, headers, signal: controller.signal, ...body });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.flushHeaders();
  if (response.body === null) return void outgoing.end();
  const reader = response.body.getReader();
  outgoing.once('close', () => reader.cancel().catch(() => {}));
  // A stream may fail while its caller is waited for.
  reader.closed.catch(() => outgoing.destroy());
  const gone = new Promise((resolve) => outgoing.once('close', resolve));
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    if (!outgoing.write(step.value)) await Promise.race([gone, once(outgoing, 'drain')]);
  }
  outgoing.end();
}

const resolved = 'a URL resolves dot segments before anyone sees them';
const joined = 'Headers are lower-case, sorted and joined';
const connections = 'connections are the Fetch server’s, not the handler’s';

adapterConformance({
  name: 'fetch',
  start(api, { second }) {
    const nobody = async () => new Response(null, { status: 404 });
    const remoteAddress = (_: Request, address: string) => address;
    const own = (place: string, next: (request: Request, address: string) => Promise<Response>) => {
      return async (request: Request, address: string) =>
        new URL(request.url).pathname === `/host/${place}` ? new Response(place) : next(request, address);
    };
    const last = fetchHandler<[string]>(second, { next: own('after', nobody), remoteAddress });
    return listen(fetchServer(own('before', fetchHandler<[string]>(api, { next: last, remoteAddress }))));
  },
  skips: {
    'target: dot segments': resolved,
    'target: escaped dot segments': resolved,
    'target: absolute form': 'a Fetch request has one URL; the server decides whose authority it takes',
    'target: asterisk': 'a URL cannot say it',
    'method: TRACE': 'a Fetch request refuses it',
    'headers: order, case and repetitions are kept': joined,
    'headers: two Host headers are both seen': joined,
    'headers: two Authorization headers are both seen': joined,
    'body: GET with a body': 'a Fetch request refuses it',
    'response: status line, header order and bytes': 'Headers are sorted in the response too',
    'connection: early answer with close reaches a caller still sending (nothing of the body was read)': connections,
    'connection: early answer with close reaches a caller still sending (a part of the body was read)': connections,
    'connection: what follows an answer with close is not a request': connections,
    'connection: a caller that never finishes its body is not waited for': connections,
    'connection: a body left unread does not spoil the next request': connections,
    'signal: aborts for a request pipelined behind another': connections,
    'parser: a body that the host parsed is handed over parsed': 'a Fetch request has no place for a parsed body',
  },
});
