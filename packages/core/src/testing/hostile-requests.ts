import { gzipSync } from 'node:zlib';
import { defineEntity, p } from '@mikro-orm/core';
import { defineResource, type ResourceDescriptor } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import type { AuthenticationStrategy } from '../plugin/index.ts';
import { tokenStrategy } from './token-strategy.ts';

/**
 * A request that web frameworks disagree on (SECURITY section 3), as bytes on the wire, and what Sallyport answers
 * to it whatever stands in front.
 */
export interface HostileRequest {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  /** Lines in order; `Host` is among them. A `Content-Length` is added for a body. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
  readonly status: number;
  /** The code of the problem; absent where the request succeeds. */
  readonly code?: string;
}

/** The entity behind {@link hostileResource}. */
export const HostileNote = defineEntity({
  name: 'HostileNote',
  properties: {
    id: p.integer().primary(),
    slug: p.string().length(40).unique(),
    title: p.text(),
    version: p.integer().version(),
  },
});

/** What {@link hostileRequests} are sent to: served at the root, with a row whose `slug` is `1`. */
export const hostileResource: ResourceDescriptor = defineResource(HostileNote, {
  name: 'note',
  path: '/r',
  key: key.natural('slug'),
  keyName: null,
  version: 'version',
  scope: () => 'all',
  fields: (f) => ({ slug: f.field('slug', { write: 'create' }), title: f.field('title', { filter: true }) }),
  operations: { search: true, read: true, create: true, update: true, delete: true },
});

/** Knows the caller of {@link hostileRequests}: `Authorization: Bearer full`. */
export const hostileCaller: AuthenticationStrategy = tokenStrategy({ full: { scopes: ['all'] }, poor: { scopes: [] } });

type Line = readonly [name: string, value: string];

const host: Line = ['Host', 'api.test'];
const caller: Line = ['Authorization', 'Bearer full'];
const json: Line = ['Content-Type', 'application/json'];
const patch: Line = ['Content-Type', 'application/merge-patch+json'];
const bytes = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? Buffer.from(text) : text);

function request(
  name: string,
  [method, target]: readonly [string, string],
  expected: readonly [status: number, code?: string],
  {
    headers = [],
    body,
    as = [host, caller],
  }: { headers?: readonly Line[]; body?: string | Uint8Array; as?: readonly Line[] } = {},
): HostileRequest {
  const [status, code] = expected;
  return {
    name,
    method,
    target,
    headers: [...as, ...headers],
    body: body === undefined ? undefined : bytes(body),
    status,
    ...(code === undefined ? {} : { code }),
  };
}

const post = (
  name: string,
  expected: readonly [number, string?],
  body: string | Uint8Array,
  headers: readonly Line[] = [json],
) => request(name, ['POST', '/r'], expected, { headers, body });
const get = (
  name: string,
  target: string,
  expected: readonly [number, string?],
  as: readonly Line[] = [host, caller],
) => request(name, ['GET', target], expected, { as });

/**
 * The table. All may be sent in any order and again and again: none changes anything but the title of the one row.
 *
 * @see docs/reference/adapters.md#conformance
 */
