import { defineEntity, type EventSubscriber, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../api/create-api.ts';
import { defineResource, type ResourceDescriptor } from '../descriptor/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import { record } from '../fields/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';

const Owner = defineEntity({
  name: 'Owner',
  properties: { id: p.integer().primary(), name: p.string().unique() },
});
const BoatSchema = defineEntity({
  name: 'Boat',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    hull: p.string(),
    mast: p.string(),
    owner: () => p.manyToOne(Owner),
    // All of these are filled by somebody, or need not be.
    note: p.string().nullable(),
    friend: () => p.manyToOne(Owner).nullable(),
    afloat: p.boolean().default(true),
    made: p.datetime().onCreate(() => new Date()),
    class: p.string(),
    crew: () => p.manyToMany(Owner),
    version: p.integer().version(),
  },
});
class Boat extends BoatSchema.class {
  override class = 'dinghy';
}
BoatSchema.setClass(Boat);

const Token = defineEntity({ name: 'Token', properties: { id: p.uuid().primary(), name: p.string() } });
const Stamped = defineEntity({
  name: 'Stamped',
  properties: { id: p.integer().primary(), name: p.string(), stamp: p.string() },
});
class Stamping implements EventSubscriber {
  getSubscribedEntities() {
    return [Stamped];
  }
  beforeCreate({ entity }: { entity: object }) {
    (entity as { stamp: string }).stamp = 'by a listener';
  }
}

const [database] = testDatabases();
let open: OpenTestDatabase;
beforeAll(async () => {
  if (database === undefined) throw new Error('PGlite is always there');
  open = await database.open([Owner, Boat, Token, Stamped]);
  open.orm.em.getEventManager().registerSubscriber(new Stamping());
  const em = open.orm.em.fork();
  em.create(Owner, { name: 'ann' });
  await em.flush();
});
afterAll(() => open?.close());

const owners = defineResource(Owner, {
  name: 'owner',
  path: '/owner',
  key: key.natural('name'),
  scope: 'owner',
  fields: () => ({}),
  operations: { read: true },
});
type Options = Parameters<typeof defineResource<typeof Boat>>[1];
const boat = (change: Partial<Options>): ResourceDescriptor =>
  defineResource(Boat, {
    name: 'boat',
    path: '/boat',
    key: key.natural('slug'),
    scope: () => 'all',
    fields: (f) => ({
      slug: f.field('slug', { read: false, write: 'create' }),
      parts: f.object({ hull: f.field('hull'), mast: f.field('mast') }),
      owner: f.toOne('owner', { resource: 'owner' }),
    }),
    operations: { read: true, create: true },
    ...change,
  });
const start = (...resources: readonly ResourceDescriptor[]) =>
  createApi({
    orm: open.orm,
    resources: [owners, ...resources],
    auth: [tokenStrategy({ a: { scopes: ['all'] } })],
    logger: silentLogger,
  });
const hull = 'resources.boat.operations.create: nothing fills "hull" of Boat';

describe('columns that a create must fill', () => {
  it('stop the start when nothing does', async () => {
    for (const [change, message] of [
      [{ fields: () => ({}) }, 'nothing fills "slug", "hull", "mast", "owner" of Boat'],
      // A key is shown, and not written.
      [
        { fields: (f) => ({ o: f.object({ hull: f.field('hull'), mast: f.field('mast') }) }) },
        '"slug", "owner" of Boat',
      ],
      [{ defaults: { slug: 's', mast: 'm', owner: record({ name: 'ann' }) }, fields: () => ({}) }, hull],
      [
        {
          defaults: { slug: 's', owner: record({ name: 'ann' }) },
          fields: (f) => ({
            hull: f.field('hull', { write: false }),
            mast: f.field('mast', { write: false, default: 'm' }),
          }),
        },
        hull,
      ],
      [
        {
          defaults: { slug: 's', mast: 'm', owner: record({ name: 'ann' }) },
          // What is computed or counted fills nothing.
          fields: (f) => ({ hull: f.computed({ reads: { h: 'hull' }, output: {}, encode: ({ h }) => h }) }),
          hooks: { afterWrite: () => {}, beforeDelete: () => {} },
        },
        hull,
      ],
    ] as const satisfies readonly (readonly [Partial<Options>, string])[]) {
      const starting = start(boat(change as Partial<Options>));
      await expect(starting).rejects.toThrow(ConfigurationError);
      await expect(starting).rejects.toThrow(message);
    }
  });

  it('are told of a primary key that nobody makes', async () => {
    const tokens = defineResource(Token, {
      name: 'token',
      path: '/token',
      key: key.natural('id'),
      scope: 'token',
      fields: (f) => ({ name: f.field('name') }),
      operations: { create: true },
    });
    await expect(start(tokens)).rejects.toThrow('resources.token.operations.create: nothing fills "id" of Token');
    await expect(start({ ...tokens, defaults: { id: () => crypto.randomUUID() } })).resolves.toBeDefined();
  });

  it('are filled by fields at any depth, defaults, the database, the entity and its class', async () => {
    const api = await start(boat({}));
    const body = { slug: 'b', parts: { hull: 'h', mast: 'm' }, owner: 'ann' };
    const made = await call(api, 'POST', '/boat', { headers: { authorization: 'Bearer a' }, body });
    expect(made.status, made.text).toBe(201);
    expect(await open.orm.em.fork().findOneOrFail(Boat, { slug: 'b' })).toMatchObject({ class: 'dinghy' });
  });

  it('are nobody else’s business where there is no create, or where code may fill them', async () => {
    const none = () => ({});
    const assigning = boat({
      fields: (f) => ({
        all: f.custom({
          reads: {},
          output: {},
          input: {},
          encode: () => undefined,
          assign: (made) => void Object.assign(made, { slug: 's', hull: 'h', mast: 'm' }),
        }),
      }),
    });
    for (const resource of [
      boat({ fields: none, operations: { read: true, update: true } }),
      boat({ fields: none, operations: { create: false } }),
      boat({ fields: none, hooks: { beforeWrite: (made) => void Object.assign(made, { hull: 'h' }) } }),
      assigning,
      defineResource(Stamped, {
        name: 'stamped',
        path: '/stamped',
        key: key.none(),
        keyName: null,
        scope: 'stamped',
        fields: (f) => ({ name: f.field('name') }),
        operations: { create: true },
      }),
    ]) {
      await expect(start(resource)).resolves.toBeDefined();
    }
  });
});
