// Run from the packed packages by packages.test.ts.

import { defineEntity, p } from '@mikro-orm/core';
import { serveOn } from '@sallyport/adapters/serve-on';
import { createApi, defineResource, key, openDatabase, silentLogger } from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { cors } from '@sallyport/plugins';

const say = (name, { status, body }) => process.stdout.write(`${JSON.stringify({ call: name, status, body })}\n`);

const Person = defineEntity({
  name: 'Person',
  properties: { id: p.integer().primary(), slug: p.string().unique(), name: p.string() },
});

const people = defineResource(Person, {
  name: 'person',
  path: '/person',
  key: key.natural('slug'),
  fields: (f) => ({ slug: f.field('slug', { read: false, write: 'create' }), name: f.field('name') }),
  scope: () => 'public',
  operations: { search: true, read: true, create: true },
});

const orm = await openDatabase({ entities: [Person] });
await orm.schema.create();
const api = await createApi({ orm, resources: [people], plugins: [cors({ origins: '*' })], logger: silentLogger });
say('create', await call(api, 'POST', '/person', { body: { slug: 'ada', name: 'Ada' } }));
say('search', await call(api, 'GET', '/person'));
for (const framework of ['fastify', 'express', 'koa', 'node']) {
  const running = await serveOn(framework, api);
  const response = await fetch(`${running.url}/person/ada`);
  say(framework, { status: response.status, body: await response.json() });
  await running.close();
}
await api.close();
await orm.close();
