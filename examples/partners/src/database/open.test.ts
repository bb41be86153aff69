import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@sallyport/core';
import { testDatabases } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { entities, Partner, Setting } from '../entities/index.ts';
import { migrations } from '../migrations/index.ts';
import { open, prepare } from './open.ts';

describe.each(testDatabases())('the database on $name', (database) => {
  it('is what the entities say, and filled once', async () => {
    const { orm, close } = await database.open(entities, { empty: true, migrations });
    try {
      const first = await prepare(orm);
      expect(first.credentials?.clientId).toBe('demonstration');
      expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
      const people = await orm.em.fork().count(Partner);
      const second = await prepare(orm);
      expect(second.credentials).toBeUndefined();
      expect(second.secrets).toEqual(first.secrets);
      expect(await orm.em.fork().count(Partner)).toBe(people);
    } finally {
      await close();
    }
  });

  it('keeps no secret that is given', async () => {
    const { orm, close } = await database.open(entities, { empty: true, migrations });
    try {
      await prepare(orm, 'given by the environment, 32 characters');
      expect(await orm.em.fork().count(Setting)).toBe(0);
    } finally {
      await close();
    }
  });

  // PGlite is open in one process only.
  const onServer: (name: string, test: () => Promise<void>) => void = database.name === 'postgresql' ? it : () => {};

  onServer('is not made when its name was mistyped', async () => {
    const { orm, url, close } = await database.open(entities, { empty: true, migrations });
    try {
      const databaseUrl = `${url}_mistyped`;
      const name = new URL(databaseUrl).pathname.slice(1);
      await expect(open({ databaseUrl, dataDir: undefined, secret: undefined })).rejects.toThrow(
        `database: the server has no database "${name}": make it, or correct the name`,
      );
      const there = await orm.em.getConnection().execute(`select from pg_database where datname = '${name}'`);
      expect(there).toEqual([]);
    } finally {
      await close();
    }
  });

  onServer('is filled by one of several that start', async () => {
    const { orm, url, close } = await database.open(entities, { empty: true, migrations });
    const others = await Promise.all([1, 2].map(() => openDatabase({ url, entities, migrations, connections: 2 })));
    try {
      const opened = await Promise.all([orm, ...others].map((each) => prepare(each)));
      expect(opened.filter(({ credentials }) => credentials !== undefined)).toHaveLength(1);
      expect(new Set(opened.map(({ secrets }) => Buffer.from(secrets.jwt).toString('hex'))).size).toBe(1);
    } finally {
      for (const other of others) await other.close();
      await close();
    }
  });
});

it('stays in its folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'partners-'));
  const settings = { databaseUrl: undefined, dataDir: join(root, 'data'), secret: undefined };
  try {
    const first = await open(settings);
    await first.orm.close();
    const second = await open(settings);
    expect(second.credentials).toBeUndefined();
    expect(second.secrets).toEqual(first.secrets);
    await second.orm.close();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
