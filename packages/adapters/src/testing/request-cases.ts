import { expect } from 'vitest';
import { type ConformanceCase, requestText } from './case.ts';

const targets: Readonly<Record<string, string>> = {
  'target: bad percent-escape': '/r/%E0%A4%A',
  'target: lone percent sign': '/r/100%?q=%',
  'target: double slash': '//x',
  'target: upper case and trailing slash': '/R/1/',
  'target: escaped letter': '/%72/1',
  'target: escaped dollar': '/%24batch',
  'target: escaped slash': '/r/a%2Fb',
  'target: bar and colon': '/r/urn:x|1',
  'target: escaped NUL': '/r/%00',
  'target: segment over 100 characters': `/r/${'p'.repeat(300)}`,
  'target: repeated and dangerous parameters': '/r?limit=1&limit=9&__proto__=x&a[b]=c',
  'target: question marks': '/r??a=b?c',
  'target: 8 KB path': `/r/${'x'.repeat(8_000)}`,
  'target: dot segments': '/r/./a/../b',
  'target: escaped dot segments': '/r/%2e%2e/b',
  'target: absolute form': 'http://other.test:81/r/1?x=1',
};

const targetCases = Object.entries(targets).map(
  ([name, target]): ConformanceCase => ({
    name,
    async run({ api, exchange }) {
      const reply = await exchange(requestText('GET', target));
      expect(reply.body.toString()).toBe(`first GET ${target}`);
      expect(api.last().target).toBe(target);
    },
  }),
);

const methodCases = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'QUERY', 'TRACE', 'PROPFIND'].map(
  (method): ConformanceCase => ({
    name: `method: ${method}`,
    async run({ api, exchange }) {
      const reply = await exchange(requestText(method, '/r/1'), method);
      expect(reply.status).toBe(200);
      expect(api.last()).toMatchObject({ method, bodyKind: 'none', remoteAddress: '127.0.0.1', encrypted: false });
    },
  }),
);

const megabyte = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, index) => index % 251));

function chunked(body: Uint8Array, size: number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

/** What adapters hand over: the request as it was sent, nothing decoded, tidied or lost. */
export const requestCases: readonly ConformanceCase[] = [
  ...targetCases,
  {
    name: 'target: asterisk',
    async run({ api, exchange }) {
      await exchange(requestText('OPTIONS', '*'));
      expect(api.last()).toMatchObject({ method: 'OPTIONS', target: '*' });
    },
  },
  ...methodCases,
  {
    name: 'headers: order, case and repetitions are kept',
    async run({ api, exchange }) {
      await exchange(
        'GET /h HTTP/1.1\r\nHost: api.test\r\nX-One: 1\r\nx-two:2\r\nX-ONE:  3 \r\nCookie: a=1\r\ncookie: b=2\r\n\r\n',
      );
      const expected = ['Host', 'api.test', 'X-One', '1', 'x-two', '2', 'X-ONE', '3', 'Cookie', 'a=1', 'cookie', 'b=2'];
      expect(api.last().rawHeaders).toEqual(expected);
    },
  },
  {
    name: 'headers: two Host headers are both seen',
    async run({ api, exchange }) {
      await exchange('GET /h HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n');
      expect(api.last().rawHeaders).toEqual(['Host', 'a.test', 'Host', 'b.test']);
    },
  },
  {
    name: 'headers: two Authorization headers are both seen',
    async run({ api, exchange }) {
      await exchange(requestText('GET', '/h', ['Authorization: Bearer a', 'Authorization: Bearer b']));
      expect(api.last().rawHeaders.filter((item) => item.startsWith('Bearer'))).toEqual(['Bearer a', 'Bearer b']);
    },
  },
  {
    name: 'headers: empty, Latin-1 and long values',
    async run({ api, exchange }) {
      const long = 'v'.repeat(6_000);
      await exchange(requestText('GET', '/h', ['x-empty:', 'x-latin: caf\u00e9', `x-long: ${long}`]));
      const { rawHeaders } = api.last();
      const sent = (name: string) => rawHeaders[rawHeaders.indexOf(name) + 1];
      expect([sent('x-empty'), sent('x-latin'), sent('x-long')]).toEqual(['', 'caf\u00e9', long]);
    },
  },
  {
    name: 'body: GET with a body',
    async run({ api, exchange }) {
      await exchange(requestText('GET', '/b', ['Content-Type: application/json'], '{"a":1}'));
      expect(api.last()).toMatchObject({ method: 'GET', bodyKind: 'stream', bytes: Buffer.from('{"a":1}') });
    },
  },
  ...['POST', 'DELETE', 'QUERY'].map(
    (method): ConformanceCase => ({
      name: `body: ${method} without a content type`,
      async run({ api, exchange }) {
        await exchange(requestText(method, '/b', [], '\u00ff\u0000x'));
        expect(api.last()).toMatchObject({ method, bodyKind: 'stream', bytes: Buffer.from([0xff, 0, 0x78]) });
      },
    }),
  ),
  ...['application/json', 'application/merge-patch+json', 'application/json garbage', 'text/plain', 'x/y', '@'].map(
    (type): ConformanceCase => ({
      name: `body: bytes are not judged (${type})`,
      async run({ api, exchange }) {
        await exchange(requestText('PATCH', '/b', [`Content-Type: ${type}`], '{"__proto__":1'));
        expect(api.last()).toMatchObject({ bodyKind: 'stream', bytes: Buffer.from('{"__proto__":1') });
      },
    }),
  ),
  {
    name: 'body: content-length of zero',
    async run({ api, exchange }) {
      await exchange(requestText('POST', '/b', ['Content-Type: application/json', 'Content-Length: 0']));
      expect(api.last().bodyKind).toBe('none');
    },
  },
  {
    name: 'body: 1 MB',
    async run({ api, connect }) {
      const connection = await connect();
      void connection.send(requestText('POST', '/b', [`Content-Length: ${megabyte.length}`]));
      void connection.send(megabyte);
      expect((await connection.reply()).status).toBe(200);
      expect(api.last().bytes.equals(megabyte)).toBe(true);
    },
  },
  {
    name: 'body: 1 MB, chunked',
    async run({ api, connect }) {
      const connection = await connect();
      void connection.send(requestText('POST', '/b', ['Transfer-Encoding: chunked']));
      void connection.send(chunked(megabyte, 10_007));
      expect((await connection.reply()).status).toBe(200);
      expect(api.last().bytes.equals(megabyte)).toBe(true);
    },
  },
  {
    name: 'body: chunked and empty',
    async run({ api, exchange }) {
      await exchange(`${requestText('POST', '/b', ['Transfer-Encoding: chunked'])}0\r\n\r\n`);
      expect(api.last()).toMatchObject({ bodyKind: 'stream', bytes: Buffer.alloc(0) });
    },
  },
  {
    name: 'body: chunked, with extensions and a trailer',
    async run({ api, exchange }) {
      const head = requestText('POST', '/b', ['Transfer-Encoding: chunked', 'Trailer: X-Sum']);
      await exchange(`${head}3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n`);
      expect(api.last().bytes.toString()).toBe('abcd');
    },
  },
  {
    name: 'body: arrives in pieces',
    async run({ api, connect }) {
      const connection = await connect();
      for (const piece of requestText('POST', '/b', ['x-a: 1'], 'in pieces').match(/.{1,7}/gs) ?? []) {
        await connection.send(piece);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await connection.reply();
      expect(api.last().bytes.toString()).toBe('in pieces');
    },
  },
];
