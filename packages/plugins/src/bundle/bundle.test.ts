import { createMemoryRateLimiter } from '@sallyport/auth';
import { type Api, type ApiOptions, type Plugin, SallyportError } from '@sallyport/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../openapi/fixtures/shop.ts';
import { openapiDocument } from '../openapi/index.ts';
import { rateLimit } from '../rate-limit/index.ts';
import { call } from '../testing/index.ts';
import { type BundleOptions, bundle } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of tests are looked at by matchers
type Looked = any;

interface Sent {
  readonly fullUrl?: string;
  readonly request?: object;
  readonly resource?: object;
}

const make = (slug: string, more: object = {}, fullUrl?: string): Sent => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  request: { method: 'POST', url: 'Article' },
  resource: { slug, name: slug.toUpperCase(), maker: { reference: 'Country/BE' }, ...more },
});
const ask = (method: string, url: string, more: object = {}, resource?: object): Sent => ({
  request: { method, url, ...more },
  ...(resource === undefined ? {} : { resource }),
});

let shop: OpenShop;
let api: Api;
const over = (options: BundleOptions = {}, more: Partial<ApiOptions> = {}, plugins: readonly Plugin[] = []) =>
  shop.another({ plugins: [...plugins, bundle(options)], ...more });

async function send(type: string, entry: readonly Sent[] | undefined, on = api, as = 'full') {
  const body = { resourceType: 'Bundle', type, ...(entry === undefined ? {} : { entry }) };
  const answer = await call(on, 'POST', '/api/$batch', { body, headers: { authorization: `Bearer ${as}` } });
  return { status: answer.status, headers: answer.headers, text: answer.text, body: answer.body as Looked };
}
const statuses = ({ body }: { body: Looked }): string[] => body.entry.map((each: Looked) => each.response.status);
const diagnostics = ({ body }: { body: Looked }): (string | undefined)[] =>
  body.entry.map((each: Looked) => each.resource?.issue?.[0].diagnostics);
const read = async (slug: string) =>
  (await call(api, 'GET', `/api/article/${slug}`, { headers: { authorization: 'Bearer full' } })).status;

beforeAll(async () => {
  shop = await openShop();
  api = await over();
});
afterAll(() => shop?.close());

describe('a transaction', () => {
  it('does everything, in order, and answers what came of it', async () => {
    const answer = await send('transaction', [
      make('desk', {}, 'urn:uuid:1'),
      ask('GET', 'Article/desk'),
      ask('PATCH', 'Article/desk', {}, { stock: 7 }),
      ask('DELETE', '/Article/desk'),
    ]);
    expect(answer.status).toBe(200);
    expect(statuses(answer)).toEqual(['201 Created', '200 OK', '200 OK', '204 No Content']);
    const [made, shown, changed, gone] = answer.body.entry;
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response' });
    expect(made).toMatchObject({
      fullUrl: 'urn:uuid:1',
      response: { location: '/api/article/desk' },
      resource: { slug: 'desk', stock: 0 },
    });
    expect(shown.response).toEqual({ ...made.response, status: '200 OK' });
    expect(changed.resource.stock).toBe(7);
    expect(gone).toEqual({ response: { status: '204 No Content' } });
  });

  it('does nothing when one entry fails, and says which', async () => {
    const bad = make('t-2', { stock: 'many' }, 'urn:uuid:two');
    const answer = await send('transaction', [make('t-1'), bad, make('t-3')]);
    expect([answer.status, answer.body.code]).toEqual([422, 'transaction_failed']);
    expect(answer.body.detail).toMatch(/^Entry 2 \(urn:uuid:two\) has failed, and nothing was done: .*\/stock: /);
    expect([await read('t-1'), await read('t-3')]).toEqual([404, 404]);
    const taken = await send('transaction', [make('t-1'), make('chair')]);
    expect([taken.status, taken.body.detail]).toEqual([409, expect.stringContaining('Entry 2 (unknown)')]);
    expect(await read('t-1')).toBe(404);
  });
});

