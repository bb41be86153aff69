import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type RunningServer, serve } from './node.ts';
import { frameworks, serveOn } from './serve-on.ts';
import { createRecordingApi, headerOf, openConnection } from './testing/index.ts';
import { untilStopped } from './until-stopped.ts';

vi.mock('node:dns/promises', { spy: true });

describe.each(frameworks)('serveOn %s', (framework) => {
  let running: RunningServer;
  const api = createRecordingApi('api', (target) => !target.startsWith('/nowhere'));
  afterEach(() => running.close({ timeoutMs: 0 }));

  it('serves, answers what it does not know through the API, and stops', async () => {
    running = await serveOn(framework, api);
    expect(running.url).toBe(`http://127.0.0.1:${running.port}`);
    expect((await fetch(`${running.url}/here`)).status).toBe(200);
    const nowhere = await fetch(`${running.url}/nowhere`);
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers.get('x-powered-by')).toBeNull();
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket, timeout } = running.server;
    expect([headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket, timeout]).toEqual([
      15_000, 60_000, 65_000, 10_000, 120_000,
    ]);
    expect(await running.close()).toEqual({ cut: 0 });
    await expect(fetch(`${running.url}/here`)).rejects.toThrow();
  });

  it('serves several, of which the last answers the rest', async () => {
    const health = createRecordingApi('health', (target) => target === '/health');
    running = await serveOn(framework, [health, api]);
    const told = async (path: string) => {
      const response = await fetch(running.url + path);
      return [response.status, (await response.text()).split(' ')[0]];
    };
    expect(await told('/health')).toEqual([200, 'health']);
    expect(await told('/here')).toEqual([200, 'api']);
    expect((await told('/nowhere'))[0]).toBe(404);
  });

  it.each([
    [400, 'NONSENSE\r\n\r\n'],
    [431, `GET /here HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    [417, 'GET /here HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n'],
  ])('answers %i to what the parser refuses, once, as a problem', async (status, bytes) => {
    running = await serveOn(framework, api);
    const connection = await openConnection(running);
    await connection.send(bytes);
    const reply = await connection.reply();
    expect([reply.status, headerOf(reply, 'content-type')]).toEqual([status, 'application/problem+json']);
    if (status !== 417) await expect(connection.reply()).rejects.toThrow('connection ended after ""');
    connection.destroy();
  });

  it('cuts an answer that its caller does not take, and no other', async () => {
    running = await serveOn(framework, api, { idleMs: 300, keepAliveTimeout: 2_000 });
    const piece = Buffer.alloc(64 * 1024);
    const letGo = { endless: false };
    async function* endless() {
      try {
        for (;;) yield piece;
      } finally {
        letGo.endless = true;
      }
    }
    // Large enough that no socket takes it all.
    api.script('/whole', () => ({ status: 200, headers: {}, body: Buffer.alloc(64 * 1024 * 1024) }));
    api.script('/endless', () => ({ status: 200, headers: {}, body: endless() }));
    const stalled = await Promise.all(
      ['/whole', '/endless'].map(async (target) => {
        const connection = await openConnection(running);
        await connection.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
        await connection.replyHead();
        connection.socket.pause();
        return connection;
      }),
    );
    // At work for longer than that: before it answers, and between two pieces of its answer.
    const idle = await openConnection(running);
    const slow = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    api.script('/slow', async () => {
      await slow(700);
      return { status: 200, headers: {}, body: pieces() };
    });
    async function* pieces() {
      yield Buffer.from('be');
      await slow(700);
      yield Buffer.from('hind');
    }
    await idle.send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await idle.reply()).body.toString()).toBe('behind');
    // A connection without a request is kept as long as it ever was.
    await slow(700);
    await idle.send('GET /here HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await idle.reply()).status).toBe(200);
    expect(letGo.endless).toBe(true);
    await vi.waitFor(async () => {
      const count = await new Promise((resolve) => running.server.getConnections((_, open) => resolve(open)));
      expect(count).toBe(1);
    });
    for (const connection of [...stalled, idle]) connection.destroy();
  });

  it('hands a request without Host to the API', async () => {
    running = await serveOn(framework, api);
    const connection = await openConnection(running);
    await connection.send('GET /here HTTP/1.1\r\n\r\n');
    await connection.reply();
    connection.destroy();
    expect(api.last()).toMatchObject({ hostRequired: true });
  });

  it('listens on every address of localhost', async () => {
    vi.mocked(lookup).mockResolvedValueOnce(
      [127, 128].map((last) => ({ address: `127.0.0.${last}`, family: 4 })) as never,
    );
    running = await serveOn(framework, api, { host: 'localhost' });
    const connection = await openConnection({ host: '127.0.0.128', port: running.port });
    await connection.send('GET /here HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.reply()).status).toBe(200);
    expect(await running.close()).toEqual({ cut: 0 });
    expect(await connection.ended).toBe('closed');
    await expect(openConnection({ host: '127.0.0.128', port: running.port })).rejects.toThrow('ECONNREFUSED');
    connection.destroy();
  });

  it('rejects when it cannot listen', async () => {
    running = await serve(api);
    await expect(serveOn(framework, api, { port: running.port })).rejects.toThrow('EADDRINUSE');
  });
});

it('waits for a signal, once', async () => {
  const stopped = untilStopped({ signals: ['SIGUSR2'] });
  process.kill(process.pid, 'SIGUSR2');
  expect(await stopped).toBe('SIGUSR2');
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});

it('stops when npm, which started it, is gone', async () => {
  const module = new URL('./until-stopped.ts', import.meta.url).href;
  const program = `import { untilStopped } from ${JSON.stringify(module)};
    const waiting = untilStopped(); setInterval(() => {}, 1000); console.log(process.pid);
    console.log(await waiting); process.exit(0);`;
  // The parent starts the program as npm does, and is killed without a word to it.
  const parent = spawn(
    process.execPath,
    [
      '-e',
      `require('node:child_process').spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(program)}],
        { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  const over = new Promise<void>((resolve) => parent.stdout.on('end', resolve));
  parent.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (/^\d+\n$/.test(said)) parent.kill('SIGKILL');
  });
  await over;
  expect(said).toMatch(/^\d+\nSIGTERM\n$/);
});
