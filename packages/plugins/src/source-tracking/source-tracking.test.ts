import { defineEntity, type MikroORM, p } from '@mikro-orm/core';
import {
  type Api,
  type CallContext,
  ConfigurationError,
  createApi,
  defineResource,
  key,
  method,
  type ResourceDescriptor,
  silentLogger,
} from '@sallyport/core';
import { type OpenTestDatabase, testDatabases, tokenStrategy } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../testing/index.ts';
import { trackSources } from './index.ts';

const DeedSchema = defineEntity({
  name: 'Deed',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    title: p.string(),
    active: p.boolean().default(true),
    madeBy: p.string().nullable(),
    madeHow: p.string().nullable(),
    changedBy: p.string().nullable(),
    change: p.string().nullable(),
    version: p.integer().version(),
  },
});
class Deed extends DeedSchema.class {}
DeedSchema.setClass(Deed);

const sources = trackSources<Deed>({
  sourceOf: ({ principal }: CallContext) => (principal.kind === 'client' ? `urn:client:${principal.id}` : null),
  source: 'madeBy',
  method: { property: 'madeHow', value: 'api' },
  changedBy: 'changedBy',
  reference: { property: 'change', of: (change, { now }) => `${change}-${now.toISOString().slice(0, 4)}` },
});

const seen: string[] = [];
const deeds = (more: Partial<ResourceDescriptor> = {}): ResourceDescriptor =>
  sources.of({
    ...defineResource(Deed, {
      name: 'deed',
      scope: 'deed',
      path: '/deed',
      key: key.natural('slug'),
      keyName: null,
      version: 'version',
      fields: (f) => ({
        slug: f.field('slug', { write: 'create' }),
        title: f.field('title'),
        madeBy: f.field('madeBy'),
      }),
      hooks: { beforeWrite: ({ title }) => void seen.push(title) },
      operations: { read: true, create: true, update: true, replace: true, delete: { archive: { active: false } } },
      methods: {
        stamp: method({
          on: 'record',
          scope: 'deed:stamp',
          async run(running) {
            const deed = await running.inUnit.em.findOneOrFail(Deed, running.primaryKey as number);
            sources.mark(deed, 'stamp', running);
          },
        }),
      },
    }),
    ...more,
  });

describe.each(testDatabases())('sources of records over $name', ({ open }) => {
  let database: OpenTestDatabase;
  let api: Api;
  const year = new Date().getUTCFullYear();

  const make = (orm: MikroORM, resource: ResourceDescriptor) =>
    createApi({
      orm,
      basePath: '/api',
      logger: silentLogger,
      resources: [resource],
      auth: [
        tokenStrategy({
          ann: { scopes: ['deed:read', 'deed:create', 'deed:update', 'deed:delete', 'deed:stamp', 'deed:replace'] },
          bob: { scopes: ['deed:read', 'deed:create', 'deed:update', 'deed:delete', 'deed:stamp', 'deed:replace'] },
        }),
      ],
    });
  const send = (verb: string, path: string, body?: unknown, who = 'ann') =>
    call(api, verb, `/api/deed${path}`, {
      headers: { authorization: `Bearer ${who}` },
      ...(body === undefined ? {} : { body }),
    });
  const stored = (slug: string) => database.orm.em.fork().findOneOrFail(Deed, { slug });

  beforeAll(async () => {
    database = await open([DeedSchema]);
    api = await make(database.orm, deeds());
  });
  afterAll(async () => {
    await api?.close();
    await database?.close();
  });

  it('tell who has made them, and who has changed them last', async () => {
    expect((await send('POST', '', { slug: 'one', title: 'One' })).status).toBe(201);
    expect(await stored('one')).toMatchObject({
      madeBy: 'urn:client:ann',
      madeHow: 'api',
      changedBy: null,
      change: null,
    });
    await send('PATCH', '/one', { title: 'Two' }, 'bob');
    expect(await stored('one')).toMatchObject({
      madeBy: 'urn:client:ann',
      changedBy: 'urn:client:bob',
      change: `update-${year}`,
    });
    await send('PUT', '/one', { slug: 'one', title: 'Three', madeBy: 'urn:client:ann' });
    expect(await stored('one')).toMatchObject({ changedBy: 'urn:client:ann', change: `replace-${year}` });
    await send('POST', '/one/stamp', undefined, 'bob');
    expect(await stored('one')).toMatchObject({ changedBy: 'urn:client:bob', change: `stamp-${year}` });
    await send('DELETE', '/one');
    expect(await stored('one')).toMatchObject({ active: false, changedBy: 'urn:client:ann', change: `delete-${year}` });
    expect(seen.slice(-3)).toEqual(['One', 'Two', 'Three']);
  });

  it('are not changed by a body that says nothing', async () => {
    await send('POST', '', { slug: 'still', title: 'Still' });
    expect((await send('PATCH', '/still', {}, 'bob')).status).toBe(200);
    expect(await stored('still')).toMatchObject({ version: 1, changedBy: null });
  });

  it('are nobody else, whatever a body says, then or later', async () => {
    for (const madeBy of ['urn:client:bob', null]) {
      const answer = await send('POST', '', { slug: 'claimed', title: 'Claimed', madeBy });
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([422, 'rule_broken']);
    }
    expect(await database.orm.em.fork().count(Deed, { slug: 'claimed' })).toBe(0);
    await send('POST', '', { slug: 'kept', title: 'Kept', madeBy: 'urn:client:ann' });
    for (const madeBy of ['urn:client:bob', null]) {
      expect((await send('PATCH', '/kept', { title: 'Taken', madeBy }, 'bob')).status).toBe(422);
    }
    expect(await stored('kept')).toMatchObject({ title: 'Kept', madeBy: 'urn:client:ann', changedBy: null });
  });

  it('are those that the program itself says, of records that it loads', async () => {
    await api.store.unit((unit) =>
      api.system.create('deed', { slug: 'old', title: 'Old', madeBy: 'urn:import:1' }, unit),
    );
    expect(await stored('old')).toMatchObject({ madeBy: 'urn:import:1' });
  });
});

it('refuses a resource that has a default of its own for what is kept', () => {
  expect(() => deeds({ defaults: { madeBy: 'me' } })).toThrow(ConfigurationError);
  expect(() => deeds({ defaults: { madeBy: 'me' } })).toThrow(/resources\.deed\.defaults\.madeBy/);
});
