import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { standardQuery } from './standard-query.ts';

const Book = defineEntity({
  name: 'Book',
  properties: { id: p.integer().primary(), isbn: p.string().unique(), title: p.string() },
});

const books = defineResource(Book, {
  name: 'book',
  path: '/books',
  key: key.natural('isbn'),
  scope: () => 'public',
  fields: (f) => ({ title: f.field('title', { filter: true, sort: true }) }),
  parameters: { named: { kind: 'text', field: 'title' } },
  operations: { search: { limit: { max: 10 } } },
});

const [database] = testDatabases();
let open: OpenTestDatabase;
let api: Api;
beforeAll(async () => {
  if (database === undefined) throw new Error('no database');
  open = await database.open([Book]);
  const em = open.orm.em.fork();
  for (const [isbn, title] of Object.entries({ 1: 'Emma', 2: 'Persuasion', 3: 'Evelina' }))
    em.create(Book, { isbn, title });
  await em.flush();
  const query = standardQuery({ parametersInBody: true, orderStyle: 'words' });
  api = await createApi({ orm: open.orm, resources: [books], query, logger: silentLogger });
});
afterAll(() => open?.close());

const search = async (target: string, body?: string, headers: Record<string, string> = {}) => {
  const { status, body: answer } = await call(api, 'GET', target, { headers, ...(body === undefined ? {} : { body }) });
  const { data, errors } = answer as { data?: { id: string }[]; errors?: { pointer: string; code: string }[] };
  return { status, ids: data?.map(({ id }) => id), faults: errors?.map(({ pointer, code }) => `${pointer} ${code}`) };
};

it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined])(
  'reads an urlencoded body under any content type: %s',
  async (type) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const body = `domain=[("title","=like","E%25")]&order=title desc&limit=5`;
    expect(await search('/books', body, headers)).toMatchObject({ status: 200, ids: ['3', '1'] });
  },
);

it('joins it with the query, declared search parameters included', async () => {
  expect(await search('/books?order=title', 'named=e&limit=1')).toMatchObject({ status: 200, ids: ['1'] });
  expect(await search('/books', undefined)).toMatchObject({ status: 200, ids: ['1', '2', '3'] });
});

it.each([
  ['/books', 'colour=red', '/colour unknown'],
  ['/books', 'limit=11', '/limit maximum'],
  ['/books', 'limit=1&limit=2', '/limit duplicate'],
  ['/books?limit=1', 'limit=1', '/limit duplicate'],
  ['/books', '__proto__=1', '/__proto__ unknown'],
])('checks it as it checks the query: %s with %s', async (target, body, fault) => {
  expect(await search(target, body)).toMatchObject({ status: 400, faults: [fault] });
});

it('orders by the key, once', async () => {
  expect(await search('/books?order=id desc'.replace(' ', '%20'))).toMatchObject({ ids: ['3', '2', '1'] });
  expect((await search('/books?order=id,id')).status).toBe(400);
});
