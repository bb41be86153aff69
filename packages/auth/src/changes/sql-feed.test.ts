import type { MikroORM } from '@mikro-orm/core';
import { ConfigurationError } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeFeedSuite, isOrCovers } from '../../test-support/change-feed-suite.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { killListeners, openAgain, urlOf } from '../../test-support/postgres.ts';
import { storeRoad } from '../../test-support/redis.ts';
import { until } from '../../test-support/until.ts';
import type { Change } from './change.ts';
import { createSqlChangeFeed, type SqlChangeFeed } from './sql-feed.ts';

const client = (clientId: string): Change => ({ kind: 'client', clientId });

/** One database of each kind for the whole file. */
const opening = new Map<string, Promise<TestDatabase>>();
function databaseOf([name, open]: (typeof databases)[number]): Promise<TestDatabase> {
  const known = opening.get(name) ?? open();
  opening.set(name, known);
  return known;
}
afterAll(async () => {
  for (const database of opening.values()) await (await database).close();
});

for (const each of databases) {
  const [name] = each;
  changeFeedSuite(`${name}, by NOTIFY`, async () => {
    const { orm } = await databaseOf(each);
    const feed = createSqlChangeFeed(orm);
    // PGlite has one process.
    const other = name === 'PGlite' ? feed : createSqlChangeFeed(orm);
    return {
      feed,
      other,
      garbage: async (payload) => {
        await orm.em.getConnection().execute('select pg_notify(?, ?)', ['sallyport_changes', payload]);
      },
    };
  });

  describe(`a feed over ${name}, in a transaction`, () => {
    let database: TestDatabase;
    let feed: SqlChangeFeed;
    const heard: Change[] = [];
    beforeAll(async () => {
      database = await databaseOf(each);
      feed = createSqlChangeFeed(database.orm, { channel: 'another_channel' });
      feed.subscribe((change) => heard.push(change));
      await feed.start();
      await until(() => feed.live, 'is live');
    });
    afterAll(() => feed.close());

    it('tells when it commits, and not before', async () => {
      heard.length = 0;
      await database.orm.em.fork().transactional(async (em) => {
        await feed.publishIn(em, client(`it's "?" \\ ??`));
        await em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
        expect(heard).toEqual([]);
      });
      await until(() => heard.length > 0, 'hears of the commit');
      expect(heard.every(isOrCovers(client(`it's "?" \\ ??`)))).toBe(true);
    });

    it('tells nothing of one that is rolled back', async () => {
      heard.length = 0;
      const fault = new Error('rolled back');
      const failing = database.orm.em.fork().transactional(async (em) => {
        await feed.publishIn(em, client('never'));
        throw fault;
      });
      await expect(failing).rejects.toBe(fault);
      await database.orm.em.fork().transactional((em) => feed.publishIn(em, client('next')));
      await until(() => heard.length > 0, 'hears of the next');
      expect(heard.every(isOrCovers(client('next')))).toBe(true);
    });

    it('does not wait for itself when it is published in the middle of one', async () => {
      await database.orm.em.fork().transactional(async (em) => {
        await em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
        await feed.publish(client('beside'));
      });
    });

    it('is an error outside of one', async () => {
      await expect(feed.publishIn(database.orm.em.fork(), client('x'))).rejects.toThrow('no transaction');
    });

    it('takes no channel that would have to be quoted', () => {
      for (const channel of ['', 'A', 'a-b', 'a"b', 'x'.repeat(64)]) {
        expect(() => createSqlChangeFeed(database.orm, { channel })).toThrow(ConfigurationError);
      }
    });
  });
}

const server = databases.find(([name]) => name === 'PostgreSQL');

if (server !== undefined) {
  describe('a feed over PostgreSQL that loses its connection', () => {
    let database: TestDatabase;
    const opened: { close(): Promise<unknown> }[] = [];
    const later = <T extends { close(): Promise<unknown> }>(one: T): T => {
      opened.unshift(one);
      return one;
    };
    const listening = (orm: MikroORM, options = {}) => {
      const heard: Change[] = [];
      const feed = later(createSqlChangeFeed(orm, options));
      feed.subscribe((change) => heard.push(change));
      return { feed, heard };
    };
    beforeAll(async () => {
      database = await databaseOf(server);
    });
    afterAll(async () => {
      for (const one of opened) await one.close();
    });

    it('R28: tells everything when the server ends it, and listens again', async () => {
      const { feed, heard } = listening(database.orm);
      const log = memoryLogger();
      await feed.start(log);
      await until(() => feed.live, 'is live');
      for (let round = 0; round < 2; round += 1) {
        heard.length = 0;
        await until(async () => (await killListeners(database.orm)) > 0, 'a connection is ended');
        await until(() => heard.length > 0, 'everything is told');
        await until(() => feed.live && heard.length > 1, 'is live again');
        expect(heard.every(({ kind }) => kind === 'everything')).toBe(true);
      }
      heard.length = 0;
      await createSqlChangeFeed(database.orm).publish(client('afterwards'));
      await until(() => heard.some(({ kind }) => kind === 'client'), 'hears again');
      expect(JSON.stringify(log.lines)).not.toContain('password');
    });

    it.each(['refuse', 'hang'] as const)(
      'R28: is not live a second after the way was lost (%s), and is again',
      async (how) => {
        const road = later(await storeRoad(urlOf(database.orm)));
        const orm = later(await openAgain(road.url));
        const { feed, heard } = listening(orm);
        await feed.start();
        await until(() => feed.live, 'is live');
        heard.length = 0;
        road.set(how);
        await until(() => !feed.live, 'is not live any more', 3);
        await until(() => heard.length > 0, 'everything is told', 3);
        await expect(feed.publish(client('nobody'))).rejects.toMatchObject({ code: 'unavailable', status: 503 });
        // This process has heard of it all the same.
        expect(heard.at(-1)).toEqual(client('nobody'));
        road.set('open');
        await until(() => feed.live, 'is live again');
      },
    );

    it('starts before the database does', async () => {
      const road = later(await storeRoad(urlOf(database.orm)));
      road.set('refuse');
      const { feed } = listening(later(await openAgain(road.url)));
      await feed.start();
      expect(feed.live).toBe(false);
      road.set('open');
      await until(() => feed.live, 'is live');
    });

    it('is never live where what others publish does not arrive', async () => {
      // As behind a pooler: the address answers, and is none of a connection that hears the channel.
      const elsewhere = new URL(urlOf(database.orm));
      elsewhere.pathname = '/postgres';
      const { feed } = listening(database.orm, { url: elsewhere.href });
      await feed.start();
      expect(feed.live).toBe(false);
      const { feed: direct } = listening(database.orm, { url: urlOf(database.orm) });
      await direct.start();
      await until(() => direct.live, 'the right address is');
    });

    it('takes no place in the pool, and does not keep it from closing', async () => {
      const orm = await openAgain(urlOf(database.orm), 1);
      const { feed } = listening(orm);
      await feed.start();
      await until(() => feed.live, 'is live');
      await orm.em.fork().transactional(async (em) => {
        await em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
        expect(feed.live).toBe(true);
      });
      await orm.close();
    });
  });
}