describe('a batch', () => {
  it('does what can be done, and answers the rest entry by entry', async () => {
    const answer = await send('batch', [
      make('b-1'),
      make('chair'),
      make('b-2', { maker: { reference: 'Country/XX' } }),
      make('b-3'),
      ask('GET', 'Article/nowhere'),
    ]);
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    expect(statuses(answer)).toEqual([
      '201 Created',
      '409 Conflict',
      '422 Unprocessable Entity',
      '201 Created',
      '404 Not Found',
    ]);
    expect(answer.body.entry[1].resource).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'conflict' }],
    });
    expect(answer.body.entry[4].resource.issue).toMatchObject([{ severity: 'error', code: 'invalid' }]);
    expect([await read('b-1'), await read('b-3')]).toEqual([200, 200]);
  });

  it('names what is wrong with an entry itself', async () => {
    const answer = await send('batch', [
      {},
      ask('POST', 'Article'),
      ask('PUT', 'Article/chair'),
      ask('DELETE', 'Country/BE'),
      ask('POST', 'Planet', {}, {}),
      ask('GET', 'Article'),
      ask('GET', 'Article/'),
      ask('GET', 'Planet/x'),
      ask('GET', 'Article/chair/more'),
      ask('GET', 'Article/%zz'),
      ask('GET', 'Article/chair?nonsense=1'),
      ask('GET', 'Article/chair?fields=slug'),
    ]);
    expect(diagnostics(answer).map((text) => text?.slice(0, 45))).toEqual([
      'The entry has no request.',
      'The entry has no resource.',
      'The entry has no resource.',
      'There is no DELETE here.',
      'There are no entries of the kind Planet.',
      'The url Article has not the form Kind/key.',
      'The url Article/ has not the form Kind/key.',
      'The url Planet/x has not the form Kind/key.',
      'The url Article/chair/more has not the form K',
      'The url Article/%zz has not the form Kind/key'.slice(0, 45),
      expect.stringContaining('parameter'),
      undefined,
    ]);
    expect(answer.body.entry[11].resource).toEqual({ slug: 'chair' });
  });

  it('answers who lacks scopes entry by entry, and asks for credentials', async () => {
    const answer = await send('batch', [ask('GET', 'Article/chair'), make('p-1')], api, 'poor');
    expect(statuses(answer)).toEqual(['403 Forbidden', '403 Forbidden']);
    expect((await call(api, 'POST', '/api/$batch', { body: { type: 'batch', entry: [{}] } })).status).toBe(401);
  });
});

