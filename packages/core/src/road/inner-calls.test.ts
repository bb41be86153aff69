import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, createApi } from '../api/create-api.ts';
import { SallyportError } from '../errors/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import { Item, items, many, probe, resetProbe, type Sent } from './fixtures/inner-calls.ts';
import type { RouteCall } from './route.ts';

const scopes = ['item:read', 'item:create', 'item:update', 'item:delete'];

describe.each(testDatabases())('calls inside calls on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let api: Api;
  const start = (more: Partial<ApiOptions> = {}) =>
    createApi({
      name: 'shop',
      basePath: '/api',
      orm: database.orm,
      resources: [items],
      plugins: [many],
      auth: [tokenStrategy({ ann: { scopes }, rob: { scopes: ['item:read'] } })],
      logger: silentLogger,
      ...more,
    });
  beforeAll(async () => {
    database = await open([Item]);
    api = await start();
  });
  afterAll(async () => {
    await api?.close();
    await database?.close();
  });
  beforeEach(async () => {
    await database.orm.em.getConnection().executeDump('truncate item');
    resetProbe();
  });

  const send = async (entries: readonly Sent[], { as = 'ann', whole = false, on = api, headers = {} } = {}) => {
    const sent = { authorization: `Bearer ${as}`, ...headers };
    const answer = await call(on, 'POST', '/api/many', { body: { entries, whole }, headers: sent });
    // biome-ignore lint/suspicious/noExplicitAny: bodies of tests are looked at by matchers
    return { ...answer, body: answer.body as any };
  };
  const create = (slug: string, stock = 1): Sent => ({ method: 'POST', target: '/item', body: { slug, stock } });
  const slugs = async () =>
    (await database.orm.em.fork().find(Item, {}, { orderBy: { slug: 'asc' } })).map(({ slug }) => slug);

  it('take the whole road: routing, checks, execution, the words of errors', async () => {
    const { status, body } = await send([
      create('a', 3),
      { method: 'GET', target: '/item/a' },
      { method: 'PATCH', target: '/item/a', body: { stock: 4 }, headers: { 'if-match': '"1"' } },
      { method: 'PATCH', target: '/item/a', body: { stock: 5 }, headers: { 'if-match': '"1"' } },
      { method: 'PATCH', target: '/item/a', body: { stock: 'many' } },
      { method: 'PATCH', target: '/item/a' },
      { method: 'PATCH', target: '/item/a', body: 'text' },
      { method: 'GET', target: '/item/a?nonsense=1' },
      { method: 'GET', target: '/item/none' },
      { method: 'GET', target: '/item/%ff' },
    ]);
    expect(status).toBe(200);
    expect(body.map((each: { status: number; code?: string }) => each.code ?? each.status)).toEqual([
      201,
      200,
      200,
      'precondition_failed',
      'invalid_body',
      'malformed_body',
      'malformed_body',
      'invalid_parameter',
      'not_found',
      'malformed_target',
    ]);
    expect(body[0]).toMatchObject({ headers: { location: '/api/item/a' }, value: { slug: 'a', stock: 3 } });
    expect(body[1].headers.etag).toBe(body[0].headers.etag);
    expect(body[3].value).toMatchObject({ status: 412, code: 'precondition_failed' });
  });

  it('answer 304 without a value to a tag that is current', async () => {
    const [made] = (await send([create('a')])).body;
    const request = { method: 'GET', target: '/item/a', headers: { 'if-none-match': made.headers.etag } } as const;
    const { body } = await send([request]);
    expect(body).toEqual([{ status: 304, headers: { etag: made.headers.etag } }]);
  });

  it('need the scopes of their own', async () => {
    await send([create('a')]);
    const { body } = await send([create('b'), { method: 'GET', target: '/item/a' }], { as: 'rob' });
    expect(body).toMatchObject([{ status: 403, code: 'insufficient_scope' }, { status: 200 }]);
    expect(await slugs()).toEqual(['a']);
  });

  it('are under the policies of their resource, each for itself, and know the call around them', async () => {
    probe.prepare = (made) => {
      if (made.operation === 'create' && made.state.has(Symbol.for('seen'))) throw new Error('state of another');
      made.state.set(Symbol.for('seen'), true);
      if (made.head.path === '/item/b') throw new SallyportError('forbidden');
    };
    const { body } = await send([create('a'), create('b'), { method: 'GET', target: '/item/b' }]);
    expect(body).toMatchObject([{ status: 201 }, { status: 201 }, { status: 403, code: 'forbidden' }]);
    const [one, two] = probe.prepared;
    expect(one?.outer).toMatchObject({ operation: 'many', id: one?.id });
    expect(one?.outer).toBe(two?.outer);
    expect(new Set(probe.prepared.map(({ now }) => now)).size).toBe(1);
    expect(one?.head.clientAddress).toBe('127.0.0.1');
  });

  it('have rights of their own, whatever was asked as they were let in', async () => {
    await send([create('a')]);
    const shown = Symbol('shown');
    probe.admit = (made) => void (made as RouteCall).records('item').shape({});
    probe.prepare = (made) => void made.state.set(shown, new Set(['slug']));
    probe.fields = (made) => made.state.get(shown) as ReadonlySet<string> | undefined;
    const { body } = await send([{ method: 'GET', target: '/item/a' }]);
    expect(body).toMatchObject([{ status: 200, value: { slug: 'a' } }]);
    expect(body[0].value).not.toHaveProperty('stock');
  });

  it('are undone one by one when the database refuses them', async () => {
    const { body } = await send([create('a'), create('b', -1), create('c'), create('a'), create('d')]);
    expect(body.map((each: { status: number; code?: string }) => each.code ?? each.status)).toEqual([
      201,
      'invalid_body',
      201,
      'duplicate',
      201,
    ]);
    expect(await slugs()).toEqual(['a', 'c', 'd']);
    expect(probe.effects).toEqual(['create a', 'create c', 'create d']);
  });

  it('see what those before them have done, as it is now', async () => {
    const { body } = await send([
      create('a', 1),
      { method: 'PATCH', target: '/item/a', body: { stock: 2 } },
      { method: 'PATCH', target: '/item/a', body: { stock: -2 } },
      { method: 'GET', target: '/item/a' },
      { method: 'DELETE', target: '/item/a' },
      { method: 'GET', target: '/item/a' },
    ]);
    expect(body.map((each: { status: number }) => each.status)).toEqual([201, 200, 422, 200, 204, 404]);
    expect(body[3].value.stock).toBe(2);
    expect(body[4]).toEqual({ status: 204, headers: {} });
  });

  it('leave nothing when the whole is undone: no row, no effect; and observers are told so', async () => {
    const { status, body } = await send([create('a'), create('a')], { whole: true });
    expect([status, body.code]).toEqual([409, 'duplicate']);
    expect(await slugs()).toEqual([]);
    expect(probe.effects).toEqual([]);
    expect(probe.told.map(({ route, status: of, inside }) => [route, of, inside?.undone])).toEqual([
      ['many', 409, undefined],
      ['item.create', 201, true],
      ['item.create', 409, false],
    ]);
  });

  it('run their effects after the commit', async () => {
    probe.between = () => expect(probe.effects).toEqual([]);
    await send([create('a'), create('b')]);
    expect(probe.effects).toEqual(['create a', 'create b']);
  });

  it('are told of one by one, as parts of the call around them', async () => {
    const { headers } = await send([
      create('a'),
      { method: 'GET', target: '/item/none' },
      { method: 'GET', target: '/x' },
    ]);
    const id = headers['x-request-id'];
    expect(probe.told).toMatchObject([
      { id, route: 'many', method: 'POST', status: 200, principal: 'ann' },
      {
        id,
        route: 'item.create',
        method: 'POST',
        template: '/item',
        status: 201,
        principal: 'ann',
        inside: { route: 'many', number: 1, undone: false },
      },
      { id, route: 'item.read', template: '/item/{key}', status: 404, error: 'not_found', inside: { number: 2 } },
      { id, route: undefined, template: undefined, status: 404, inside: { number: 3 } },
    ]);
  });

  it('are admitted one by one before the unit begins, and what is refused there is answered', async () => {
    const { body } = await send([
      create('a'),
      { method: 'GET', target: '/item/full' },
      { method: 'GET', target: '/item/a' },
    ]);
    expect(probe.admitted).toEqual(['many', 'many/create', 'many/read', 'many/read']);
    expect(body).toMatchObject([
      { status: 201 },
      { status: 429, code: 'too_many_requests', headers: { 'retry-after': '7' } },
      { status: 200 },
    ]);
  });

  it('are run again with the whole when the database asks for it; nothing outside of it is done twice', async () => {
    probe.prepare = (made) => {
      if (probe.attempts < 3 && made.head.path === '/item/b')
        throw Object.assign(new Error('deadlock'), { code: '40P01' });
    };
    const { status, body } = await send([create('a'), { method: 'GET', target: '/item/b' }, create('c')]);
    expect([status, probe.attempts]).toEqual([200, 3]);
    expect(body.map((each: { status: number }) => each.status)).toEqual([201, 404, 201]);
    expect(await slugs()).toEqual(['a', 'c']);
    expect(probe.effects).toEqual(['create a', 'create c']);
    expect(probe.admitted).toHaveLength(4);
    expect(probe.told).toHaveLength(4);
    probe.prepare = () => {
      throw Object.assign(new Error('deadlock'), { code: '40P01' });
    };
    expect(await send([create('d')])).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('reach resources and nothing else', async () => {
    const nowhere = ['/token', '/many', '/item-too/a', '/', '', 'item/a', '/api/item/a', '/item/', '//item/a', '*'];
    const { body } = await send([
      ...nowhere.map((target): Sent => ({ method: 'GET', target })),
      { method: 'POST', target: '/many', body: { entries: [] } },
      { method: 'DELETE', target: '/item' },
      { method: 'GET', target: 'http://other.example/item/a' },
    ]);
    for (const { status, value } of body) {
      expect([400, 404, 405]).toContain(status);
      expect(value).toMatchObject({ code: expect.stringMatching(/^(not_found|malformed_target|method_not_allowed)$/) });
    }
  });

  it('have routes that only they reach', async () => {
    await send([create('a')]);
    const headers = { authorization: 'Bearer ann' };
    expect((await call(api, 'DELETE', '/api/item/a', { headers })).status).toBe(405);
    const { body } = await send([{ method: 'DELETE', target: '/item/a', headers: { 'if-match': '"7"' } }]);
    expect(body).toMatchObject([{ status: 412 }]);
    expect((await send([{ method: 'DELETE', target: '/item/a' }], { as: 'rob' })).body).toMatchObject([
      { status: 403 },
    ]);
    expect((await send([{ method: 'DELETE', target: '/item/a' }])).body).toMatchObject([{ status: 204 }]);
    expect(probe.effects.at(-1)).toBe('delete a');
    // The row is still there.
    expect(await database.orm.em.fork().findOne(Item, { slug: 'a' })).toMatchObject({ gone: true });
  });

  it('are made by whoever makes the call around them, whatever their heads say', async () => {
    const asAnn = { authorization: 'Bearer ann', 'x-forwarded-for': '10.9.8.7', host: 'evil.example' };
    const entry = { ...create('a'), headers: asAnn } as Sent;
    const { body } = await send([entry], { as: 'rob' });
    expect(body).toMatchObject([{ status: 403, code: 'insufficient_scope' }]);
    await send([entry], { headers: { 'accept-language': 'fr' } });
    expect(Object.entries(probe.prepared.at(-1)?.head.headers ?? {})).toEqual([['accept-language', 'fr']]);
  });

  it('hold no calls themselves', async () => {
    const { body } = await send([{ method: 'POST', target: '/item/nest' }]);
    expect(body).toMatchObject([{ status: 422, code: 'rule_broken' }]);
  });

  it('have units of their own in the unit around them', async () => {
    const { body } = await send([{ method: 'GET', target: '/item/tries' }, create('a')]);
    expect(body).toMatchObject([{ value: ['invalid_body', null, 'invalid_body', null] }, { status: 201 }]);
    expect(await slugs()).toEqual(['a', 't-2', 't-4']);
  });

  it('answer values: what goes out as it is cannot be had of them', async () => {
    const { body } = await send([{ method: 'POST', target: '/item/file' }]);
    expect(body).toMatchObject([{ status: 406, code: 'not_acceptable' }]);
  });

  it('end with the call when the caller goes: nothing of it stays', async () => {
    const leaving = new AbortController();
    probe.between = () => leaving.abort();
    const body = Buffer.from(JSON.stringify({ entries: [create('a'), create('b')] }));
    const response = await api.handle(
      {
        method: 'POST',
        target: '/api/many',
        rawHeaders: ['host', 'test', 'authorization', 'Bearer ann', 'content-type', 'application/json'],
        remoteAddress: '127.0.0.1',
        encrypted: false,
        body: { kind: 'bytes', bytes: body },
        signal: leaving.signal,
      },
      { unmatched: 'answer' },
    );
    expect(response?.status).toBe(503);
    expect(await slugs()).toEqual([]);
    expect(probe.effects).toEqual([]);
  });

  it('hide what is wrong inside of them, as all calls do', async () => {
    probe.prepare = () => {
      throw new Error('select secret from item');
    };
    const { text, body } = await send([create('a')]);
    expect(body).toMatchObject([{ status: 500, code: 'internal' }]);
    expect(text).not.toContain('secret');
  });

  it('need a recognised caller where the route says no more than that', async () => {
    expect((await call(api, 'POST', '/api/many', { body: { entries: [] } })).status).toBe(401);
    await expect(start({ resources: [{ ...items, scope: () => 'authenticated' }] })).rejects.toThrow(
      'resources.item.operations.read: "authenticated" is for methods and routes of plugins, alone',
    );
  });

  it('cannot archive by a property that there is none of', async () => {
    const operations = { ...items.operations, delete: { archive: { lost: true } } };
    await expect(start({ resources: [{ ...items, operations }] })).rejects.toThrow(
      'resources.item.operations.delete.archive: no property "lost"',
    );
  });
});
