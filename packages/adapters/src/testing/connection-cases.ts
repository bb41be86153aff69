import { expect } from 'vitest';
import { type ConformanceCase, pause, requestText, until } from './case.ts';
import { headerOf } from './raw-client.ts';

/** How adapters treat connections: pipelining, early answers, callers that leave. */
export const connectionCases: readonly ConformanceCase[] = [
  {
    name: 'connection: pipelined requests are answered in order',
    async run({ api, connect }) {
      api.script('/slowest', async () => {
        await pause(60);
        return { status: 200, headers: {}, body: 'slowest' };
      });
      const connection = await connect();
      const body = requestText('POST', '/p/2', [], 'abc');
      await connection.send(requestText('GET', '/slowest') + body + requestText('GET', '/p/3'));
      const texts: string[] = [];
      for (let count = 0; count < 3; count += 1) texts.push((await connection.reply()).body.toString());
      expect(texts).toEqual(['slowest', 'first POST /p/2', 'first GET /p/3']);
    },
  },
  {
    name: 'connection: a body left unread does not spoil the next request',
    async run({ api, connect }) {
      api.script('/unread', () => ({ status: 401, headers: {}, body: 'no' }));
      const connection = await connect();
      await connection.send(requestText('POST', '/unread', [], 'x'.repeat(200_000)) + requestText('GET', '/r/next'));
      expect((await connection.reply()).status).toBe(401);
      expect((await connection.reply()).body.toString()).toBe('first GET /r/next');
    },
  },
  ...['nothing', 'a part'].map(
    (read): ConformanceCase => ({
      name: `connection: early answer with close reaches a caller still sending (${read} of the body was read)`,
      async run({ api, connect }) {
        api.script('/early', async ({ body }) => {
          if (read === 'a part' && body.kind === 'stream') for await (const _ of body.stream) break;
          return { status: 413, headers: { 'content-type': 'text/plain' }, body: 'too large', close: true };
        });
        const connection = await connect();
        const size = 8 * 1024 * 1024;
        await connection.send(requestText('POST', '/early', [`Content-Length: ${size}`]));
        for (let sent = 0; sent < size; sent += 65_536) await connection.send(Buffer.alloc(65_536, 'x'));
        const reply = await connection.reply();
        expect([reply.status, reply.body.toString(), headerOf(reply, 'connection')]).toEqual([
          413,
          'too large',
          'close',
        ]);
        expect(await connection.ended).toBe('closed');
      },
    }),
  ),
  {
    name: 'connection: what follows an answer with close is not a request',
    async run({ api, connect }) {
      api.script('/early', () => ({ status: 413, headers: {}, body: 'no', close: true }));
      const connection = await connect();
      await connection.send(requestText('POST', '/early', ['Content-Length: 300000']));
      expect((await connection.reply()).status).toBe(413);
      await connection.send(`${'x'.repeat(300_000)}${requestText('POST', '/smuggled', [], 'abc')}`);
      await pause(100);
      expect(api.requests.some(({ target }) => target === '/smuggled')).toBe(false);
    },
  },
  {
    name: 'connection: a caller that never finishes its body is not waited for',
    async run({ api, connect }) {
      api.script('/early', () => ({ status: 401, headers: {}, body: 'no', close: true }));
      const connection = await connect();
      let gone = false;
      connection.socket.once('close', () => (gone = true));
      const start = Date.now();
      await connection.send(requestText('POST', '/early', ['Content-Length: 1000000']));
      expect((await connection.reply()).status).toBe(401);
      await until(() => {
        connection.socket.write('x');
        return gone;
      }, 'the end of a connection that lingers');
      expect(Date.now() - start).toBeLessThan(4_000);
    },
  },
  {
    name: 'connection: close without a body closes at once',
    async run({ api, connect }) {
      api.script('/close', () => ({ status: 400, headers: {}, body: 'bye', close: true }));
      const connection = await connect();
      await connection.send(requestText('GET', '/close'));
      const reply = await connection.reply();
      expect([reply.body.toString(), headerOf(reply, 'connection')]).toEqual(['bye', 'close']);
      expect(await connection.ended).toBe('closed');
    },
  },
  {
    name: 'signal: aborts when the caller leaves before the answer',
    async run({ api, connect }) {
      let signal: AbortSignal | undefined;
      api.script('/pending', async (request) => {
        signal = request.signal;
        await until(() => signal?.aborted === true, 'the signal');
        return { status: 200, headers: {}, body: 'to nobody' };
      });
      const connection = await connect();
      await connection.send(requestText('GET', '/pending'));
      await until(() => signal !== undefined, 'the request');
      expect(signal?.aborted).toBe(false);
      connection.destroy();
      await until(() => signal?.aborted === true, 'the signal');
    },
  },
  {
    name: 'signal: aborts for a request pipelined behind another',
    async run({ api, connect }) {
      let signal: AbortSignal | undefined;
      let release: () => void = () => {};
      const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
      api.script('/held', () => held);
      api.script('/behind', async (request) => {
        signal = request.signal;
        await until(() => signal?.aborted === true, 'the signal of the second');
        return { status: 200, headers: {} };
      });
      const connection = await connect();
      await connection.send(requestText('GET', '/held') + requestText('GET', '/behind'));
      await until(() => signal !== undefined, 'the second request');
      connection.destroy();
      await until(() => signal?.aborted === true, 'the signal of the second');
      release();
    },
  },
  {
    name: 'signal: does not abort when all went well',
    async run({ api, connect }) {
      const signals: (AbortSignal | undefined)[] = [];
      api.script('/well', ({ signal }) => {
        signals.push(signal);
        return { status: 200, headers: {}, body: 'ok' };
      });
      const connection = await connect();
      for (const text of [requestText('GET', '/well'), requestText('POST', '/well', [], 'body')]) {
        await connection.send(text);
        await connection.reply();
      }
      connection.destroy();
      await pause(50);
      expect(signals.map((signal) => signal?.aborted ?? false)).toEqual([false, false]);
    },
  },
  {
    name: 'connection: a body that breaks off is an error to its reader',
    async run({ api, connect }) {
      let outcome: unknown;
      api.script('/broken', async ({ body }) => {
        try {
          if (body.kind === 'stream') for await (const _ of body.stream);
          outcome = 'complete';
        } catch (error) {
          outcome = error;
        }
        return { status: 400, headers: {} };
      });
      const connection = await connect();
      await connection.send(`${requestText('POST', '/broken', ['Content-Length: 1000'])}half`);
      await pause(30);
      connection.destroy();
      await until(() => outcome !== undefined, 'the end of the body');
      expect(outcome).toBeInstanceOf(Error);
    },
  },
];
