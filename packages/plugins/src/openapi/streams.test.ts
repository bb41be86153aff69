import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, conformingTo } from '../testing/index.ts';
import { type OpenShop, openShop } from './fixtures/shop.ts';
import { openapiDocument } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents are looked at by matchers
type Looked = any;

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

/** The shop, with articles that can be streamed. */
function streaming() {
  const resources = [...shop.api.plan.resources.values()].map(({ descriptor }) =>
    descriptor.name === 'article'
      ? { ...descriptor, operations: { ...descriptor.operations, search: { description: 'Goods.', stream: true } } }
      : descriptor,
  );
  return shop.another({ resources });
}

it('shows what a search is streamed as, beside its pages', async () => {
  const api = await streaming();
  for (const version of ['3.1', '3.0'] as const) {
    const { paths }: Looked = openapiDocument(api.plan, { version });
    const { get } = paths['/article'];
    const { content, 'x-alternatives': alternatives } = get.responses['200'];
    // Types that are generated from the document are those of pages.
    expect(Object.keys(content)).toEqual(['application/json']);
    expect(Object.keys(alternatives)).toEqual(['application/x-ndjson']);
    expect(get.description).toMatch(
      /^Goods\.\n\nWith `Accept: application\/x-ndjson`: all records that match, one a line/,
    );
    const read = paths['/article/{key}'].get.responses['200'].content['application/json'].schema;
    expect(alternatives['application/x-ndjson'].schema).toEqual(read);
    expect(paths['/country'].get.responses['200']).not.toHaveProperty('x-alternatives');
  }
});

it('describes each line', async () => {
  const api = await streaming();
  const headers = { authorization: 'Bearer full', accept: 'application/x-ndjson' };
  // Held against the document, line by line.
  const answer = await call(api, 'GET', '/api/article', { headers });
  expect(JSON.parse(answer.text)).toMatchObject({ slug: 'chair' });
  const sent = { 'content-type': 'application/x-ndjson', 'x-request-id': 'a' };
  const judge = (text: string) => conformingTo(api).check('GET', '/api/article', { status: 200, headers: sent, text });
  expect(() => judge(answer.text.repeat(2))).not.toThrow();
  expect(() => judge(`${answer.text}{"slug":7}\n`)).toThrow(/line 2/);
  expect(() => judge(`${answer.text}{\n`)).toThrow(/line 2.*is not JSON/);
});
