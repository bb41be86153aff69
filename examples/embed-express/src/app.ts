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

const secret = process.env.SHOP_SECRET ?? auth.issueSecret();
const clients = auth.configuredClients([{ clientId: 'shop', secret, scopes: ['book:write'] }]);
const tokens = auth.opaqueTokens({ store: auth.createMemoryTokenStore() });
const plugins = [clients, auth.tokenEndpoint({ tokens }), auth.bearer({ tokens: [tokens] })];

const orm = await openDatabase({ entities: [Book] });
await orm.schema.create();
const api = await createApi({ basePath: '/api', orm, resources: [books], plugins });

const app = express().use(expressAdapter(api));
app.get('/hello', (_request, response) => void response.send('Hello from Express'));
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  process.stdout.write(`Port ${Object(server.address()).port}, client_id shop, client_secret ${secret}\n`);
});
