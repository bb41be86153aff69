import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../test-support/databases.ts';
import { type GuardedProcess, guardedProcess } from '../../test-support/guarded-process.ts';
import { openAgain, urlOf } from '../../test-support/postgres.ts';
import { hasPostgres, openPostgres } from '../../test-support/postgres-database.ts';
import { type StoreRoad, storeRoad } from '../../test-support/redis.ts';
import { until } from '../../test-support/until.ts';
import { createSqlChangeFeed } from '../changes/sql-feed.ts';

describe.runIf(hasPostgres)('R27: an API whose PostgreSQL is lost', () => {
  let database: TestDatabase;
  let road: StoreRoad;
  let api: GuardedProcess;
  beforeAll(async () => {
    database = await openPostgres();
    road = await storeRoad(urlOf(database.orm));
    const orm = await openAgain(road.url);
    api = await guardedProcess(orm, createSqlChangeFeed(orm));
  });
  afterAll(async () => {
    await api?.close();
    await road?.close();
    await database?.close();
  });

  it.each(['refuse', 'hang'] as const)(
    'answers 503 while the way is lost (%s), and 200 again by itself',
    async (how) => {
      await until(() => api.live(), 'is live');
      const person = await api.create();
      const [opaque, jwt, dead] = [
        await api.token(person, 'opaque'),
        await api.token(person, 'jwt'),
        await api.token(person, 'jwt'),
      ];
      await api.revoke(dead, person);
      const uses = () => Promise.all([opaque, jwt, dead].map((token) => api.use(token)));
      expect(await uses()).toEqual([200, 200, 401]);

      road.set(how);
      // What is remembered may still be used until the loss is found out, and no longer.
      await until(() => !api.live(), 'the loss is found out', 3);
      expect(await uses()).toEqual([503, 503, 503]);
      const down = { status: 503, retryAfter: '5' };
      expect([await api.revoke(jwt, person), await api.grant(person)]).toEqual([down, 503]);

      road.set('open');
      await until(async () => (await uses()).join() === '200,200,401', 'is served again', 30);
      await until(() => api.live(), 'is live again');
      expect([await api.grant(person), await api.revoke(jwt, person)]).toMatchObject([200, { status: 200 }]);
      expect(await uses()).toEqual([200, 401, 401]);
    },
  );
});
