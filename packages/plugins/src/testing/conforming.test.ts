import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { definePlugin, type Outcome } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonRpc } from '../json-rpc/index.ts';
import { type OpenShop, openShop } from '../openapi/fixtures/shop.ts';
import { openapi, openapiDocument } from '../openapi/index.ts';
import { ConformanceError } from './conformance-error.ts';
import { call, conformingTo } from './conforming.ts';

/** What the route `/drift` answers, set by each test. */
let drift: Outcome = { kind: 'value', status: 200, value: {} };

const drifting = definePlugin({
  name: 'test.drift',
  routes: () => [
    {
      method: 'GET',
      path: '/drift',
      name: 'drift',
      scope: 'public',
      responses: {
        200: {
          description: 'As declared.',
          headers: {
            'X-Count': { description: 'A number.', schema: { type: 'integer', minimum: 1 }, required: true },
            'X-Mood': { description: 'Perhaps.', schema: { type: 'string', enum: ['good'] } },
          },
          schema: {
            type: 'object',
            properties: { list: { type: 'array', items: { type: 'integer' } } },
            additionalProperties: false,
          },
        },
        204: { description: 'Nothing.' },
      },
      handle: () => drift,
    },
  ],
});

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop({ plugins: [openapi(), drifting] });
});
afterAll(() => shop?.close());

const full = { authorization: 'Bearer full' };

async function faultOf(work: Promise<unknown>): Promise<ConformanceError> {
  const fault: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(fault).toBeInstanceOf(ConformanceError);
  return fault as ConformanceError;
}

describe('what an API answers', () => {
  it('is as its document says, operation by operation', async () => {
    const list = await call(shop.api, 'GET', '/api/article?count=exact&limit=1', { headers: full });
    expect(list.body).toMatchObject({ total: 1 });
    await call(shop.api, 'GET', '/api/article?expand=origin', { headers: full });
    const read = await call(shop.api, 'GET', '/api/article/chair', { headers: full });
    expect(read.body).toMatchObject({ colour: { text: 'Red' }, dimensions: { width: 4, height: 9 }, area: [4, 9] });
    const etag = String(read.headers.etag);
    expect(
      (await call(shop.api, 'GET', '/api/article/chair', { headers: { ...full, 'if-none-match': etag } })).status,
    ).toBe(304);
    expect((await call(shop.api, 'HEAD', '/api/article/chair', { headers: full })).status).toBe(200);
    const body = {
      slug: 'desk',
      name: 'Desk',
      note: 'Oak',
      size: 'large',
      price: '12.50',
      weight: 3.5,
      madeOn: '2026-01-02',
      soldAt: '2026-01-02T03:04:05Z',
      token: '7f1c4a3e-5d1b-4c7e-9a51-0c6f7f0e6c11',
      extra: { any: ['thing'] },
      picture: 'aGVsbG8=',
      dimensions: { width: 1 },
      origin: 'BE',
      maker: { reference: 'Country/BE' },
      colour: { coding: [{ system: 'urn:colours', code: 'red' }] },
      related: ['chair'],
      names: [{ language: 'nl', text: 'Bureau' }],
    };
    const created = await call(shop.api, 'POST', '/api/article', { headers: full, body });
    expect(created.status, created.text).toBe(201);
    const patched = await call(shop.api, 'PATCH', '/api/article/desk', { headers: full, body: { note: null } });
    expect(patched.status, patched.text).toBe(200);
    const { sold: _, label: __, area: ___, ...whole } = patched.body as Record<string, unknown>;
    const replaced = await call(shop.api, 'PUT', '/api/article/desk', {
      headers: full,
      body: { ...whole, note: 'Pine' },
    });
    expect(replaced.status, replaced.text).toBe(200);
    const stale = { ...full, 'if-match': '"0"' };
    expect((await call(shop.api, 'DELETE', '/api/article/desk', { headers: stale })).status).toBe(412);
    expect((await call(shop.api, 'DELETE', '/api/article/desk', { headers: full })).status).toBe(204);
    await call(shop.api, 'POST', '/api/article/chair/reserve', { headers: full, body: { count: 1 } });
    await call(shop.api, 'GET', '/api/article/tree', { headers: full });
    await call(shop.api, 'GET', '/api/country');
    await call(shop.api, 'GET', '/api/country/BE');
  });

  it('is as its document says when it refuses', async () => {
    const status = async (...args: [string, string, object?]) => (await call(shop.api, ...args)).status;
    expect(await status('GET', '/api/article')).toBe(401);
    expect(await status('GET', '/api/article', { headers: { authorization: 'Bearer poor' } })).toBe(403);
    expect(await status('GET', '/api/article/none', { headers: full })).toBe(404);
    expect(await status('GET', '/api/article?limit=0', { headers: full })).toBe(400);
    expect(await status('GET', '/api/article?bogus=1', { headers: full })).toBe(400);
    expect(await status('GET', '/api/article', { headers: { ...full, accept: 'image/png' } })).toBe(406);
    expect(await status('POST', '/api/article', { headers: full, body: { name: 1 } })).toBe(422);
    expect(await status('POST', '/api/article', { headers: full, body: '{' })).toBe(415);
    expect(
      await status('POST', '/api/article', { headers: { ...full, 'content-type': 'application/json' }, body: '{' }),
    ).toBe(400);
    const twice = { slug: 'chair', name: 'Chair', maker: { reference: 'Country/BE' } };
    expect(await status('POST', '/api/article', { headers: full, body: twice })).toBe(409);
    expect(await status('POST', '/api/article', { headers: full, body: 'x'.repeat(2_000_000) })).toBe(413);
    expect(await status('GET', `/api/article?name=${'x'.repeat(20_000)}`, { headers: full })).toBe(414);
    expect(await status('POST', '/api/article/chair/reserve', { headers: full, body: { count: 60 } })).toBe(402);
  });

  it('is as expected where there is no operation', async () => {
    const status = async (method: string, target: string) =>
      (await call(shop.api, method, target, { headers: full })).status;
    expect(await status('GET', '/api/nowhere')).toBe(404);
    expect(await status('DELETE', '/api/country')).toBe(405);
    expect(await status('OPTIONS', '/api/country')).toBe(204);
    expect(await status('GET', '/api/%E0%A4%A')).toBe(400);
    expect(await status('GET', '/api/docs')).toBe(200);
    expect(await status('GET', '/elsewhere')).toBe(404);
  });

  it('is as its document says in another envelope', async () => {
    const other = await shop.another({ envelope: jsonRpc() });
    await call(other, 'GET', '/api/article', { headers: full });
    await call(other, 'GET', '/api/article/none', { headers: full });
    const refused = await call(other, 'POST', '/api/article', { headers: full, body: {} });
    expect(refused.status).toBe(200);
    const body = { slug: 'lamp', name: 'Lamp', maker: { reference: 'Country/BE' } };
    expect((await call(other, 'POST', '/api/article', { headers: full, body })).status).toBe(200);
    await call(other, 'DELETE', '/api/article/lamp', { headers: full });
  });
});

