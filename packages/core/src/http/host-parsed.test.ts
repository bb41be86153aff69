import { describe, expect, it } from 'vitest';
import type { RawBody } from './message.ts';
import { type ReadBodyOptions, readBody } from './read-body.ts';
import { faultOfAsync } from './testing/fault.ts';
import { bodyLeftUnread } from './unread.ts';

const json = { 'content-type': 'application/json' };
const post: ReadBodyOptions = { method: 'POST', kinds: ['json'], required: true };

describe('a body that the host has parsed', () => {
  const parsed = (value: unknown): RawBody => ({ kind: 'parsed', value });
  const sent = { ...json, 'content-length': '9' };

  it('copies it to objects without a prototype', async () => {
    const body = await readBody(parsed({ a: [{ b: null }] }), sent, post);
    expect(body).toMatchObject({ kind: 'json' });
    const value = body.kind === 'json' ? (body.value as { a: [object] }) : undefined;
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.getPrototypeOf(value?.a[0])).toBe(null);
  });

  const deep: unknown = JSON.parse('['.repeat(10_000) + ']'.repeat(10_000));
  const cyclic: unknown[] = [];
  cyclic.push(cyclic, cyclic);
  it.each([
    ['a forbidden key', JSON.parse('{"a":{"__proto__":1}}'), 'malformed_body'],
    ['the key constructor', { constructor: 1 }, 'malformed_body'],
    ['depth', deep, 'malformed_body'],
    ['a cycle', cyclic, 'malformed_body'],
    ['too many keys', Object.fromEntries(Array.from({ length: 10_001 }, (_, key) => [key, 0])), 'malformed_body'],
    ['a number', 1, 'malformed_body'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'malformed_body'],
    ['NUL', ['\0'], 'malformed_body'],
    ['half a surrogate pair in a key', { '\ud800': 1 }, 'malformed_body'],
    ['a Date', { a: new Date(0) }, 'malformed_body'],
    ['undefined', { a: undefined }, 'malformed_body'],
    ['a function', { a: () => 1 }, 'malformed_body'],
    ['its size', { a: 'a'.repeat(1_048_576) }, 'body_too_large'],
  ])('refuses %s', async (_, value, code) => {
    const fault = await faultOfAsync(readBody(parsed(value), sent, post));
    expect(fault.code).toBe(code);
    expect(bodyLeftUnread(fault)).toBe(false);
  });

  it('names the place of the fault', async () => {
    const fault = await faultOfAsync(readBody(parsed({ a: [0, { b: Number.NaN }] }), sent, post));
    expect(fault.issues[0]?.path).toEqual(['a', 1, 'b']);
  });

  it('still asks for the right type', async () => {
    for (const type of ['text/plain', 'application/json garbage']) {
      const fault = await faultOfAsync(readBody(parsed({ a: 1 }), { ...sent, 'content-type': type }, post));
      expect(fault.code).toBe('unsupported_media_type');
      expect(bodyLeftUnread(fault)).toBe(false);
    }
    expect((await faultOfAsync(readBody(parsed({ a: 1 }), {}, post))).code).toBe('unsupported_media_type');
  });

  it('makes pairs of forms and refuses nested ones', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '9' };
    const options: ReadBodyOptions = { method: 'POST', kinds: ['form'], formFields: 3 };
    expect(await readBody(parsed({ a: '1', b: ['2', '3'] }), headers, options)).toEqual({
      kind: 'form',
      fields: [
        ['a', '1'],
        ['b', '2'],
        ['b', '3'],
      ],
    });
    for (const value of [{ b: { c: '3' } }, { a: 1 }, { a: '\0' }, ['a'], { a: ['1', '2', '3', '4'] }]) {
      expect((await faultOfAsync(readBody(parsed(value), headers, options))).code).toBe('malformed_body');
    }
  });

  it('cannot hand over bytes that are gone', async () => {
    const fault = await faultOfAsync(readBody(parsed({ a: 1 }), sent, { method: 'PUT', kinds: ['any'] }));
    expect(fault.code).toBe('unsupported_media_type');
  });
});
