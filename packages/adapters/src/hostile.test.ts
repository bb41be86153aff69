import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, createApi, type RequestHandler, silentLogger } from '@sallyport/core';
import {
  HostileNote,
  type HostileRequest,
  hostileCaller,
  hostileRequests,
  hostileResource,
  type OpenTestDatabase,
  testDatabases,
} from '@sallyport/core/testing';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expressAdapter } from './express.ts';
import { fastifyAdapter } from './fastify.ts';
import { fetchHandler } from './fetch.ts';
import { koaAdapter } from './koa.ts';
import { createNodeHandler, type NodeListener, serve } from './node.ts';
import { openConnection, type RawReply } from './testing/raw-client.ts';

interface Running {
  readonly origin: { readonly host: string; readonly port: number };
  close(): Promise<unknown>;
}

const local = '127.0.0.1';
const answer = { unmatched: 'answer' } as const;

async function listen(listener: NodeListener): Promise<Running> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, local, resolve));
  const { port } = server.address() as AddressInfo; // TCP, listening
  return {
    origin: { host: local, port },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Hosts as a user would write them, with nothing in front of the adapter. */
const hosts: Readonly<Record<string, (api: RequestHandler) => Promise<Running>>> = {
  async node(api) {
    const running = await serve(createNodeHandler(api));
    return { origin: running, close: () => running.close({ timeoutMs: 0 }) };
  },
  express(api) {
    const app = express();
    app.use(expressAdapter(api, answer));
    return listen(app);
  },
  koa(api) {
    const app = new Koa();
    app.silent = true;
    app.use(koaAdapter(api, answer));
    return listen(app.callback());
  },
  async fastify(api) {
    const app = fastify();
    await app.register(fastifyAdapter(api, answer));
    await app.listen({ host: local, port: 0 });
    const { port } = app.server.address() as AddressInfo; // TCP, listening
    return {
      origin: { host: local, port },
      close: () => {
        app.server.closeAllConnections();
        return app.close();
      },
    };
  },
};

const instances = /urn:(uuid|request):[^"]+/g;
const unlike = /^(date|connection|keep-alive|x-request-id|transfer-encoding):/i;

/** A reply without what tells two of the same apart. */
function comparable(reply: RawReply): string {
  const lines = reply.headerLines.filter((line) => !unlike.test(line)).sort();
  return [reply.status, ...lines, '', reply.body.toString('utf8').replace(instances, 'urn:…')].join('\n');
}

async function exchange({ origin }: Running, { method, target, headers, body }: HostileRequest): Promise<RawReply> {
  const connection = await openConnection(origin);
  try {
    const length = body === undefined ? [] : [`Content-Length: ${body.byteLength}`];
    const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ...length];
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    await connection.send(body === undefined ? head : Buffer.concat([head, body]));
    return await connection.reply(method);
  } finally {
    connection.destroy();
  }
}

const [database] = testDatabases();

describe('hostile requests over TCP', () => {
  let open: OpenTestDatabase;
  let api: Api;
  const running = new Map<string, Running>();
  beforeAll(async () => {
    if (database === undefined) throw new Error('PGlite is always there');
    open = await database.open([HostileNote]);
    const em = open.orm.em.fork();
    em.create(HostileNote, { slug: '1', title: 'one' });
    await em.flush();
    api = await createApi({ orm: open.orm, resources: [hostileResource], auth: [hostileCaller], logger: silentLogger });
    for (const [name, start] of Object.entries(hosts)) running.set(name, await start(api));
  });
  afterAll(async () => {
    for (const host of running.values()) await host.close();
    await open?.close();
  });

  for (const hostile of hostileRequests) {
    it(hostile.name, async () => {
      const answers = new Map<string, string>();
      for (const [name, host] of running) {
        // Entity tags count the changes that the hosts before have made.
        const reply = await exchange(host, hostile);
        expect(reply.status, `${name}: ${reply.body.toString('utf8').slice(0, 300)}`).toBe(hostile.status);
        answers.set(name, comparable(reply).replace(/^etag: .*$/m, ''));
        // Node counts headers before anybody sees them, and answers as whoever made the server has told it.
        if (hostile.status === 431) answers.set(name, '431');
        else if (hostile.code !== undefined) {
          expect(JSON.parse(reply.body.toString('utf8')), name).toMatchObject({ code: hostile.code });
        }
      }
      const [first] = answers.values();
      for (const [name, text] of answers) expect(text, name).toBe(first);
    });
  }

  describe('through fetch', () => {
    const reasons: Readonly<Record<string, string>> = {
      'GET with a body': 'a Fetch request refuses it',
      TRACE: 'a Fetch request refuses it',
      'two Host headers': 'Headers are joined',
      'two Authorization headers': 'Headers are joined',
    };
    for (const { name, method, target, headers, body, status, code } of hostileRequests) {
      it(name, async (context) => {
        const reason = reasons[name];
        if (reason !== undefined) return context.skip(reason);
        const request = new Request(`http://api.test${target}`, {
          method,
          headers: headers.filter(([field]) => field !== 'Host' && field !== 'Content-Length').map(([...pair]) => pair),
          ...(body === undefined ? {} : { body: new Uint8Array(body) }),
        });
        const response = await fetchHandler(api)(request);
        const text = await response.text();
        expect(response.status, text).toBe(status);
        if (code !== undefined) expect(JSON.parse(text)).toMatchObject({ status, code });
      });
    }
  });
});