describe('a response that is not as declared', () => {
  const answered = (outcome: Outcome) => {
    drift = outcome;
    return call(shop.api, 'GET', '/api/drift');
  };
  const headers = { 'x-count': '1' };

  it.each<[string, Outcome, object]>([
    ['a status', { kind: 'value', status: 202, value: {} }, { part: 'status', message: '202 is not declared' }],
    [
      'a header that is missing',
      { kind: 'value', status: 200, value: {} },
      { part: 'header x-count', message: 'is missing' },
    ],
    [
      'a header’s value',
      { kind: 'value', status: 200, value: {}, headers: { 'x-count': '0' } },
      { part: 'header x-count' },
    ],
    [
      'an optional header’s value',
      { kind: 'value', status: 200, value: {}, headers: { ...headers, 'x-mood': 'bad' } },
      { part: 'header x-mood' },
    ],
    [
      'a media type',
      { kind: 'raw', status: 200, body: 'hello', headers: { ...headers, 'content-type': 'text/plain' } },
      { part: 'content-type', message: 'text/plain is not declared, only application/json' },
    ],
    ['no body', { kind: 'value', status: 200, value: undefined, headers }, { part: 'content-type' }],
    [
      'a value',
      { kind: 'value', status: 200, value: { list: [1, 'two'] }, headers },
      { part: 'body', pointer: '/list/1' },
    ],
    ['a member', { kind: 'value', status: 200, value: { more: 1 }, headers }, { part: 'body', pointer: '' }],
  ])('is an error: %s', async (_name, outcome, mismatch) => {
    const fault = await faultOf(answered(outcome));
    expect(fault).toMatchObject({ route: 'drift', status: outcome.status });
    expect(fault.mismatches).toEqual([expect.objectContaining(mismatch)]);
    expect(fault.message).toContain(`GET /api/drift (drift) answered ${outcome.status}`);
  });

  it('is an error of a resource’s method, too', async () => {
    const reserve = (count: number) =>
      call(shop.api, 'POST', '/api/article/chair/reserve', { headers: full, body: { count } });
    expect((await faultOf(reserve(11))).mismatches).toEqual([expect.objectContaining({ pointer: '/left' })]);
    expect((await faultOf(reserve(21))).message).toContain('more');
  });

  it('is nothing when it is as declared', async () => {
    await answered({ kind: 'value', status: 200, value: { list: [1] }, headers });
    await answered({ kind: 'value', status: 204, value: undefined });
  });
});

describe('responses from the wire', () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const wrong = request.headers['x-wrong'] !== undefined;
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-request-id', 'a');
      response.end(JSON.stringify(wrong ? { id: 'BE', name: 7 } : { id: 'BE', name: 'Belgium' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server?.close());

  it.each(['its API', 'its document alone'])('are held against %s', async (source) => {
    const { fetch, check } = conformingTo(source === 'its API' ? shop.api : openapiDocument(shop.api.plan));
    const response = await fetch(`${origin}/api/country/BE?x=1`);
    expect(await response.json()).toEqual({ id: 'BE', name: 'Belgium' });
    const fault = await faultOf(fetch(`${origin}/api/country/BE`, { headers: { 'x-wrong': '1' } }));
    expect(fault.mismatches).toEqual([expect.objectContaining({ part: 'body', pointer: '/name' })]);
    const judge = (headers: Readonly<Record<string, string>>, text: string) => () =>
      check('GET', '/api/country/BE', { status: 500, headers, text });
    const sent = { 'x-request-id': 'a', 'content-type': 'application/problem+json' };
    expect(judge({}, '')).toThrow('header x-request-id: is missing');
    expect(judge(sent, 'hello')).toThrow('body: is not JSON');
    expect(judge(sent, '{}')).toThrow("body: must have required property 'code'");
    expect(() => check('GET', '/other/country/BE', { status: 500, headers: {}, text: '' })).not.toThrow();
    const page = { status: 200, headers: { 'content-type': 'text/html' }, text: '<p>' };
    expect(() => check('GET', '/api/docs', page)).not.toThrow();
    expect(() => check('HEAD', '/api/country/BE', { ...page, status: 405, text: '' })).not.toThrow();
  });

  it('need a document of version 3.1', () => {
    const document = openapiDocument(shop.api.plan, { version: '3.0' });
    expect(() => conformingTo(document as never)).toThrow('3.0.3');
  });
});
