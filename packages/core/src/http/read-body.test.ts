import { describe, expect, it } from 'vitest';
import type { BodyKind } from './body.ts';
import type { RawBody } from './message.ts';
import { type ReadBodyOptions, readBody } from './read-body.ts';
import { faultOfAsync } from './testing/fault.ts';
import { streamOf } from './testing/stream.ts';
import { bodyLeftUnread } from './unread.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const json = { 'content-type': 'application/json' };
const post: ReadBodyOptions = { method: 'POST', kinds: ['json'], required: true };

/** Every way a host can hand over the same text. */
function ways(text: string): readonly (readonly [string, RawBody])[] {
  const middle = Math.floor(text.length / 2);
  return [
    ['bytes', { kind: 'bytes', bytes: bytesOf(text) }],
    ['one chunk', streamOf(text).raw],
    ['two chunks', streamOf(text.slice(0, middle), text.slice(middle)).raw],
    ['express.raw()', { kind: 'parsed', value: Buffer.from(text) }],
    ['express.text()', { kind: 'parsed', value: text }],
  ];
}

describe('readBody', () => {
  it('reads JSON however it comes, objects without a prototype', async () => {
    for (const [name, raw] of ways('{"name":"Ada","tags":["ü"]}')) {
      const body = await readBody(raw, json, post);
      expect(body, name).toEqual({
        kind: 'json',
        value: Object.assign(Object.create(null), { name: 'Ada', tags: ['ü'] }),
      });
    }
  });

  it('puts characters together that chunks have cut', async () => {
    const bytes = bytesOf('["ü"]');
    const { raw } = streamOf(bytes.slice(0, 3), bytes.slice(3));
    expect(await readBody(raw, json, post)).toEqual({ kind: 'json', value: ['ü'] });
  });

  it('reads forms flat', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    for (const [name, raw] of ways('b[c]=3&a=1&a=2')) {
      expect(await readBody(raw, headers, { method: 'POST', kinds: ['form'] }), name).toEqual({
        kind: 'form',
        fields: [
          ['b[c]', '3'],
          ['a', '1'],
          ['a', '2'],
        ],
      });
    }
  });

  it('hands over bytes as they are, with their type', async () => {
    const options: ReadBodyOptions = { method: 'PUT', kinds: ['any'] };
    const { raw } = streamOf(Uint8Array.from([0xff, 0x00]));
    const body = await readBody(raw, { 'content-type': 'image/png' }, options);
    expect(body).toMatchObject({ kind: 'bytes', contentType: 'image/png' });
    expect(body.kind === 'bytes' && [...body.bytes]).toEqual([0xff, 0x00]);
    expect(await readBody(streamOf('a').raw, {}, options)).toMatchObject({ kind: 'bytes', contentType: undefined });
  });

  it('prefers reading to handing over where both are declared', async () => {
    const options: ReadBodyOptions = { method: 'PUT', kinds: ['any', 'json'] };
    expect(await readBody(streamOf('{}').raw, json, options)).toMatchObject({ kind: 'json' });
    expect(await readBody(streamOf('{}').raw, { 'content-type': 'text/x' }, options)).toMatchObject({ kind: 'bytes' });
  });

  describe('by the type of the body', () => {
    const cases: readonly (readonly [BodyKind, string, boolean])[] = [
      ['json', 'application/json', true],
      ['json', 'application/json; charset=utf-8', true],
      ['json', 'application/merge-patch+json', true],
      ['json', 'application/vnd.api+json', true],
      ['json', 'application/json-patch+json', false],
      ['json', 'application/json garbage', false],
      ['json', 'application/json; charset=utf-16', false],
      ['json', 'text/plain', false],
      ['json', 'application/x-www-form-urlencoded', false],
      ['merge-patch', 'application/merge-patch+json', true],
      ['merge-patch', 'application/json', true],
      ['merge-patch', 'APPLICATION/JSON;charset="UTF-8"', true],
      ['merge-patch', 'application/json-patch+json', false],
      ['merge-patch', 'application/vnd.api+json', false],
      ['form', 'application/x-www-form-urlencoded', true],
      ['form', 'application/json', false],
      ['form', 'multipart/form-data; boundary=a', false],
    ];
    it.each(cases)('a body of kind %s may be %s: %s', async (kind, type, taken) => {
      const { raw, seen } = streamOf('{}');
      const reading = readBody(raw, { 'content-type': type }, { method: 'POST', kinds: [kind] });
      if (taken) return expect((await reading).kind).not.toBe('none');
      const fault = await faultOfAsync(reading);
      expect(fault).toMatchObject({ code: 'unsupported_media_type', status: 415 });
      expect(seen.taken).toBe(0);
      expect(bodyLeftUnread(fault)).toBe(true);
    });

    it('says what it would take, by Accept or Accept-Patch', async () => {
      const headersFor = async (method: string, kinds: readonly BodyKind[]) =>
        (await faultOfAsync(readBody(streamOf('x').raw, { 'content-type': 'text/x' }, { method, kinds }))).headers;
      expect(await headersFor('POST', ['json', 'form'])).toEqual({
        accept: 'application/json, application/x-www-form-urlencoded',
      });
      expect(await headersFor('PATCH', ['merge-patch', 'json'])).toEqual({
        'accept-patch': 'application/merge-patch+json, application/json',
      });
    });

    it('refuses a body without a type, announced or not', async () => {
      for (const headers of [{ 'content-length': '2' }, { 'transfer-encoding': 'chunked' }, {}]) {
        const fault = await faultOfAsync(readBody(streamOf('{}').raw, headers, post));
        expect(fault.code).toBe('unsupported_media_type');
      }
    });
  });

  it('refuses encoded bodies, one rule for all', async () => {
    for (const encoding of ['gzip', 'br', 'identity, gzip', 'x']) {
      const { raw, seen } = streamOf('{}');
      const fault = await faultOfAsync(readBody(raw, { ...json, 'content-encoding': encoding }, post));
      expect(fault).toMatchObject({ code: 'unsupported_media_type', headers: { 'accept-encoding': 'identity' } });
      expect(seen.taken).toBe(0);
    }
    const body = await readBody(streamOf('{}').raw, { ...json, 'content-encoding': 'Identity' }, post);
    expect(body.kind).toBe('json');
  });

  describe('by the size of the body', () => {
    const limited: ReadBodyOptions = { ...post, limit: 10 };

    it('refuses an announced length at once', async () => {
      const { raw, seen } = streamOf('{}');
      const fault = await faultOfAsync(readBody(raw, { ...json, 'content-length': '11' }, limited));
      expect(fault).toMatchObject({ code: 'body_too_large', status: 413, facts: { limit: 10 } });
      expect(seen.taken).toBe(0);
      expect(bodyLeftUnread(fault)).toBe(true);
    });

    it('stops a stream at the limit, and does not destroy it', async () => {
      const { raw, seen } = streamOf('[1,2,', '3,4,5', ',6,7]', 'never');
      const fault = await faultOfAsync(readBody(raw, { ...json, 'transfer-encoding': 'chunked' }, limited));
      expect(fault.code).toBe('body_too_large');
      expect(bodyLeftUnread(fault)).toBe(true);
      expect(seen).toEqual({ taken: 3, returned: false });
    });

    it('does not believe a length that is too small', async () => {
      const fault = await faultOfAsync(
        readBody(streamOf('[1,2,3,4,5]').raw, { ...json, 'content-length': '3' }, limited),
      );
      expect(fault.code).toBe('body_too_large');
    });

    it('takes exactly the limit', async () => {
      expect(await readBody(streamOf('[1,2', ',3,45]').raw, json, limited)).toMatchObject({ kind: 'json' });
    });

    it('holds bytes that the host has read to the same limit', async () => {
      const fault = await faultOfAsync(readBody({ kind: 'bytes', bytes: bytesOf('[1,2,3,4,5]') }, json, limited));
      expect(fault.code).toBe('body_too_large');
      expect(bodyLeftUnread(fault)).toBe(false);
    });

    it('is 1 MiB where nothing is said', async () => {
      const text = (size: number) => `["${'a'.repeat(size - 4)}"]`;
      expect(await readBody(streamOf(text(1_048_576)).raw, json, post)).toMatchObject({ kind: 'json' });
      expect((await faultOfAsync(readBody(streamOf(text(1_048_577)).raw, json, post))).status).toBe(413);
    });

    it.each(['-1', '1.5', '0x10', '', ' ', '1, 1', '9'.repeat(16), 'NaN'])('refuses the length %j', async (length) => {
      const fault = await faultOfAsync(readBody(streamOf('{}').raw, { ...json, 'content-length': length }, post));
      expect(fault.code).toBe('malformed_request');
    });

    it('refuses a length beside chunks: it smells of smuggling', async () => {
      const headers = { ...json, 'content-length': '2', 'transfer-encoding': 'chunked' };
      expect((await faultOfAsync(readBody(streamOf('{}').raw, headers, post))).code).toBe('malformed_request');
    });
  });

  describe('when there is none', () => {
    const empties: readonly (readonly [string, RawBody, Record<string, string>])[] = [
      ['no body', { kind: 'none' }, {}],
      ['an empty stream', streamOf().raw, {}],
      ['empty chunks', streamOf('', '').raw, {}],
      ['length 0', streamOf().raw, { 'content-length': '0' }],
      ['no bytes', { kind: 'bytes', bytes: new Uint8Array() }, {}],
      ['express 5', { kind: 'parsed', value: undefined }, { 'content-length': '0' }],
      ['koa and express 4', { kind: 'parsed', value: {} }, { 'content-length': '0' }],
      ['a host that says null', { kind: 'parsed', value: null }, {}],
    ];
    it.each(empties)('%s is an error only if a body is required', async (_, raw, headers) => {
      for (const type of [json, {}]) {
        expect(await readBody(raw, { ...headers, ...type }, { method: 'POST', kinds: ['json'] })).toEqual({
          kind: 'none',
        });
        const fault = await faultOfAsync(readBody(raw, { ...headers, ...type }, post));
        expect(fault).toMatchObject({ code: 'malformed_body', status: 400 });
      }
    });

    it('leaves a body alone where none is declared', async () => {
      for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
        const { raw, seen } = streamOf('{"a":1}');
        expect(await readBody(raw, { ...json, 'content-length': '7' }, { method, kinds: [] })).toEqual({
          kind: 'none',
        });
        expect(seen.taken).toBe(0);
      }
    });

    it('reads the body of a DELETE or QUERY that declares one', async () => {
      for (const method of ['DELETE', 'QUERY']) {
        expect(await readBody(streamOf('{}').raw, json, { method, kinds: ['json'] })).toMatchObject({ kind: 'json' });
      }
    });
  });

  it('tells which content a QUERY takes', async () => {
    const xml = { 'content-type': 'application/xml', 'content-length': '2' };
    const fault = await faultOfAsync(readBody(streamOf('<>').raw, xml, { method: 'QUERY', kinds: ['json'] }));
    expect(fault).toMatchObject({ code: 'unsupported_media_type', headers: { 'accept-query': 'application/json' } });
  });

  describe('that is not well formed', () => {
    it.each(['1', '"a"', 'null', 'true', '{', '{"__proto__":1}', '{"a":1,"a":2}', '['.repeat(10_000), ' '])(
      'refuses %j',
      async (text) => {
        for (const [name, raw] of ways(text)) {
          const fault = await faultOfAsync(readBody(raw, json, post));
          expect(fault, name).toMatchObject({ code: 'malformed_body', status: 400 });
          expect(bodyLeftUnread(fault), name).toBe(false);
        }
      },
    );

    it('refuses a merge patch that is no object', async () => {
      const options: ReadBodyOptions = { method: 'PATCH', kinds: ['merge-patch'] };
      for (const raw of [streamOf('[]').raw, { kind: 'parsed', value: [] } satisfies RawBody]) {
        expect((await faultOfAsync(readBody(raw, { ...json, 'content-length': '2' }, options))).code).toBe(
          'malformed_body',
        );
      }
    });
  });
});
