import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compare, everything } from '../query/condition.ts';
import { nativeClient } from './executor.ts';
import { world } from './fixtures/world.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel } from './model.ts';
import { testDatabases } from './testing.ts';

describe.each(testDatabases())('a lost database: $name', ({ name: databaseName, open }) => {
  // PGlite has one connection and one process.
  const onServer: (name: string, test: () => Promise<void>) => void = databaseName === 'postgresql' ? it : () => {};
  it('is unavailable once it is closed', async () => {
    const database = await open(world);
    const store = createStore(database.orm);
    await store.ping();
    if (databaseName === 'pglite') {
      const native = await nativeClient(database.orm);
      if (native.kind === 'pglite') await (native.db as unknown as { close(): Promise<void> }).close();
    } else {
      const native = await nativeClient(database.orm);
      if (native.kind === 'pg') await (native.pool as unknown as { end(): Promise<void> }).end();
    }
    const unavailable = { code: 'unavailable', status: 503, headers: { 'retry-after': '5' } };
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    const partner = store.models.get('Partner') as EntityModel;
    await expect(store.count(partner, everything, 'exact')).rejects.toMatchObject(unavailable);
    await expect(store.unit(async () => 1)).rejects.toMatchObject(unavailable);
    await database.close().catch(() => {});
  });

  onServer('serves again by itself (PGlite runs in this process)', async () => {
    const database = await open(world, { connections: 3, connectTimeout: 700 });
    const other = await open(world, { connections: 1 });
    try {
      const store = createStore(database.orm);
      const partner = store.models.get('Partner') as EntityModel;
      const kill = async () => {
        const [name] = new URL(database.url ?? '').pathname.slice(1).split('?');
        await other.orm.em
          .getConnection()
          .execute(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
      };
      const unavailable = { code: 'unavailable' };
      // All three connections are lost in the middle of a transaction, twice.
      for (let round = 0; round < 2; round += 1) {
        let begun = 0;
        let go = () => {};
        const killed = new Promise<void>((resolve) => {
          go = resolve;
        });
        const units = [1, 2, 3].map(() =>
          store.unit(async (unit) => {
            begun += 1;
            await killed;
            return unit.count(partner, everything, 'exact');
          }),
        );
        while (begun < 3) await new Promise((resolve) => setTimeout(resolve, 10));
        await kill();
        await new Promise((resolve) => setTimeout(resolve, 50));
        go();
        for (const unit of units) await expect(unit).rejects.toMatchObject(unavailable);
        await new Promise((resolve) => setTimeout(resolve, 700));
        expect(await store.count(partner, everything, 'exact')).toBe(0);
        expect(await store.unit(async (unit) => unit.count(partner, everything, 'exact'))).toBe(0);
      }
      // Idle connections are lost, and the server is asked at once: each of them may fail once.
      await kill();
      for (let lost = 0; lost < 3; lost += 1) {
        await store
          .count(partner, everything, 'exact')
          .catch((error: unknown) => expect(error).toMatchObject(unavailable));
      }
      expect(await store.count(partner, everything, 'exact')).toBe(0);
    } finally {
      await other.close();
      await database.close();
    }
  });

  // Kysely keeps the connection of a transaction that it could not end: the pool waits until it is given back.
  onServer('is closed to the end by a process that has nothing else to do', async () => {
    const database = await open(world);
    try {
      const program = fileURLToPath(new URL('./fixtures/close-after-loss.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=sallyport-source', program], {
        env: { ...process.env, DATABASE_URL: database.url ?? '' },
      });
      expect(stdout).toBe('closed\n');
    } finally {
      await database.close();
    }
  });

  onServer('is unavailable when no connection is free in time', async () => {
    const database = await open(world, { connections: 1, connectTimeout: 200, statementTimeout: 300 });
    try {
      const store = createStore(database.orm);
      const partner = store.models.get('Partner') as EntityModel;
      await store.unit(async () => {
        await expect(store.count(partner, everything, 'exact')).rejects.toMatchObject({ code: 'unavailable' });
      });
      const slow = store.unit(({ em }) =>
        em.getConnection().execute('select pg_sleep(2)', [], 'all', em.getTransactionContext()),
      );
      await expect(slow).rejects.toMatchObject({ code: 'timeout', status: 503 });
      const where = compare(partner.primaryKey, 'eq', 1);
      expect(await store.count(partner, where, 'exact')).toBe(0);
    } finally {
      await database.close();
    }
  });
});
