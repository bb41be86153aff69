import { ConfigurationError } from '@sallyport/core';
import { call, type TestResponse } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from './fixtures/shop.ts';
import { openapi } from './plugin.ts';

let shop: OpenShop;
let switchedOff: string | undefined;
beforeAll(async () => {
  const plugin = openapi({
    paths: { redoc: '/redoc' },
    info: { title: 'Shop </title><script>' },
    servers: [{ url: '/api' }, { url: 'https://shop.example/api' }],
    include: ({ name }) => name !== switchedOff,
  });
  shop = await openShop({ plugins: [plugin] });
});
afterAll(() => shop?.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  call(shop.api, 'GET', `/api${path}`, { headers });

/** The directives of a policy. */
function policyOf(response: TestResponse): Readonly<Record<string, string>> {
  const text = String(response.headers['content-security-policy']);
  return Object.fromEntries(text.split('; ').map((part) => [part.split(' ', 1)[0], part.slice(part.indexOf(' ') + 1)]));
}

describe('the document', () => {
  it('is 3.1 unless another version is asked for', async () => {
    const version = async (path: string) => ((await get(path)).body as { openapi: string }).openapi;
    expect(await version('/openapi.json')).toBe('3.1.0');
    expect(await version('/openapi.json?version=3.1')).toBe('3.1.0');
    expect(await version('/openapi.json?version=3.0')).toBe('3.0.3');
    expect(await version('/openapi-3.0.json')).toBe('3.0.3');
    expect((await get('/openapi.json?version=2.0')).status).toBe(400);
  });

  it('is asked for again only when it has changed', async () => {
    const first = await get('/openapi.json');
    expect(first.headers['cache-control']).toBe('public, no-cache');
    expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
    const again = await get('/openapi.json', { 'if-none-match': String(first.headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
    const head = await call(shop.api, 'HEAD', '/api/openapi.json');
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', first.headers.etag]);
  });

  it('shows what is switched on at the time', async () => {
    const paths = async () => Object.keys(((await get('/openapi.json')).body as { paths: object }).paths);
    const before = (await get('/openapi.json')).headers.etag;
    expect(await paths()).toContain('/article/tree');
    switchedOff = 'article.tree';
    expect(await paths()).not.toContain('/article/tree');
    expect((await get('/openapi.json')).headers.etag).not.toBe(before);
    switchedOff = undefined;
  });

  it('says nothing of the routes that serve it', async () => {
    const paths = Object.keys(((await get('/openapi.json')).body as { paths: object }).paths);
    expect(paths.filter((path) => /docs|openapi|redoc/.test(path))).toEqual([]);
  });
});

it('lets only Redoc write styles into its page', async () => {
  expect(policyOf(await get('/docs'))['style-src']).toBe("'self'");
  expect(policyOf(await get('/redoc'))['style-src']).toBe("'self' 'unsafe-inline'");
});

describe.each([
  ['Swagger UI', '/docs', 'swagger-ui-bundle.js'],
  ['Redoc', '/redoc', 'redoc.standalone.js'],
])('the page of %s', (_name, path, bundle) => {
  it('is made of files of this server and of nothing else', async () => {
    const page = await get(path);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/https?:/);
    expect(page.text).not.toMatch(/<script(?! src=)|<style|\son[a-z]+=|style=/);
    expect(page.text).toContain('<title>Shop &lt;/title&gt;&lt;script&gt;</title>');
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(addresses.some((address) => address.includes(bundle))).toBe(true);
    for (const address of addresses) {
      const { pathname, search } = new URL(address, `http://test/api${path}`);
      const file = await call(shop.api, 'GET', pathname + search);
      expect([address, file.status]).toEqual([address, 200]);
      expect(file.text.length).toBeGreaterThan(100);
      if (search !== '') expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      const again = await call(shop.api, 'GET', pathname + search, {
        headers: { 'if-none-match': String(file.headers.etag) },
      });
      expect(again.status).toBe(304);
    }
  });

  it('has a policy that permits it alone', async () => {
    const policy = policyOf(await get(path));
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'connect-src': "'self' https://shop.example",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
    });
  });

  it('is started by a script that finds the document wherever the API is mounted', async () => {
    const { text, headers } = await get(`${path}/init.js`);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(text).toContain('at("openapi.json")');
  });
});

it('has a page to come back to from an authorisation server', async () => {
  const page = await get('/docs/oauth2-redirect');
  expect(page.text).toContain('<script src="oauth2-redirect.js"></script>');
  expect(policyOf(page)).toMatchObject({ 'default-src': "'none'", 'script-src': "'self'" });
  expect((await get('/docs/oauth2-redirect.js')).text).toContain('swaggerUIRedirectOauth2');
});

it('answers types of its own', async () => {
  const type = async (path: string) => (await get(path)).headers['content-type'];
  expect(await type('/docs/swagger-ui.css')).toBe('text/css; charset=utf-8');
  expect(await type('/docs/swagger-ui-bundle.js')).toBe('text/javascript; charset=utf-8');
  expect(await type('/docs/favicon-32x32.png')).toBe('image/png');
});

it('can be kept to callers with a scope, and to fewer paths', async () => {
  const plugin = openapi({
    scope: ['country:read'],
    paths: { document: '/spec/v1.json', document30: false, docs: false },
  });
  const other = await shop.another({ plugins: [plugin] });
  expect((await call(other, 'GET', '/api/spec/v1.json')).status).toBe(401);
  const headers = { authorization: 'Bearer full' };
  const seen = await call(other, 'GET', '/api/spec/v1.json', { headers });
  expect(seen.headers['cache-control']).toBe('private, no-cache');
  expect((await call(other, 'GET', '/api/docs', { headers })).status).toBe(404);
  expect((await call(other, 'GET', '/api/openapi-3.0.json', { headers })).status).toBe(404);
});

it('names the document from pages at any depth', async () => {
  const plugin = openapi({ paths: { document: '/meta/openapi.json', docs: '/a/b/docs' } });
  const other = await shop.another({ plugins: [plugin] });
  expect((await call(other, 'GET', '/api/a/b/docs/init.js')).text).toContain('at("../../meta/openapi.json")');
});

it('stops the start for a path that is none', async () => {
  await expect(shop.another({ plugins: [openapi({ paths: { docs: 'docs' } })] })).rejects.toThrow(ConfigurationError);
});
