import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import type { RawBody } from '../http/index.ts';
import { silentLogger } from '../services/index.ts';
import {
  call,
  HostileNote,
  hostileCaller,
  hostileRequests,
  hostileResource,
  type OpenTestDatabase,
  testDatabases,
} from '../testing/index.ts';

async function* inPieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 30_000) yield bytes.subarray(at, at + 30_000);
}

for (const database of testDatabases()) {
  describe(`hostile requests on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open([HostileNote]);
      const em = open.orm.em.fork();
      em.create(HostileNote, { slug: '1', title: 'one' });
      await em.flush();
      api = await createApi({
        orm: open.orm,
        resources: [hostileResource],
        auth: [hostileCaller],
        logger: silentLogger,
      });
    });
    afterAll(() => open?.close());

    for (const asStream of [false, true]) {
      for (const { name, method, target, headers, body, status, code } of hostileRequests) {
        it(`${name}${asStream ? ', as a stream' : ''}`, async () => {
          const length = body === undefined ? [] : [['Content-Length', String(body.byteLength)] as const];
          const raw: RawBody =
            body === undefined
              ? { kind: 'none' }
              : asStream
                ? { kind: 'stream', stream: inPieces(body) }
                : { kind: 'bytes', bytes: body };
          const response = await api.handle(
            {
              method,
              target,
              rawHeaders: [...headers, ...length].flat(),
              remoteAddress: '127.0.0.1',
              encrypted: false,
              body: raw,
            },
            { unmatched: 'answer' },
          );
          expect(response?.status, String(response?.body)).toBe(status);
          expect(response?.headers['content-type']).toMatch(
            status < 400 ? 'application/json' : /^application\/problem\+json$/,
          );
          expect(response?.headers['cache-control']).toBe('no-store');
          expect(response?.headers['x-content-type-options']).toBe('nosniff');
          if (code !== undefined) expect(JSON.parse(String(response?.body))).toMatchObject({ status, code });
        });
      }
    }

    it('has left one row', async () => {
      const all = await call(api, 'GET', '/r', { headers: { authorization: 'Bearer full' } });
      expect(all.body).toEqual({ data: [{ slug: '1', title: 'small' }] });
    });
  });
}
