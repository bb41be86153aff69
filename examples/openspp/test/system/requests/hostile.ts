import { nationalId, person } from '../support/bootstrap.ts';
import { at, base, type Facts, json, raw, request } from './request.ts';

const one = at('/Individual/{}', nationalId('NX-1'));
const address = `${base}${one}`;
const invalid = [422, 'schema_violation'] as const;

const body = (name: string, text: string | Uint8Array) =>
  request(`hostile body: ${name}`, 'POST /Individual', invalid, { headers: [json], body: text });

/** A request for a person with these lines behind the first, and whatever follows. */
const lines = (name: string, expected: Facts['expected'], heads: readonly string[], more = '', method = 'GET') =>
  raw(
    `hostile: ${name}`,
    { method, target: address, expected },
    `${method} ${address} HTTP/1.1\r\n${heads.join('\r\n')}\r\n\r\n${more}`,
  );

const known = ['Host: api.test', 'Authorization: Bearer {{full}}'];
const smuggled = JSON.stringify(person('NX-900'));

/** What web frameworks take in different ways (SECURITY section 3). */
export const hostileRequests = [
  body('__proto__', '{"__proto__":{"active":false},"identifier":[]}'),
  body('__proto__, escaped', '{"\\u005f_proto__":{"active":false}}'),
  body('constructor.prototype', '{"constructor":{"prototype":{"active":false}}}'),
  body('a key twice', '{"active":true,"active":false}'),
  body('10 000 levels deep', '['.repeat(10_000)),
  body('10 000 levels deep, closed', `{"extension":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
  body('U+0000', '{"name":{"given":"a\\u0000b"}}'),
  body('half a surrogate pair', '{"name":{"given":"\\ud800"}}'),
  body('invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  body('UTF-16', Buffer.from('\ufeff{"active":true}', 'utf16le')),
  body('something behind it', '{"active":true}{}'),
  body('a number out of all bounds', '{"identifier":1e999}'),
  request('hostile body: too large', 'POST /Individual', [413, 'body_too_large'], {
    headers: [json],
    body: JSON.stringify(person('NX-901', { photo: 'A'.repeat(70_000) })),
  }),
  request('hostile body: too large, in chunks', 'POST /Individual', [413, 'body_too_large'], {
    headers: [json],
    body: JSON.stringify(person('NX-901', { photo: 'A'.repeat(70_000) })),
    chunked: 8192,
  }),
  request('hostile: GET with a body', `GET ${one}`, 200, { headers: [json], body: '{"name":' }),
  request('hostile: GET with a body in chunks', `GET ${one}`, 200, { headers: [json], body: '{"name":', chunked: 3 }),
  request('hostile: another method by a header', `POST ${one}`, [405, 'method_not_allowed'], {
    headers: ['X-HTTP-Method-Override: DELETE'],
    body: {},
  }),
  request('hostile target: a bad escape', 'GET /Individual/%E0%A4%A', 400),
  request('hostile target: overlong UTF-8', 'GET /Individual/%C0%AF', 400),
  request('hostile target: a control character', 'GET /Individual/a%00%7Cb', 400),
  request('hostile target: a line feed', 'GET /Individual/%0D%0AX-Evil:%201', 400),
  request('hostile target: a slash behind', 'GET /Individual/', 307),
  request('hostile target: a slash behind, with a query', 'GET /Individual/?_count=1&name=%2F%2Fevil.test', 307),
  request('hostile target: two slashes', 'GET //Individual', [404, 'route_not_found']),
  request('hostile target: two slashes in front', `GET !/${base}/Individual`, 404),
  request('hostile target: dots', 'GET /Program/../Individual', [404, 'route_not_found']),
  request('hostile target: dots, escaped', 'GET /Program/%2e%2e/Individual', [404, 'route_not_found']),
  request('hostile target: another case', 'GET /individual', [404, 'route_not_found']),
  request('hostile target: letters escaped', 'GET /%49ndividual?_count=1', 200),
  request('hostile target: a semicolon', 'GET /Individual;v=1', [404, 'route_not_found']),
  request('hostile target: a backslash', 'GET /Individual\\x', 400),
  request('hostile target: a key of 2000', `GET /Individual/${'k'.repeat(2000)}`, 400),
  request('hostile target: with its host', `GET !http://api.test${base}/metadata`, 200),
  request('hostile target: with another host', `GET !http://evil.test${base}/metadata`, 200),
  request('hostile target: a star', 'OPTIONS !*', 404),
  lines('two hosts', 400, ['Host: api.test', 'Host: evil.test', 'Authorization: Bearer {{full}}']),
  lines('no host', 400, ['Authorization: Bearer {{full}}']),
  lines('a host that is none', 400, ['Host: a b/c', 'Authorization: Bearer {{full}}']),
  lines('large headers', 431, [...known, `X-Large: ${'x'.repeat(16_400)}`]),
  lines('a header without a colon', 400, [...known, 'Nonsense']),
  lines('a header on two lines', 400, [...known, 'X-Folded: a', ' b']),
  lines('two lengths', 400, [...known, json, 'Content-Length: 5', 'Content-Length: 6'], 'abcde', 'PUT'),
  lines(
    'a length and chunks',
    400,
    [...known, json, `Content-Length: 5`, 'Transfer-Encoding: chunked'],
    `${smuggled}`,
    'PUT',
  ),
  lines('a coding that nobody knows', 422, [...known, json, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n', 'PUT'),
  lines('chunks that are none', 400, [...known, json, 'Transfer-Encoding: chunked'], 'zz\r\nabc\r\n0\r\n\r\n', 'PUT'),
  lines('an upgrade', 200, [...known, 'Connection: Upgrade', 'Upgrade: h2c']),
  lines('an expectation that nobody knows', 417, [...known, 'Expect: a-miracle']),
  raw(
    'hostile: HTTP/1.0',
    { method: 'GET', target: address, expected: 200 },
    `GET ${address} HTTP/1.0\r\nAuthorization: Bearer {{full}}\r\n\r\n`,
  ),
  raw('hostile: HTTP/0.9', { method: 'GET', target: address, expected: 401 }, `GET ${address}\r\n\r\n`),
  raw('hostile: no HTTP', { method: 'GET', target: address, expected: 400 }, 'EHLO mail.test\r\n\r\n'),
];
