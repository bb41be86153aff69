import type { RawResponse } from '@sallyport/core';
import { expect } from 'vitest';
import { type Bench, type ConformanceCase, pause, requestText, until } from './case.ts';
import { headerOf, transcript } from './raw-client.ts';

async function answered({ api, exchange }: Bench, response: RawResponse, method = 'GET') {
  api.script('/answer', () => response);
  return exchange(requestText(method, '/answer'), method);
}

const statuses = [200, 201, 202, 301, 400, 401, 403, 404, 405, 409, 412, 415, 422, 428, 429, 500, 503];

async function* chunksOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** A stream that notes how far it was read and whether it was let go. */
function watchedStream(produce: (index: number) => Promise<Uint8Array> | Uint8Array) {
  const seen = { pulled: 0, returned: false };
  async function* generate() {
    try {
      for (;;) {
        yield await produce(seen.pulled);
        seen.pulled += 1;
      }
    } finally {
      seen.returned = true;
    }
  }
  return { seen, body: generate() };
}

/** What adapters write: the same bytes on each framework, nothing added by the host. */
export const responseCases: readonly ConformanceCase[] = [
  {
    name: 'response: status line, header order and bytes',
    async run(bench) {
      const reply = await answered(bench, {
        status: 201,
        headers: {
          'content-type': 'application/json',
          'x-b': 'b; q="1"',
          'set-cookie': ['a=1', 'b=2'],
          'a-last': '',
          vary: ['A', 'B'],
        },
        body: '{"name":"\u00e9\u20ac"}',
      });
      expect(transcript(reply)).toBe(
        [
          'HTTP/1.1 201 Created',
          'content-type: application/json',
          'x-b: b; q="1"',
          'set-cookie: a=1',
          'set-cookie: b=2',
          'a-last: ',
          'vary: A',
          'vary: B',
          'content-length: 16',
          '',
          Buffer.from('{"name":"\u00e9\u20ac"}').toString('latin1'),
        ].join('\r\n'),
      );
    },
  },
  {
    name: 'response: every status, with nothing added',
    async run(bench) {
      for (const status of statuses) {
        const reply = await answered(bench, { status, headers: { allow: 'GET' }, body: 'x' });
        expect(reply.status).toBe(status);
        expect(transcript(reply).split('\r\n').slice(1)).toEqual(['allow: GET', 'content-length: 1', '', 'x']);
      }
    },
  },
  {
    name: 'response: bytes',
    async run(bench) {
      const reply = await answered(bench, { status: 200, headers: {}, body: new Uint8Array([0, 255, 13, 10]) });
      expect(transcript(reply)).toBe('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\u0000\u00ff\r\n');
    },
  },
  {
    name: 'response: no body',
    async run(bench) {
      const reply = await answered(bench, { status: 202, headers: {} });
      expect(transcript(reply)).toBe('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n');
    },
  },
  {
    name: 'response: 204 and 304 end with their head',
    async run(bench) {
      for (const body of ['ignored', Buffer.from('ignored'), undefined, chunksOf('ignored')]) {
        for (const [status, title] of [
          [204, 'No Content'],
          [304, 'Not Modified'],
        ] as const) {
          const response = { status, headers: { etag: '"1"' }, ...(body === undefined ? {} : { body }) };
          expect(transcript(await answered(bench, response))).toBe(`HTTP/1.1 ${status} ${title}\r\netag: "1"\r\n\r\n`);
        }
      }
    },
  },
  {
    name: 'response: HEAD has the headers of GET and no body',
    async run(bench) {
      const headers = { allow: 'GET' };
      const text = await answered(bench, { status: 200, headers, body: 'twelve bytes' }, 'HEAD');
      expect(transcript(text)).toBe('HTTP/1.1 200 OK\r\nallow: GET\r\ncontent-length: 12\r\n\r\n');
      const told = await answered(bench, { status: 200, headers: { 'content-length': '7' } }, 'HEAD');
      expect(transcript(told)).toBe('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n');
    },
  },
  {
    name: 'response: HEAD lets go of a stream',
    async run(bench) {
      let returned = false;
      const iterator: AsyncIterator<Uint8Array> = {
        next: async () => ({ done: false, value: Buffer.from('x') }),
        async return() {
          returned = true;
          return { done: true, value: undefined };
        },
      };
      await answered(bench, { status: 200, headers: {}, body: { [Symbol.asyncIterator]: () => iterator } }, 'HEAD');
      await until(() => returned, 'return() of a stream that is not sent');
    },
  },
  {
    name: 'response: a connection is kept after each kind of body',
    async run({ api, connect }) {
      const connection = await connect();
      const bodies = ['text', Buffer.from('bytes'), chunksOf('s', 'tream'), undefined];
      for (const body of bodies) {
        api.script('/kept', () => ({ status: 200, headers: {}, ...(body === undefined ? {} : { body }) }));
        await connection.send(requestText('GET', '/kept'));
        expect((await connection.reply()).status).toBe(200);
      }
      await connection.send(requestText('HEAD', '/r/1'));
      expect((await connection.reply('HEAD')).status).toBe(200);
    },
  },
  {
    name: 'stream: is sent as it comes',
    async run({ api, connect }) {
      let go: () => void = () => {};
      const gate = new Promise<void>((resolve) => (go = resolve));
      api.script('/stream', () => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: (async function* () {
          yield Buffer.from('first');
          await gate;
          yield Buffer.alloc(0);
          yield Buffer.from('second');
        })(),
      }));
      const connection = await connect();
      let text = '';
      connection.socket.on('data', (chunk) => (text += chunk.toString()));
      await connection.send(requestText('GET', '/stream'));
      await until(() => text.includes('first'), 'the first chunk');
      expect(text).not.toContain('second');
      go();
      expect((await connection.reply()).body.toString()).toBe('firstsecond');
    },
  },
  {
    name: 'stream: with a content-length of its own',
    async run(bench) {
      const reply = await answered(bench, {
        status: 200,
        headers: { 'content-length': '6' },
        body: chunksOf('abc', 'def'),
      });
      expect(transcript(reply)).toBe('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabcdef');
    },
  },
  {
    name: 'stream: no faster than the caller reads, and let go when it leaves',
    async run({ api, connect }) {
      const { seen, body } = watchedStream(() => Buffer.alloc(64 * 1024));
      let signal: AbortSignal | undefined;
      api.script('/endless', (request) => {
        signal = request.signal;
        return { status: 200, headers: {}, body };
      });
      const connection = await connect();
      connection.socket.pause();
      await connection.send(requestText('GET', '/endless'));
      let before = -1;
      while (before !== seen.pulled) {
        before = seen.pulled;
        await pause(150);
      }
      expect(seen.pulled).toBeLessThan(1_000);
      expect(signal?.aborted).toBe(false);
      connection.destroy();
      await until(() => seen.returned, 'return() after the caller left');
      await until(() => signal?.aborted === true, 'the signal');
    },
  },
  {
    name: 'stream: let go while it waits for its source',
    async run({ api, connect }) {
      const { seen, body } = watchedStream((index) =>
        index === 0 ? Buffer.from('x') : pause(300).then(() => Buffer.from('y')),
      );
      api.script('/slow', () => ({ status: 200, headers: {}, body }));
      const connection = await connect();
      await connection.send(requestText('GET', '/slow'));
      await connection.replyHead();
      connection.destroy();
      await until(() => seen.returned, 'return() after the caller left');
    },
  },
  {
    name: 'stream: a fault cuts the connection',
    async run({ api, connect }) {
      api.script('/faulty', () => ({
        status: 200,
        headers: {},
        body: (async function* () {
          yield Buffer.from('half');
          await pause(20);
          throw new Error('the source failed');
        })(),
      }));
      const connection = await connect();
      await connection.send(requestText('GET', '/faulty'));
      await expect(connection.reply()).rejects.toThrow('connection ended');
    },
  },
  {
    name: 'stream: is cut when the API says so, though its caller takes no more',
    async run({ api, connect }) {
      const { seen, body } = watchedStream(() => Buffer.alloc(64 * 1024));
      const cut = new AbortController();
      api.script('/endless', () => ({ status: 200, headers: {}, body, cut: cut.signal }));
      const connection = await connect();
      await connection.send(requestText('GET', '/endless'));
      await connection.replyHead();
      connection.socket.pause();
      await pause(100);
      cut.abort();
      await until(() => seen.returned, 'return() of the stream');
      connection.socket.resume();
      await connection.ended;
      connection.destroy();
    },
  },
  {
    name: 'fault: an API that rejects is answered by a bare problem',
    async run({ api, exchange }) {
      api.script('/rejects', () => Promise.reject(new Error('secret of the house')));
      const reply = await exchange(requestText('GET', '/rejects'));
      expect([reply.status, headerOf(reply, 'content-type')]).toEqual([500, 'application/problem+json']);
      expect(reply.body.toString()).toBe('{"type":"about:blank","title":"Internal Server Error","status":500}');
    },
  },
];