describe('preconditions of entries', () => {
  it('hold the tags that entries were answered with', async () => {
    const first = await send('transaction', [make('tagged')]);
    const { etag } = first.body.entry[0].response;
    expect(etag).toMatch(/^"1/);
    const change = (ifMatch: string) => ask('PATCH', 'Article/tagged', { ifMatch }, { stock: 1 });
    expect(statuses(await send('batch', [change(etag), change(etag)]))).toEqual(['200 OK', '412 Precondition Failed']);
    const again = { ...make('tagged'), request: { method: 'POST', url: 'Article', ifNoneMatch: '*' } };
    expect(statuses(await send('batch', [again]))).toEqual(['412 Precondition Failed']);
    const known = ask('GET', 'Article/chair', { ifNoneMatch: '*' });
    expect(statuses(await send('batch', [known]))).toEqual(['304 Not Modified']);
  });
});

describe('placeholders', () => {
  it('stand for the reference of a record that an earlier entry has made, alone or within a text', async () => {
    const answer = await send('transaction', [
      make('ph-1', { note: 'urn:uuid:a is not known yet' }, 'urn:uuid:a'),
      make('ph-2', { extra: { list: ['urn:uuid:a', 'x urn:uuid:a-urn:uuid:ab y'] } }, 'urn:uuid:ab'),
      make('ph-3', { note: 'urn:uuid:ab,urn:uuid:a,urn:uuid:' }),
    ]);
    expect(answer.body.entry.map((each: Looked) => [each.resource.note, each.resource.extra])).toEqual([
      ['urn:uuid:a is not known yet', null],
      [null, { list: ['Article/ph-1', 'x Article/ph-1-Article/ph-1b y'] }],
      ['Article/ph-2,Article/ph-1,urn:uuid:', null],
    ]);
  });

  it('stand for what an API calls its references, and for records that entries have read or changed', async () => {
    const own = await over({ reference: (_kind, key) => key });
    const answer = await send(
      'batch',
      [
        { fullUrl: 'urn:uuid:c', ...ask('GET', 'Article/chair') },
        { fullUrl: 'https://example.org/1', ...make('ph-4') },
        make('ph-5', { related: ['urn:uuid:c'], note: 'https://example.org/1' }),
        { ...make('chair'), fullUrl: 'urn:uuid:failed' },
        make('ph-6', { note: 'urn:uuid:failed' }),
      ],
      own,
    );
    const [, , made, , after] = answer.body.entry;
    expect(made.resource).toMatchObject({ related: ['chair'], note: 'https://example.org/1' });
    expect(after.resource.note).toBe('urn:uuid:failed');
  });

  it('do not let a bundle grow beyond its limit', async () => {
    const small = await over({ limits: { body: 4000 } });
    const note = 'urn:uuid:1 '.repeat(250);
    const answer = await send(
      'batch',
      [make(`long-${'x'.repeat(30)}`, {}, 'urn:uuid:1'), make('grown', { note })],
      small,
    );
    expect(statuses(answer)).toEqual(['201 Created', '413 Payload Too Large']);
    expect(diagnostics(answer)[1]).toBe('With its placeholders filled the bundle is too large.');
  });
});

describe('a bundle as a whole', () => {
  it('is of one of two types, has entries, and not too many of them', async () => {
    const small = await over({ limits: { transaction: 1, batch: 2 } });
    const get = ask('GET', 'Article/chair');
    const refused = async (type: string, entry: readonly Sent[] | undefined) => {
      const { status, body } = await send(type, entry, small);
      return [status, body.code, body.detail];
    };
    expect(await refused('searchset', [get])).toEqual([
      400,
      'bundle_type_unsupported',
      'A bundle is of the type transaction or batch, not searchset.',
    ]);
    expect(await refused('batch', [])).toEqual([400, 'bundle_empty', 'A bundle has one entry at least.']);
    expect(await refused('batch', undefined)).toEqual([400, 'bundle_empty', 'A bundle has one entry at least.']);
    expect(await refused('transaction', [get, get])).toEqual([
      413,
      'bundle_too_large',
      'A transaction has 1 entries at most.',
    ]);
    expect((await refused('batch', [get, get, get]))[2]).toBe('A batch has 2 entries at most.');
    expect((await send('batch', [get, get], small)).status).toBe(200);
    expect((await refused('picnic', [get])).slice(0, 2)).toEqual([422, 'invalid_body']);
    expect((await refused('batch', [ask('FETCH', 'Article/chair')])).slice(0, 2)).toEqual([422, 'invalid_body']);
    expect((await refused('batch', [{ ...get, resource: [] }])).slice(0, 2)).toEqual([422, 'invalid_body']);
  });

  it('has no other bundle in it, nor any other route', async () => {
    const answer = await send('batch', [ask('POST', '$batch', {}, {}), ask('GET', 'openapi.json/x')]);
    expect(statuses(answer)).toEqual(['422 Unprocessable Entity', '422 Unprocessable Entity']);
  });

  it('counts each entry for its caller', async () => {
    const limited = () =>
      over({}, {}, [rateLimit({ limiter: createMemoryRateLimiter(), perMinute: 3, headers: ['X-RateLimit'] })]);
    const get = ask('GET', 'Article/chair');
    const batch = await send('batch', [get, get, get], await limited());
    expect(statuses(batch)).toEqual(['200 OK', '200 OK', '429 Too Many Requests']);
    expect(batch.headers['x-ratelimit-remaining']).toBe('0');
    const transaction = await send('transaction', [get, make('counted'), get], await limited());
    expect([transaction.status, transaction.body.code]).toEqual([429, 'too_many_requests']);
    expect(Number(transaction.headers['retry-after'])).toBeGreaterThan(0);
    expect(await read('counted')).toBe(404);
  });

  it('takes a great many entries in one transaction', async () => {
    const entries = Array.from({ length: 200 }, (_, index) => make(`many-${index}`, {}, `urn:uuid:${index}`));
    const answer = await send('batch', entries);
    expect(new Set(statuses(answer))).toEqual(new Set(['201 Created']));
    expect(await read('many-199')).toBe(200);
  });
});

describe('what an API says itself', () => {
  let own: Api;
  beforeEach(async () => {
    own = await over({
      path: '/$batch',
      resources: { Good: 'article' },
      methods: ['GET', 'POST', 'PUT'],
      kindIn: ['type', 'resourceType'],
      urls: 'raw',
      nulls: 'print',
      told: (error, entry) =>
        new SallyportError(`own.${error.code}`, {
          status: entry === undefined ? 409 : error.code === 'not_found' ? 410 : 422,
          detail: `${entry?.number ?? 'all'} ${entry?.kind ?? '-'} ${entry?.key ?? '-'}: ${error.code}`,
        }),
    });
  });

  it('are the kinds of entries and where they are read, and the methods', async () => {
    const good = { slug: 'own-1', name: 'One', maker: { reference: 'Country/BE' } };
    const answer = await send(
      'batch',
      [
        ask('POST', 'anything', {}, { ...good, resourceType: 'Good' }),
        ask('POST', 'Good', {}, good),
        ask('POST', 'Good', {}, { ...good, type: 7 }),
        ask('PUT', 'Good/own-1', {}, { ...good, type: 'Good', name: 'Two' }),
        ask('PATCH', 'Good/own-1', {}, { name: 'Three' }),
        ask('GET', 'Good/own%2D1'),
        ask('GET', 'Article/own-1'),
      ],
      own,
    );
    expect(diagnostics(answer)).toEqual([
      undefined,
      '2 - -: entry_kind_unsupported',
      '3 - -: entry_kind_unsupported',
      undefined,
      '5 - -: entry_method_unsupported',
      '6 Good own%2D1: not_found',
      '7 - -: entry_url_malformed',
    ]);
    expect(answer.body.entry[3].resource.name).toBe('Two');
    expect(statuses(answer)[5]).toBe('410 Gone');
  });

  it('are nulls for what is not there, and texts', async () => {
    const answer = await send('batch', [ask('GET', 'Good/chair'), {}], own);
    expect(answer.body).toMatchObject({ total: null, link: null });
    expect(answer.body.entry[0]).toMatchObject({ fullUrl: null, request: null, search: null });
    expect(answer.body.entry[1].response).toEqual({ status: '422 Unprocessable Entity', location: null, etag: null });
    expect(await send('batch', [], own)).toMatchObject({ status: 409, body: { detail: 'all - -: bundle_empty' } });
    const failed = await send('transaction', [ask('GET', 'Good/none')], own);
    expect(failed).toMatchObject({ status: 422, body: { detail: '1 Good none: transaction_failed' } });
  });
});

describe('the plugin', () => {
  it('stands in documents with the schemas of what it takes and answers', async () => {
    const document = openapiDocument(api.plan) as Looked;
    const { requestBody, responses, description } = document.paths['/$batch'].post;
    expect(requestBody.content['application/json'].schema.$ref).toBe('#/components/schemas/Bundle');
    expect(responses['200'].content['application/json'].schema.$ref).toBe('#/components/schemas/BundleResponse');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '409', '413', '422']));
    expect(description).toContain('Needs an authenticated caller.');
    const { BundleEntry, OperationOutcome } = document.components.schemas;
    expect(JSON.stringify(BundleEntry)).toContain('#/components/schemas/ArticleCreate');
    expect(OperationOutcome.required).toEqual(['resourceType', 'issue']);
  });

  it('documents resources as one of several kinds where a member tells which', async () => {
    const telling = await over({ kindIn: ['slug'], methods: ['GET', 'POST'] });
    const { schemas } = (openapiDocument(telling.plan) as Looked).components;
    const kind = (ref: string) => ({
      allOf: [
        { $ref: `#/components/schemas/${ref}` },
        { type: 'object', properties: { slug: { type: 'string', enum: ['Article'] } }, required: ['slug'] },
      ],
    });
    expect(schemas.BundleEntry.properties.resource).toMatchObject({ oneOf: [kind('ArticleCreate')] });
    // Countries are shown and do not tell.
    expect(schemas.BundleResponseEntry.properties.resource.anyOf).toHaveLength(3);
    const mute = await over({ resources: { Country: 'country' } });
    const entry = (openapiDocument(mute.plan) as Looked).components.schemas.BundleEntry;
    expect(entry.properties.resource).toMatchObject({ type: 'object' });
    expect(entry.properties.resource).not.toHaveProperty('anyOf');
  });

  it('documents the methods and scopes that entries have, and how URLs are written', async () => {
    const reading = await over({ methods: ['GET', 'PATCH'], urls: 'raw', resources: { Country: 'country' } });
    const document = openapiDocument(reading.plan) as Looked;
    const { method, url } = document.components.schemas.BundleEntry.properties.request.anyOf[0].properties;
    // Countries are not changed.
    expect(method.enum).toEqual(['GET']);
    expect(url.description).toContain('the key as it is, or percent-encoded');
    expect(document.paths['/$batch'].post.description).toMatch(/- Country: GET/);
  });

  it('refuses what cannot be meant', async () => {
    expect(() => bundle({ limits: { batch: 0 } })).toThrow('plugins.bundle.limits.batch: a whole number of 1 or more');
    expect(() => bundle({ limits: { body: 1.5 } })).toThrow('plugins.bundle.limits.body: ');
    await expect(over({ resources: { Moon: 'moon' } })).rejects.toThrow(
      'plugins.bundle.resources.Moon: there is no resource "moon"',
    );
    const twins = [...api.plan.resources.values()].map(({ descriptor }) => ({ ...descriptor, type: 'Same' }));
    await expect(over({}, { resources: twins })).rejects.toThrow(
      'plugins.bundle.resources: two resources are of the type Same',
    );
  });
});
