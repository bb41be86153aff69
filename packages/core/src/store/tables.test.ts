import { defineEntity } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { nativeClient } from './executor.ts';
import { openDatabase } from './open.ts';
import { requireTables } from './tables.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const Owner = defineEntity({
  name: 'Owner',
  tableName: 'house_owner',
  properties: (p) => ({ id: p.integer().primary(), fullName: p.string().fieldName('full_name') }),
});
const House = defineEntity({
  name: 'House',
  schema: 'land',
  properties: (p) => ({
    id: p.integer().primary(),
    owner: () => p.manyToOne(Owner),
    rooms: p.integer(),
    floors: p.json<readonly string[]>().nullable(),
    size: p.integer().persist(false),
    doubled: p.integer().formula((columns) => `${columns.rooms} * 2`),
    keys: () => p.oneToMany(Key).mappedBy('house'),
  }),
});
const Key = defineEntity({
  name: 'Key',
  tableName: 'odd "key"',
  properties: (p) => ({ id: p.integer().primary(), house: () => p.manyToOne(House) }),
});
const entities = [Owner, House, Key];

describe.each(testDatabases())('the tables that entities need, on $name', ({ open }) => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await open(entities);
  });
  afterAll(() => database?.close());

  const execute = (sql: string) => database.orm.em.getConnection().execute(sql);

  it('are there once the schema is made', async () => {
    await expect(requireTables(database.orm, entities)).resolves.toBeUndefined();
    await expect(requireTables(database.orm, [])).resolves.toBeUndefined();
  });

  it('are told with the columns that are not there, and what to do', async () => {
    await execute('alter table "house_owner" rename to "put_away"');
    await execute('alter table "land"."house" drop column "rooms", drop column "floors"');
    try {
      await expect(requireTables(database.orm, entities)).rejects.toThrow(
        new ConfigurationError(
          'database',
          'there is no table house_owner (Owner); the table house (House) has no column rooms, floors: ' +
            'run your migrations, or `orm.schema.update()` where there are none',
        ),
      );
      // Only what is asked for.
      await expect(requireTables(database.orm, [Key])).resolves.toBeUndefined();
    } finally {
      await execute('alter table "put_away" rename to "house_owner"');
      await execute('alter table "land"."house" add column "rooms" int not null, add column "floors" jsonb');
    }
    await expect(requireTables(database.orm, entities)).resolves.toBeUndefined();
  });

  it('are looked at by one query, for all who ask at once', async () => {
    const native = await nativeClient(database.orm);
    const query = native.kind === 'pglite' ? vi.spyOn(native.db, 'query') : vi.spyOn(native.pool, 'query');
    try {
      await Promise.all(entities.map((entity) => requireTables(database.orm, [entity])));
      expect(query).toHaveBeenCalledTimes(1);
      await requireTables(database.orm, [Key]);
      expect(query).toHaveBeenCalledTimes(2);
    } finally {
      query.mockRestore();
    }
  });

  it('are those of entities that the ORM knows', async () => {
    const Stranger = defineEntity({ name: 'Stranger', properties: (p) => ({ id: p.integer().primary() }) });
    await expect(requireTables(database.orm, [Key, Stranger])).rejects.toThrow(
      new ConfigurationError('orm.entities', 'lack Stranger, which a store needs'),
    );
  });
});

it('are not asked for where no database answers', async () => {
  const orm = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', entities: [Owner] });
  await expect(requireTables(orm, [Owner])).resolves.toBeUndefined();
  await orm.close(true);
});
