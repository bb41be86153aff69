import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import { createNodeHandler, gracefulClose, type NodeListener, type RunningServer, serve } from './node.ts';
import { createRecordingApi, headerOf, openConnection, type RawConnection } from './testing/index.ts';

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('serve', () => {
  let running: RunningServer;
  const api = createRecordingApi('api', (target) => !target.startsWith('/nowhere'));
  afterEach(() => running.close({ timeoutMs: 0 }));

  it('answers 404 through the API for every address', async () => {
    running = await serve(api);
    expect(running.url).toBe(`http://127.0.0.1:${running.port}`);
    expect((await fetch(`${running.url}/nowhere`)).status).toBe(404);
  });

  it('has the limits', async () => {
    running = await serve(api);
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket } = running.server;
    expect([headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket]).toEqual([
      15_000, 60_000, 65_000, 10_000,
    ]);
  });

  it('rejects when it cannot listen', async () => {
    running = await serve(api);
    await expect(serve(api, { port: running.port })).rejects.toThrow('EADDRINUSE');
  });

  it.each([
    ['malformed', 'NONSENSE\r\n\r\n', 400, 'Bad Request'],
    [
      'two content lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'Bad Request',
    ],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'Bad Request',
    ],
    [
      'a head too large',
      `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'Request Header Fields Too Large',
    ],
    [
      'a target too large',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
      'Request Header Fields Too Large',
    ],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n', 417, 'Expectation Failed'],
    ['a broken chunk', 'POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400, 'Bad Request'],
  ])('answers %s by a problem', async (_, bytes, status, title) => {
    running = await serve(api);
    const connection = await openConnection(running);
    await connection.send(bytes);
    const reply = await connection.reply();
    expect([reply.status, headerOf(reply, 'content-type')]).toEqual([status, 'application/problem+json']);
    expect(JSON.parse(reply.body.toString())).toEqual({ type: 'about:blank', title, status });
    expect(await connection.ended).toBe('closed');
  });

  it('answers a head that does not come by 408', async () => {
    running = await serve(api, { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 20 });
    const connection = await openConnection(running);
    await connection.send('GET / HTTP/1.1\r\n');
    expect((await connection.reply()).status).toBe(408);
  });

  it('does not answer nonsense in the place of a pipelined request', async () => {
    running = await serve(api);
    api.script('/slow', () => new Promise((resolve) => setTimeout(resolve, 50, { status: 200, headers: {} })));
    const connection = await openConnection(running);
    await connection.send(`${get('/slow')}NONSENSE\r\n\r\n`);
    await expect(connection.reply()).rejects.toThrow('connection ended after ""');
  });

  it('leaves a missing Host to the API, and refuses it for other listeners', async () => {
    running = await serve(api);
    const bare = await openConnection(running);
    await bare.send('GET /h HTTP/1.1\r\n\r\n');
    expect((await bare.reply()).body.toString()).toBe('api GET /h');
    await running.close({ timeoutMs: 0 });
    running = await serve(express());
    const refused = await openConnection(running);
    await refused.send('GET /h HTTP/1.1\r\n\r\n');
    expect((await refused.reply()).status).toBe(400);
  });
});

describe('gracefulClose', () => {
  const open: RawConnection[] = [];
  afterEach(() => {
    for (const connection of open.splice(0)) connection.destroy();
  });
  const connectTo = async (origin: { host: string; port: number }) => {
    const connection = await openConnection(origin);
    open.push(connection);
    return connection;
  };

  const slow: NodeListener = (request, response) => {
    setTimeout(() => response.end(`done ${request.url}`), 150);
  };
  const koa = new Koa();
  koa.use(async (context) => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    context.body = `done ${context.url}`;
  });
  const hosts: [string, NodeListener][] = [
    ['a listener', slow],
    ['an Express app', express().use((request, response) => void slow(request, response))],
    ['a Koa app', koa.callback()],
  ];

  it.each(hosts)('finishes what is in hand and closes the rest at once: %s', async (_, listener) => {
    const running = await serve(listener);
    const idle = await connectTo(running);
    await idle.send(get('/before'));
    await idle.reply();
    const silent = await connectTo(running);
    const busy = await connectTo(running);
    await busy.send(get('/busy'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const start = Date.now();
    const closing = running.close({ timeoutMs: 5_000 });
    await Promise.all([idle.ended, silent.ended]);
    expect(Date.now() - start).toBeLessThan(100);
    await expect(openConnection(running)).rejects.toThrow('ECONNREFUSED');
    const reply = await busy.reply();
    expect([reply.body.toString(), headerOf(reply, 'connection')]).toEqual(['done /busy', 'close']);
    expect(await closing).toEqual({ cut: 0 });
    expect(Date.now() - start).toBeLessThan(2_000);
  });

  it('finishes a response whose head is out, then closes', async () => {
    const running = await serve((_, response) => {
      response.write('half ');
      setTimeout(() => response.end('whole'), 100);
    });
    const connection = await connectTo(running);
    await connection.send(get('/'));
    await connection.socket.once('data', () => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closing = running.close();
    expect((await connection.reply()).body.toString()).toBe('half whole');
    expect(await closing).toEqual({ cut: 0 });
    expect(await connection.ended).toBe('closed');
  });

  it('cuts what is left after the time-out, and a second call waits for the first', async () => {
    const running = await serve(() => {});
    const connection = await connectTo(running);
    await connection.send(get('/never'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [first, second] = await Promise.all([running.close({ timeoutMs: 50 }), running.close()]);
    expect([first, second]).toEqual([{ cut: 1 }, { cut: 1 }]);
    await connection.ended;
  });

  it('closes a server that it did not follow from the start', async () => {
    const server = createServer(createNodeHandler(createRecordingApi('api', () => true)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const connection = await connectTo({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    await connection.send(get('/x'));
    await connection.reply();
    expect(await gracefulClose(server)).toEqual({ cut: 0 });
  });

  it('is done at once for a server that does not listen', async () => {
    expect(await gracefulClose(createServer())).toEqual({ cut: 0 });
  });
});
