import { memoryLogger } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOrCovers } from '../../test-support/change-feed-suite.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { until } from '../../test-support/until.ts';
import type { Change } from '../changes/change.ts';
import { createMemoryChangeFeed } from '../changes/memory-feed.ts';
import { createSqlChangeFeed, type SqlChangeFeed } from '../changes/sql-feed.ts';
import { createClientStore } from './client-store.ts';
import { AuthClient } from './entities.ts';

const row = {
  name: 'One',
  active: true,
  expiresAt: null,
  secrets: [],
  keys: null,
  scopes: [],
  tokenLifetimeSeconds: null,
  apis: { here: { scopes: ['a:read'], tokenLifetimeSeconds: 60 } },
  limits: null,
  fieldLists: null,
  epoch: 0,
  attributes: {},
  createdAt: new Date(),
  lastUsedAt: null,
  requestCount: 0,
  secretUse: {},
};

describe.each(databases)('changes of clients on %s', (name, open) => {
  let database: TestDatabase;
  /** What another process hears. */
  let feed: SqlChangeFeed;
  const heard: Change[] = [];
  beforeAll(async () => {
    database = await open();
    feed = createSqlChangeFeed(database.orm);
    feed.subscribe((change) => heard.push(change));
    await feed.start();
    await until(() => feed.live, 'is live');
  });
  afterAll(async () => {
    await feed?.close();
    await database?.close();
  });

  it('are told here after the commit, and elsewhere with it', async () => {
    const store = createClientStore(database.orm);
    const here: string[] = [];
    store.onChange((clientId) => here.push(clientId));
    heard.length = 0;
    const result = await store.changing('one', async (em) => {
      em.create(AuthClient, { clientId: 'one', ...row });
      await em.flush();
      expect(here).toEqual([]);
      return 7;
    });
    expect([result, here]).toEqual([7, ['one']]);
    await until(() => heard.length > 0, 'the others hear');
    expect(heard.every(isOrCovers({ kind: 'client', clientId: 'one' }))).toBe(true);
    expect(await store.find('one')).toMatchObject({ apis: row.apis });
  });

  it('are not told when they are rolled back', async () => {
    const store = createClientStore(database.orm);
    const here: string[] = [];
    store.onChange((clientId) => here.push(clientId));
    heard.length = 0;
    const changing = store.changing('one', async (em) => {
      await em.nativeDelete(AuthClient, { clientId: 'one' });
      throw new Error('refused');
    });
    await expect(changing).rejects.toThrow('refused');
    await store.changing('two', async () => {});
    await until(() => heard.length > 0, 'the others hear of the next');
    expect(heard.every(isOrCovers({ kind: 'client', clientId: 'two' }))).toBe(true);
    expect(here).toEqual(['two']);
    expect(await store.find('one')).toBeDefined();
  });

  it('are told after the commit by a feed that is not of the database, and stand when that fails', async () => {
    const memory = createMemoryChangeFeed();
    const told: Change[] = [];
    memory.subscribe((change) => told.push(change));
    const store = createClientStore(database.orm, { changes: memory });
    await store.changing('one', async () => {
      expect(told).toEqual([]);
    });
    await store.changed('two');
    expect(told).toEqual([
      { kind: 'client', clientId: 'one' },
      { kind: 'client', clientId: 'two' },
    ]);
    const log = memoryLogger();
    const mute = { ...memory, publish: () => Promise.reject(new Error('down')) };
    const muted = createClientStore(database.orm, { changes: mute, log });
    expect(await muted.changing('one', async () => 'done')).toBe('done');
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { clientId: 'one' } }]);
    await expect(muted.changed('one')).rejects.toThrow('down');
  });

  it('can be told by whoever has made them, here before the call returns', async () => {
    const store = createClientStore(database.orm);
    const here: string[] = [];
    store.onChange((clientId) => here.push(clientId));
    heard.length = 0;
    const told = store.changed('three');
    expect(here).toEqual(['three']);
    await told;
    // PGlite's one process has heard of it already; another one hears it from the database.
    if (name === 'PostgreSQL') {
      await until(() => heard.length > 0, 'the others hear');
    }
  });
});
