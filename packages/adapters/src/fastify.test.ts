import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { fastifyAdapter } from './fastify.ts';
import { gracefulClose } from './node.ts';
import { createRecordingApi, openConnection } from './testing/index.ts';

describe('fastifyAdapter', () => {
  let app: FastifyInstance;
  afterEach(() => app.close());
  const api = createRecordingApi('api', (target) => target.startsWith('/api/'));

  async function host(options: Parameters<typeof fastifyAdapter>[1] = {}) {
    app = fastify();
    app.get('/host/:id', (request) => request.params);
    await app.register(fastifyAdapter(api, options));
    return app;
  }

  it.each([
    ['GET', '/api/%E0%A4%A'],
    ['GET', `/api/${'p'.repeat(300)}`],
    ['TRACE', '/api/x'],
    ['QUERY', '/api/x'],
    ['PROPFIND', '/api/x'],
    ['OPTIONS', '/api/x'],
  ])('takes injected %s %s', async (method, url) => {
    await host();
    const response = await app.inject({ method: method as 'GET', url }); // light-my-request types fewer methods than it takes
    expect([response.statusCode, response.body]).toEqual([200, `api ${method} ${url}`]);
  });

  it('takes injected bodies of any type, unread', async () => {
    await host();
    for (const type of ['application/json', 'x/y', 'application/json garbage']) {
      await app.inject({ method: 'POST', url: '/api/x', headers: { 'content-type': type }, payload: '{"__proto__":' });
      expect(api.last()).toMatchObject({ bodyKind: 'stream', bytes: Buffer.from('{"__proto__":') });
    }
    const headers = { 'transfer-encoding': 'chunked' };
    await app.inject({ method: 'POST', url: '/api/x', headers, payload: Readable.from([Buffer.from('streamed')]) });
    expect(api.last().bytes.toString()).toBe('streamed');
  });

  it('answers injected requests with the same headers, and streams', async () => {
    await host();
    let aborted: boolean | undefined;
    api.script('/api/s', ({ signal }) => ({
      status: 200,
      headers: { 'set-cookie': ['a=1', 'b=2'] },
      body: (async function* () {
        yield Buffer.from('a');
        yield Buffer.from('b');
        setTimeout(() => (aborted = signal?.aborted), 20);
      })(),
    }));
    const response = await app.inject('/api/s');
    expect([response.body, response.headers['set-cookie']]).toEqual(['ab', ['a=1', 'b=2']]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(aborted).toBe(false);
  });

  it('leaves the host’s own errors as they were', async () => {
    app = fastify();
    app.get('/host/:id', (request) => request.params);
    const urls = ['/host/%E0%A4%A', `/host/${'p'.repeat(101)}`, '/nowhere'];
    const expected = [];
    for (const url of urls) expected.push((await app.inject(url)).body);
    await app.close();
    await host();
    const actual = [];
    for (const url of urls) actual.push((await app.inject(url)).body);
    expect(actual).toEqual(expected);
  });

  it('keeps the frameworkErrors of the host', async () => {
    app = fastify({ frameworkErrors: (_, __, reply) => void reply.raw.writeHead(418).end('host') });
    await app.register(fastifyAdapter(api));
    expect((await app.inject('/host/%E0%A4%A')).statusCode).toBe(418);
    expect((await app.inject('/api/%E0%A4%A')).statusCode).toBe(200);
  });

  it('answers what the host’s routes do not, with unmatched: answer', async () => {
    await host({ unmatched: 'answer' });
    expect((await app.inject('/host/1')).body).toBe('{"id":"1"}');
    for (const url of ['/nowhere', '/%E0%A4%A']) {
      const response = await app.inject(url);
      expect([response.statusCode, response.body]).toEqual([404, `api GET ${url}`]);
    }
    await app.listen({ host: '127.0.0.1', port: 0 });
    const connection = await openConnection({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port });
    for (const url of ['/nowhere', '/%E0%A4%A']) {
      await connection.send(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const reply = await connection.reply();
      expect([reply.status, reply.body.toString()]).toEqual([404, `api GET ${url}`]);
    }
    connection.destroy();
  });

  it('takes requests from sockets before the hooks of the host', async () => {
    app = fastify();
    const seen: string[] = [];
    app.addHook('onRequest', async (request) => void seen.push(request.url));
    await app.register(fastifyAdapter(api));
    app.get('/host', () => 'host');
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    for (const path of ['/api/1', '/host']) await fetch(origin + path);
    expect(seen).toEqual(['/host']);
  });

  it('serves the second server that Fastify opens for localhost', async () => {
    await host();
    await app.listen({ host: 'localhost', port: 0 });
    for (const { address, port } of app.addresses() as AddressInfo[]) {
      const connection = await openConnection({ host: address, port });
      await connection.send('GET /api/%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n');
      expect((await connection.reply()).body.toString()).toBe('api GET /api/%E0%A4%A');
      connection.destroy();
    }
  });

  it('works inside an encapsulated plugin, and after an injected request was declined', async () => {
    app = fastify();
    api.script('/api/declined', () => undefined);
    await app.register(async (child) => void child.register(fastifyAdapter(api)), { prefix: '/deep' });
    expect((await app.inject('/api/1')).body).toBe('api GET /api/1');
    expect((await app.inject('/api/declined')).json()).toMatchObject({ statusCode: 404 });
  });

  it('is shut down by gracefulClose', async () => {
    await host();
    await app.listen({ host: '127.0.0.1', port: 0 });
    expect(await gracefulClose(app.server)).toEqual({ cut: 0 });
  });
});
