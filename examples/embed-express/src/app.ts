import { randomBytes } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/core';
import { expressAdapter } from '@sallyport/adapters/express';
import * as auth from '@sallyport/auth';
import { createApi, defineResource, key, openDatabase } from '@sallyport/core';
import express from 'express';

const Book = defineEntity({
  name: 'Book',
  properties: { id: p.integer().primary(), isbn: p.string().length(13).unique(), title: p.string().length(200) },
});

const books = defineResource(Book, {
  name: 'book',
  path: '/books',
  key: key.natural('isbn'),
  scope: (operation) => (operation === 'search' || operation === 'read' ? 'public' : 'book:write'),
  fields: (f) => ({
    isbn: f.field('isbn', { write: 'create' }),
    title: f.field('title', { filter: true, sort: true }),
  }),
  operations: { search: true, read: true, create: true, update: true, delete: true },
});

const hasher = auth.createSecretHasher({ peppers: { current: 'a', keys: { a: randomBytes(32) } } });
const secret = auth.issueSecret();
const rights = { active: true, scopes: ['book:write'], epoch: 0, attributes: {} };
const shop = { clientId: 'shop', name: 'Shop', secrets: [{ hash: hasher.hash('shop', secret) }], ...rights };
const tokens = auth.opaqueTokens({ store: auth.createMemoryTokenStore() });
const clients = auth.clients({ store: auth.createMemoryClientStore([shop]), hasher });

const orm = await openDatabase({ entities: [Book] });
await orm.schema.create();
const plugins = [clients, auth.tokenEndpoint({ tokens }), auth.bearer({ tokens: [tokens] })];
const api = await createApi({ basePath: '/api', orm, resources: [books], plugins });

const app = express().use(expressAdapter(api));
app.get('/hello', (_request, response) => void response.send('Hello from Express'));
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  process.stdout.write(
    `${JSON.stringify({ ...Object(server.address()), client_id: 'shop', client_secret: secret })}\n`,
  );
});
