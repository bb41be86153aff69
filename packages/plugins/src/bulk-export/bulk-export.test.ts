import { type Api, ConfigurationError, key } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashids } from '../hashids/index.ts';
import { type OpenShop, openShop } from '../openapi/fixtures/shop.ts';
import { openapiDocument } from '../openapi/index.ts';
import { call } from '../testing/index.ts';
import { type BulkExportOptions, bulkExport } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of tests are looked at by matchers
type Looked = any;

let shop: OpenShop;
let api: Api;
const over = (options: BulkExportOptions = {}) => shop.another({ plugins: [bulkExport(options)] });

async function send(body: unknown, { on = api, as = 'full', path = '/$bulk/export' } = {}) {
  const answer = await call(on, 'POST', `/api${path}`, { body, headers: { authorization: `Bearer ${as}` } });
  return { status: answer.status, body: answer.body as Looked };
}

/** The resources of the shop, as they are declared. */
const descriptors = () => [...shop.api.plan.resources.values()].map(({ descriptor }) => descriptor);

beforeAll(async () => {
  shop = await openShop();
  api = await over();
});
afterAll(() => shop?.close());

describe('an export by keys', () => {
  it('answers what each key names, in order, and how many there were', async () => {
    const { status, body } = await send({ type: 'Article', identifiers: ['chair', 'nothing', 'chair'] });
    expect(status).toBe(200);
    const read = await call(api, 'GET', '/api/article/chair', { headers: { authorization: 'Bearer full' } });
    const chair = { identifier: 'chair', status: 'success', resource: read.body };
    expect(body).toEqual({
      total: 3,
      successful: 2,
      failed: 1,
      items: [chair, { identifier: 'nothing', status: 'not_found', error: 'There is no such record.' }, chair],
    });
  });

  it('takes the parameters of a read as members', async () => {
    const sent = { type: 'Article', identifiers: ['chair'], fields: 'name,origin', expand: 'origin' };
    const [{ resource }] = (await send(sent)).body.items;
    expect(resource).toMatchObject({ name: 'Chair', origin: { name: 'Belgium' } });
    expect(Object.keys(resource).sort()).toEqual(['name', 'origin']);
    expect((await send({ ...sent, fields: null })).body.items[0].resource).toHaveProperty('slug');
    const refused = await send({ ...sent, fields: 'nope' });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_parameter']);
  });

  it.each([
    ['no keys', { type: 'Article', identifiers: [] }, '/identifiers', 'too_few'],
    ['too many keys', { type: 'Article', identifiers: Array(101).fill('x') }, '/identifiers', 'too_many'],
    ['a key that is no text', { type: 'Article', identifiers: [1] }, '/identifiers/0', 'type'],
    ['another kind', { type: 'Partner', identifiers: ['x'] }, '/type', 'enum'],
    ['no kind', { identifiers: ['x'] }, '/type', 'required'],
    ['a name of every object', { type: 'constructor', identifiers: ['x'] }, '/type', 'enum'],
    ['something else', { type: 'Article', identifiers: ['x'], name: 1 }, '/name', 'unknown'],
    ['a parameter that is no text', { type: 'Article', identifiers: ['x'], fields: ['name'] }, '/fields', 'type'],
  ])('refuses %s, and says where', async (_, sent, pointer, code) => {
    const { status, body } = await send(sent);
    expect([status, body.code]).toEqual([422, 'invalid_body']);
    expect(body.errors).toEqual([expect.objectContaining({ in: 'body', pointer, code })]);
  });

  it('needs a caller, and the scope of the read', async () => {
    const sent = { type: 'Article', identifiers: ['chair'] };
    const poor = await send(sent, { as: 'poor' });
    expect([poor.status, poor.body.code]).toEqual([403, 'insufficient_scope']);
    expect(poor.body.detail).toContain('article:read');
    // Countries are public: who is known needs nothing more.
    expect((await send({ type: 'Country', identifiers: ['BE'] }, { as: 'poor' })).body.successful).toBe(1);
    expect((await call(api, 'POST', '/api/$bulk/export', { body: sent })).status).toBe(401);
  });

  it('has another path, other names, other kinds and limits where it is told so', async () => {
    const on = await over({
      path: '/export',
      resources: { Goods: 'article' },
      names: { kind: 'kind', keys: 'keys' },
      parameters: [],
      limit: 2,
    });
    const to = { on, path: '/export' };
    expect((await send({ kind: 'Goods', keys: ['chair'] }, to)).body.successful).toBe(1);
    expect((await send({ kind: 'Article', keys: ['chair'] }, to)).status).toBe(422);
    expect((await send({ kind: 'Goods', keys: ['a', 'b', 'c'] }, to)).status).toBe(422);
    expect((await send({ kind: 'Goods', keys: ['chair'], fields: 'name' }, to)).status).toBe(422);
  });

  it('takes masked keys, and takes nothing else for one', async () => {
    const masked = descriptors().map((each) => ({ ...each, key: key.masked(), keyName: 'id' }));
    const secret = 'a root secret of more than 32 bytes, for tests only';
    const on = await shop.another({ resources: masked, plugins: [hashids({ secret }), bulkExport()] });
    const headers = { authorization: 'Bearer full' };
    const [{ id }] = ((await call(on, 'GET', '/api/country', { headers })).body as Looked).data;
    const { body } = await send({ type: 'Country', identifiers: ['1', id, `${id}x`, ''] }, { on });
    expect(body.items.map(({ status }: Looked) => status)).toEqual(['not_found', 'success', 'not_found', 'not_found']);
    expect(body.items[1].resource).toEqual({ id, name: 'Belgium' });
  });

  it('is documented by what it takes and answers', async () => {
    const document: Looked = openapiDocument(api.plan, { version: '3.1' });
    const { post } = document.paths['/$bulk/export'];
    expect(post.description).toContain('`article:read`');
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['BulkExportRequest', 'BulkExportResult', 'BulkExportItem']),
    );
    const { properties } = document.components.schemas.BulkExportRequest;
    expect(Object.keys(properties)).toEqual(['type', 'identifiers', 'fields', 'expand']);
    expect(properties.fields.description).toBe('Fields to show, separated by commas.');
  });
});

describe('at the start', () => {
  const place = 'plugins.bulkExport';

  it.each([
    [{ limit: 0 }, `${place}.limit`],
    [{ limit: 2.5 }, `${place}.limit`],
    [{ names: { kind: 'x', keys: 'x' } }, place],
    [{ parameters: ['type'] }, place],
    [{ resources: { Nothing: 'nothing' } }, `${place}.resources.Nothing`],
    [{ resources: {} }, `${place}.resources`],
  ] as const)('refuses %j', async (options, path) => {
    await expect(async () => over(options)).rejects.toMatchObject({ constructor: ConfigurationError, path });
  });

  it('refuses resources that are not read, or not by a key alone', async () => {
    const unread = descriptors().map((each) => ({ ...each, operations: { search: true }, methods: {} }));
    await expect(
      shop.another({ resources: unread, plugins: [bulkExport({ resources: { Country: 'country' } })] }),
    ).rejects.toMatchObject({ path: `${place}.resources.Country` });
    await expect(shop.another({ resources: unread, plugins: [bulkExport()] })).rejects.toMatchObject({
      path: `${place}.resources`,
    });
  });
});