export const hostileRequests: readonly HostileRequest[] = [
  post('JSON with __proto__', [400, 'malformed_body'], '{"__proto__":{"title":"x"},"slug":"h","title":"x"}'),
  post(
    'JSON with an escaped __proto__',
    [400, 'malformed_body'],
    '{"\\u005f_proto__":{"title":"x"},"slug":"h","title":"x"}',
  ),
  post('JSON with constructor.prototype', [400, 'malformed_body'], '{"constructor":{"prototype":{"title":"x"}}}'),
  post('JSON with a key twice', [400, 'malformed_body'], '{"slug":"h","slug":"i","title":"x"}'),
  post('JSON 10 000 levels deep', [400, 'malformed_body'], '['.repeat(10_000)),
  post('JSON 10 000 levels deep, closed', [400, 'malformed_body'], `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
  post('a JSON number for a body', [400, 'malformed_body'], '1'),
  post('a JSON null for a body', [400, 'malformed_body'], 'null'),
  post('a JSON list for a body', [422, 'invalid_body'], '[]'),
  post('JSON with U+0000', [400, 'malformed_body'], '{"slug":"h\\u0000","title":"x"}'),
  post('JSON with half a surrogate pair', [400, 'malformed_body'], '{"slug":"h","title":"\\ud800"}'),
  request('an empty JSON body', ['POST', '/r'], [400, 'malformed_body'], { headers: [json, ['Content-Length', '0']] }),
  post('invalid UTF-8', [400, 'malformed_body'], Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  post('a byte order mark in UTF-16', [400, 'malformed_body'], Buffer.from('\ufeff{"slug":"h"}', 'utf16le')),
  post('text after the document', [400, 'malformed_body'], '{"slug":"h","title":"x"}{}'),
  post('a content type with something behind it', [415, 'unsupported_media_type'], '{}', [
    ['Content-Type', 'application/json garbage'],
  ]),
  post('another charset', [415, 'unsupported_media_type'], '{}', [
    ['Content-Type', 'application/json; charset=utf-16'],
  ]),
  post('no content type', [415, 'unsupported_media_type'], '{}', []),
  post('a form', [415, 'unsupported_media_type'], 'b[c]=3', [['Content-Type', 'application/x-www-form-urlencoded']]),
  post('a compressed body', [415, 'unsupported_media_type'], gzipSync('{"slug":"h","title":"x"}'), [
    json,
    ['Content-Encoding', 'gzip'],
  ]),
  request('a merge patch', ['PATCH', '/r/1'], [200], { headers: [patch], body: '{"title":"patched"}' }),
  request('a merge patch that is no object', ['PATCH', '/r/1'], [400, 'malformed_body'], {
    headers: [patch],
    body: '[1]',
  }),
  request('a body of 200 KB', ['PATCH', '/r/1'], [200], {
    headers: [patch],
    body: JSON.stringify({ title: 'x'.repeat(200_000) }),
  }),
  request('a small body again', ['PATCH', '/r/1'], [200], { headers: [patch], body: '{"title":"small"}' }),
  request('a body over the limit', ['PATCH', '/r/1'], [413, 'body_too_large'], {
    headers: [patch],
    body: JSON.stringify({ title: 'x'.repeat(1_100_000) }),
  }),
  request('GET with a body', ['GET', '/r/1'], [200], { headers: [json], body: '{"title":' }),
  request('DELETE with a body', ['DELETE', '/r/gone'], [404, 'not_found'], { headers: [json], body: '{"title":' }),
  get('a bad percent-escape', '/r/%E0%A4%A', [400, 'malformed_target']),
  get('an escape of overlong UTF-8', '/r/%C0%AF', [400, 'malformed_target']),
  get('an escaped control character', '/r/%00', [400, 'malformed_target']),
  get('an escaped line feed', '/r/%0D%0AX-Evil:%201', [400, 'malformed_target']),
  get('a bad escape in the query', '/r?title=%E0%A4%A', [400, 'malformed_target']),
  get('another case', '/R/1', [404, 'not_found']),
  get('a slash at the end', '/r/1/', [404, 'not_found']),
  get('two slashes', '/r//1', [404, 'not_found']),
  get('an escaped letter', '/%72/1', [200]),
  get('an escaped slash in a key', '/r/1%2F2', [404, 'not_found']),
  get('a long key', `/r/${'k'.repeat(2000)}`, [400, 'malformed_key']),
  get('a target that is too long', `/r?title=${'x'.repeat(9000)}`, [414, 'target_too_long']),
  get('nothing there', '/nothing', [404, 'not_found']),
  request('QUERY', ['QUERY', '/r'], [405, 'method_not_allowed']),
  request('TRACE', ['TRACE', '/r'], [405, 'method_not_allowed']),
  request('PROPFIND', ['PROPFIND', '/r'], [405, 'method_not_allowed']),
  request('PUT where there is none', ['PUT', '/r'], [405, 'method_not_allowed']),
  request('another method by a header', ['POST', '/r/1'], [405, 'method_not_allowed'], {
    headers: [json, ['X-HTTP-Method-Override', 'DELETE']],
    body: '{}',
  }),
  get('a parameter twice', '/r?limit=1&limit=9', [400, 'invalid_parameter']),
  get('a parameter called __proto__', '/r?__proto__=x', [400, 'invalid_parameter']),
  get('a parameter called constructor', '/r?constructor=x', [400, 'invalid_parameter']),
  get('a parameter with brackets', '/r?limit[]=1', [400, 'invalid_parameter']),
  get('an unknown parameter', '/r?nope=1', [400, 'invalid_parameter']),
  get('two Host headers', '/r/1', [400, 'malformed_request'], [host, ['Host', 'evil.test'], caller]),
  get('two Authorization headers', '/r/1', [400, 'malformed_request'], [host, caller, caller]),
  get('no credentials', '/r/1', [401, 'unauthenticated'], [host]),
  get('no credentials, nothing there', '/nothing', [401, 'unauthenticated'], [host]),
  get('credentials in the query', '/r/1?access_token=full', [401, 'unauthenticated'], [host]),
  get('too little scope', '/r/1', [403, 'insufficient_scope'], [host, ['Authorization', 'Bearer poor']]),
  request('no credentials and a bad body', ['POST', '/r'], [401, 'unauthenticated'], {
    as: [host],
    headers: [json],
    body: '{"title":',
  }),
  get('a type that is not offered', '/r/1', [406, 'not_acceptable'], [host, caller, ['Accept', 'text/html']]),
  get(
    'headers that are too large',
    '/r/1',
    [431, 'headers_too_large'],
    [host, caller, ['X-Large', 'x'.repeat(16_400)]],
  ),
];
