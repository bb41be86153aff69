import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import { defineResource, method } from '../descriptor/index.ts';
import { SallyportError } from '../errors/index.ts';
import { key } from '../keys/index.ts';
import type { Plugin } from '../plugin/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';

const Page = defineEntity({
  name: 'Page',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    text: p.string(),
    version: p.integer().version(),
  },
});
const Trace = defineEntity({ name: 'Trace', properties: { id: p.integer().primary(), of: p.string() } });

const pages = defineResource(Page, {
  name: 'page',
  path: '/page',
  key: key.natural('slug'),
  keyName: null,
  version: 'version',
  scope: 'page',
  fields: (f) => ({ slug: f.field('slug'), text: f.field('text') }),
  operations: { search: true, read: true, create: true, update: true, replace: true, delete: true },
  methods: {
    touch: method<{ readonly note?: string } | undefined>({
      on: 'record',
      scope: 'authenticated',
      inputOptional: true,
      input: { type: 'object', properties: { note: { type: 'string' } } },
      run: ({ input }) => ({ note: input?.note ?? null }),
    }),
    first: method({
      on: 'collection',
      verb: 'GET',
      scope: 'authenticated',
      run: async ({ records }) => (await records('page').list({ limit: 1 })).items,
    }),
  },
});

const seen: string[] = [];
const probe = { refuses: false };
const watching: Plugin = {
  name: 'watching',
  hooks: {
    shown: (made, { resource, key: shownKey, value, reader }) => {
      seen.push(`${made.operation} shows ${resource} ${shownKey} ${Object.keys(value)} ${'nest' in reader}`);
    },
    async beforeCommit(unit, made) {
      seen.push(`${made.operation} ends`);
      unit.em.create(Trace, { of: made.operation } as never);
      await unit.em.flush();
      if (probe.refuses) throw new SallyportError('rule_broken', { detail: 'No.' });
    },
    observe: ({ status }, { call: told }) => seen.push(`${told?.operation} is over: ${status}`),
  },
};

const scopes = ['search', 'read', 'create', 'update', 'replace', 'delete'].map((name) => `page:${name}`);

describe.each(testDatabases())('hooks about records on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let api: Api;
  const send = (verb: string, path: string, body?: unknown, as = 'ann') =>
    call(api, verb, path, { ...(body === undefined ? {} : { body }), headers: { authorization: `Bearer ${as}` } });
  beforeAll(async () => {
    database = await open([Page, Trace]);
    api = await createApi({
      orm: database.orm,
      resources: [pages],
      plugins: [watching],
      auth: [tokenStrategy({ ann: { scopes }, rob: { scopes: [] } })],
      logger: silentLogger,
    });
  });
  afterAll(async () => {
    await api?.close();
    await database?.close();
  });
  beforeEach(async () => {
    probe.refuses = false;
    for (const each of ['Page', 'Trace']) await database.orm.em.fork().nativeDelete(each as never, {});
    seen.length = 0;
  });
  const traces = () => database.orm.em.fork().count(Trace);

  it('are told of each record that is shown, and of the end of each write', async () => {
    await send('POST', '/page', { slug: 'a', text: 'x' });
    await send('GET', '/page/a');
    await send('GET', '/page?fields=slug');
    await send('GET', '/page/first');
    await send('DELETE', '/page/a');
    expect(seen).toEqual([
      'create shows page a slug,text true',
      'create ends',
      'create is over: 201',
      'read shows page a slug,text false',
      'read is over: 200',
      'search shows page a slug false',
      'search is over: 200',
      'first shows page a slug,text false',
      'first is over: 200',
      'delete ends',
      'delete is over: 204',
    ]);
    expect(await traces()).toBe(2);
  });

  it('are part of the transaction: what they refuse, and what they add, is undone', async () => {
    probe.refuses = true;
    expect((await send('POST', '/page', { slug: 'a', text: 'x' })).status).toBe(422);
    probe.refuses = false;
    expect((await send('GET', '/page/a')).status).toBe(404);
    expect(await traces()).toBe(0);
    for (const [verb, path, body] of [
      ['POST', '/page', { slug: 'a', text: 'x' }],
      ['PATCH', '/page/a', { text: 'y' }],
      ['PUT', '/page/a', { slug: 'a', text: 'z' }],
      ['POST', '/page/a/touch', {}],
    ] as const) {
      expect((await send(verb, path, body)).status).toBeLessThan(300);
    }
    expect(await traces()).toBe(4);
  });

  it('are not asked about what was refused before', async () => {
    await send('POST', '/page', { slug: 'a' });
    await send('POST', '/page', { slug: 'a', text: 'x' }, 'rob');
    await send('GET', '/page/a', undefined, 'nobody');
    expect(seen).toEqual(['create is over: 422', 'create is over: 403', 'undefined is over: 401']);
  });

  it('a method can be open to every caller that is recognised, and do without its body', async () => {
    await send('POST', '/page', { slug: 'a', text: 'x' });
    expect(await send('POST', '/page/a/touch', undefined, 'rob')).toMatchObject({ status: 200, body: { note: null } });
    expect(await send('POST', '/page/a/touch', { note: 'n' }, 'rob')).toMatchObject({ body: { note: 'n' } });
    expect((await send('POST', '/page/a/touch', { note: 1 }, 'rob')).status).toBe(422);
    expect((await call(api, 'POST', '/page/a/touch')).status).toBe(401);
  });
});
