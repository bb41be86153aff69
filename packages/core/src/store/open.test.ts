import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { everything } from '../query/condition.ts';
import { Tag } from './fixtures/world.ts';
import { lockFolder } from './folder-lock.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel } from './model.ts';
import { openDatabase } from './open.ts';
import { testDatabases } from './testing.ts';

describe('openDatabase', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('keeps data in a folder, and lets one opener in at a time', async () => {
    const dataDir = join(folder, 'data');
    const first = await openDatabase({ dataDir, entities: [Tag] });
    await first.schema.create();
    await first.em.fork().insert(Tag, { id: '00000000-0000-4000-8000-000000000001', name: 'kept' });
    await expect(openDatabase({ dataDir, entities: [Tag] })).rejects.toThrow(ConfigurationError);
    await first.close(true);
    const second = await openDatabase({ dataDir, entities: [Tag] });
    const store = createStore(second);
    expect(await store.count(store.models.get('Tag') as EntityModel, everything, 'exact')).toBe(1);
    await second.close(true);
  });

  it('takes over the lock of a process that is gone', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
    await writeFile(join(folder, 'left.lock'), stdout.trim());
    const unlock = await lockFolder(join(folder, 'left'));
    expect(await readFile(join(folder, 'left.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    await unlock();
    await expect(readFile(join(folder, 'left.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('wants one place for the data', async () => {
    await expect(openDatabase({ url: 'postgres://x', dataDir: folder, entities: [Tag] })).rejects.toThrow(/not both/);
  });

  it('starts although PostgreSQL is down, and is unavailable until it is up', async () => {
    const orm = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', entities: [Tag] });
    const store = createStore(orm);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.unit(async () => 1)).rejects.toMatchObject({ code: 'unavailable' });
    await orm.close(true);
  });
});

describe('testDatabases', () => {
  it('skips nothing in silence', () => {
    expect(() => testDatabases({ CI: 'true' })).toThrow(/TEST_DATABASE_URL/);
    expect(testDatabases({ CI: 'true', TEST_DATABASE_URL: 'postgres://x' }).map(({ name }) => name)).toEqual([
      'pglite',
      'postgresql',
    ]);
  });
});
