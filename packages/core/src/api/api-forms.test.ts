import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineResource, method, page } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import { type Api, createApi } from './create-api.ts';

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: {
    id: p.integer().primary(),
    label: p.string().unique(),
    note: p.string().nullable(),
    books: () => p.oneToMany(Book).mappedBy('shelf').orphanRemoval(),
  },
});
class Shelf extends ShelfSchema.class {}
ShelfSchema.setClass(Shelf);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    shelf: () => p.manyToOne(Shelf),
    title: p.string(),
    lent: p.boolean().default(false),
  },
});
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const shelves = defineResource(Shelf, {
  name: 'shelf',
  path: '/shelf',
  key: key.natural('label'),
  keyName: null,
  scope: 'public',
  fields: (f) => ({
    label: f.field('label', { write: 'create', schema: { maxLength: 5 } }),
    note: f.field('note'),
    bookCount: f.count('books', { empty: 'unset', where: (_call, where) => where.eq('lent', false) }),
    described: f.custom({
      reads: { label: 'label', note: 'note' },
      output: { type: 'object' },
      encode: ({ label, note }, { nulls }) => (nulls === 'print' ? { label, note } : { label }),
    }),
  }),
  sorts: { byNote: { by: ['note'], shownIn: 'note' } },
  operations: {
    search: { scope: 'public', nulls: 'omit' },
    read: { scope: 'public' },
    replace: { scope: 'public', absent: 'keep' },
  },
  methods: {
    letters: method({
      on: 'collection',
      verb: 'GET',
      path: 'letters',
      scope: 'public',
      parameters: [
        { name: 'limit', schema: { type: 'integer' } },
        { name: 'offset', schema: { type: 'integer' } },
      ],
      run({ parameters: { limit = 2, offset = 0 } }) {
        const [count, start] = [Number(limit), Number(offset)];
        return page({ items: ['a', 'b', 'c'].slice(start, start + count), total: 3, offset: start, limit: count });
      },
    }),
  },
});

const books = defineResource(Book, {
  name: 'book',
  path: '/book',
  key: key.none(),
  keyName: null,
  fields: (f) => ({ title: f.field('title') }),
  operations: {},
});

for (const database of testDatabases()) {
  describe(`what descriptors can say beside columns, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open([Shelf, Book]);
      const em = open.orm.em.fork();
      const first = em.create(Shelf, { label: 'one', note: 'z' });
      em.create(Book, { shelf: first, title: 'A', lent: false });
      em.create(Book, { shelf: first, title: 'B', lent: true });
      em.create(Shelf, { label: 'two', note: 'a' });
      await em.flush();
      const auth = [tokenStrategy({})];
      api = await createApi({ orm: open.orm, resources: [shelves, books], auth, logger: silentLogger });
    });
    afterAll(() => open?.close());

    it('counts rows, tells encoders of nulls, sorts by declared names, keeps what a replace leaves out', async () => {
      const found = await call(api, 'GET', '/shelf?order=byNote');
      expect(found.body).toMatchObject({
        data: [
          { label: 'two', note: 'a', described: { label: 'two' } },
          { label: 'one', note: 'z', bookCount: 1 },
        ],
      });
      expect((await call(api, 'GET', '/shelf?order=-byNote')).body).toMatchObject({ data: [{ label: 'one' }, {}] });
      const read = await call(api, 'GET', '/shelf/two');
      expect(read.body).toEqual({ label: 'two', note: 'a', bookCount: null, described: { label: 'two', note: 'a' } });
      const sent = { label: 'two', note: null };
      expect((await call(api, 'PUT', '/shelf/two', { body: sent })).body).toMatchObject({ note: 'a' });
      expect((await call(api, 'GET', '/book')).status).not.toBe(200);
    });

    it('pages what methods answer', async () => {
      const first = await call(api, 'GET', '/shelf/letters');
      expect(first.body).toEqual({ data: ['a', 'b'], total: 3, next: '/shelf/letters?limit=2&offset=2' });
      expect((await call(api, 'GET', '/shelf/letters?offset=2')).body).toEqual({ data: ['c'], total: 3 });
    });

    it('makes records for the application itself, by the rules of a create', async () => {
      await api.store.unit(async (unit) => {
        await expect(api.system.create('shelf', { label: 'too long' }, unit)).rejects.toMatchObject({
          code: 'invalid_body',
          issues: [{ path: ['label'], code: 'too_long' }],
        });
        await api.system.create('shelf', { label: 'three' }, unit);
      });
      expect((await call(api, 'GET', '/shelf/three')).status).toBe(200);
    });
  });
}
