import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { migrationsList } from './fixtures/migrations.ts';
import { Tag } from './fixtures/world.ts';
import { migrate } from './migrate.ts';
import { createStore } from './mikro-orm-store.ts';
import { openDatabase } from './open.ts';
import { requireTables } from './tables.ts';
import { testDatabases } from './testing.ts';

const migrations = { migrationsList, snapshot: false, silent: true };
const program = fileURLToPath(new URL('fixtures/migrate-process.ts', import.meta.url));

describe.each(testDatabases())('migrations on $name', ({ name: databaseName, open }) => {
  // PGlite has one connection and one process.
  const onServer: (name: string, test: () => Promise<void>) => void = databaseName === 'postgresql' ? it : () => {};
  it('run once, in order', async () => {
    const database = await open([Tag], { empty: true, migrations });
    try {
      expect(await migrate(database.orm)).toEqual(['Migration1', 'Migration2']);
      let filled = 0;
      const fill = async () => {
        filled += 1;
      };
      expect(await migrate(database.orm, fill)).toEqual([]);
      expect(filled).toBe(1);
      const rows = await database.orm.em.getConnection().execute('select id, name from thing');
      expect(rows).toEqual([]);
    } finally {
      await database.close();
    }
  });

  onServer('make no database that is not there: it is named', async () => {
    const database = await open([Tag], { empty: true });
    const url = new URL(database.url ?? '');
    url.pathname += '_mistyped';
    const fault = new ConfigurationError(
      'database',
      `the server has no database "${url.pathname.slice(1)}": make it, or correct the name`,
    );
    const named = { url: url.href, entities: [Tag], migrations, connections: 2 };
    const orm = await openDatabase(named);
    try {
      await expect(migrate(orm)).rejects.toThrow(fault);
      await expect(requireTables(orm, [Tag])).rejects.toThrow(fault);
      await expect(createStore(orm).ping()).rejects.toMatchObject({ code: 'unavailable' });
      const there = `select datname from pg_database where datname = '${url.pathname.slice(1)}'`;
      expect(await database.orm.em.getConnection().execute(there)).toEqual([]);

      const making = await openDatabase({ ...named, orm: { ensureDatabase: true } });
      try {
        expect(await migrate(making)).toEqual(['Migration1', 'Migration2']);
      } finally {
        await making.schema.dropDatabase();
        await making.close(true);
      }
    } finally {
      await orm.close(true);
      await database.close();
    }
  });

  onServer('let one process fill at a time', async () => {
    const database = await open([Tag], { empty: true, migrations });
    try {
      let inside = 0;
      const fill = async () => {
        inside += 1;
        expect(inside).toBe(1);
        await delay(50);
        inside -= 1;
      };
      await Promise.all([migrate(database.orm, fill), migrate(database.orm, fill)]);
    } finally {
      await database.close();
    }
  });

  onServer('run once when several start at once (PGlite: one process only)', async () => {
    const database = await open([Tag], { empty: true, migrations });
    const url = database.url ?? '';
    const second = await openDatabase({ url, entities: [Tag], migrations, connections: 2 });
    try {
      const run = promisify(execFile);
      const child = run(process.execPath, ['--conditions=sallyport-source', program, url]);
      const inChild = child.then(({ stdout }) => JSON.parse(stdout) as string[]);
      const ran = await Promise.all([migrate(database.orm), migrate(second), inChild]);
      expect(ran.flat()).toEqual(['Migration1', 'Migration2']);
    } finally {
      await second.close(true);
      await database.close();
    }
  });
});
