import { expect } from 'vitest';
import { type ConformanceCase, requestText } from './case.ts';

/** How adapters live beside the host's own routes, other APIs, and body parsers. */
export const hostCases: readonly ConformanceCase[] = [
  ...(['before', 'after'] as const).map(
    (place): ConformanceCase => ({
      name: `host: its route ${place} the adapter is reached`,
      async run({ exchange }) {
        const reply = await exchange(requestText('GET', `/host/${place}`));
        expect([reply.status, reply.body.toString()]).toEqual([200, place]);
      },
    }),
  ),
  {
    name: 'host: what nobody owns is the host’s 404',
    async run({ api, exchange }) {
      const before = api.requests.length;
      expect((await exchange(requestText('GET', '/absent'))).status).toBe(404);
      expect(api.requests.length).toBe(before);
    },
  },
  {
    name: 'host: an API that declines after all leaves the request to the host',
    async run({ api, exchange }) {
      let asked = 0;
      api.script('/host-after-all', () => {
        asked += 1;
        return undefined;
      });
      expect((await exchange(requestText('POST', '/host-after-all', [], 'abc'))).status).toBe(404);
      expect(asked).toBe(1);
    },
  },
  {
    name: 'host: two APIs in one app',
    async run({ second, exchange }) {
      expect((await exchange(requestText('PATCH', '/second/%E0%A4%A'))).body.toString()).toBe(
        'second PATCH /second/%E0%A4%A',
      );
      expect(second.last().target).toBe('/second/%E0%A4%A');
      expect((await exchange(requestText('GET', '/first'))).body.toString()).toBe('first GET /first');
    },
  },
  {
    name: 'parser: a body that the host parsed is handed over parsed',
    parsedBodies: true,
    async run({ api, exchange }) {
      await exchange(requestText('POST', '/b', ['Content-Type: application/json'], '{"a":[1]}'));
      const { bodyKind, value, bytes } = api.last();
      expect(bodyKind === 'parsed' ? value : JSON.parse(bytes.toString())).toEqual({ a: [1] });
    },
  },
  {
    name: 'parser: a body that the host left alone is handed over as a stream',
    parsedBodies: true,
    async run({ api, exchange }) {
      await exchange(requestText('PATCH', '/b', ['Content-Type: application/x-other'], '{"a":1}'));
      expect(api.last()).toMatchObject({ bodyKind: 'stream', bytes: Buffer.from('{"a":1}') });
      await exchange(requestText('POST', '/b', [], 'abc'));
      expect(api.last()).toMatchObject({ bodyKind: 'stream', bytes: Buffer.from('abc') });
    },
  },
  {
    name: 'parser: no body is no body',
    parsedBodies: true,
    async run({ api, exchange }) {
      await exchange(requestText('POST', '/b', ['Content-Type: application/json', 'Content-Length: 0']));
      expect(api.last().bodyKind).toBe('none');
      await exchange(requestText('GET', '/b'));
      expect(api.last().bodyKind).toBe('none');
    },
  },
];
