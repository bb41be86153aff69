// Checked against the packed packages' types by packages.test.ts.
import { defineEntity, p } from '@mikro-orm/core';
import { expressAdapter } from '@sallyport/adapters/express';
import { fastifyAdapter } from '@sallyport/adapters/fastify';
import { koaAdapter } from '@sallyport/adapters/koa';
import { bearer, createMemoryTokenStore, opaqueTokens } from '@sallyport/auth';
import { type Api, createApi, defineResource, key, openDatabase } from '@sallyport/core';
import { hashids } from '@sallyport/plugins/hashids';

const Person = defineEntity({ name: 'Person', properties: { id: p.integer().primary(), name: p.string() } });

export const people = defineResource(Person, {
  name: 'person',
  path: '/person',
  key: key.masked(),
  scope: 'person',
  fields: (f) => ({
    name: f.field('name', { filter: true }),
    // @ts-expect-error a person has no such property: the types are not `any`
    nickname: f.field('nickname'),
  }),
  operations: { search: true },
});

export async function start(): Promise<Api> {
  return createApi({
    orm: await openDatabase({ entities: [Person] }),
    resources: [people],
    plugins: [
      hashids({ secret: 'x'.repeat(32) }),
      bearer({ tokens: [opaqueTokens({ store: createMemoryTokenStore() })] }),
    ],
  });
}

export const adapters = [expressAdapter, fastifyAdapter, koaAdapter] as const;
