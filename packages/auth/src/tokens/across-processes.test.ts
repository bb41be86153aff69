import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthProcess, startAuthProcess } from '../../test-support/auth-processes.ts';
import type { TestDatabase } from '../../test-support/databases.ts';
import { hasher, type Person } from '../../test-support/oauth-api.ts';
import { killListeners, urlOf } from '../../test-support/postgres.ts';
import { hasPostgres, openPostgres } from '../../test-support/postgres-database.ts';
import { testRedisUrl } from '../../test-support/redis.ts';
import { until } from '../../test-support/until.ts';
import { createRedisChangeFeed } from '../changes/redis-feed.ts';
import { createClientAdmin } from '../clients/client-admin.ts';
import { createClientStore } from '../clients/client-store.ts';

const redis = testRedisUrl();

const feeds = [
  ['NOTIFY', undefined],
  ...(redis === undefined ? [] : [['Redis', { url: redis, channel: `sallyport-test:${randomUUID()}` }] as const]),
] as const;

describe.runIf(hasPostgres).each(feeds)(
  'R28: two processes over one PostgreSQL that hear of each other by %s',
  (_, by) => {
    let database: TestDatabase;
    let one: AuthProcess;
    let two: AuthProcess;
    beforeAll(async () => {
      database = await openPostgres();
      const url = urlOf(database.orm);
      [one, two] = await Promise.all([startAuthProcess(url, by), startAuthProcess(url, by)]);
    });
    afterAll(async () => {
      await Promise.all([one?.close(), two?.close()]);
      await database.close();
    });

    const bothLive = () => until(async () => (await one.live()) && (await two.live()), 'both are live');

    /** Tokens that both processes have seen, and remember. */
    async function arrange(): Promise<{ by: Person; opaque: string; jwt: string; seen: () => Promise<number[]> }> {
      await bothLive();
      const person = await one.create();
      const [opaque, jwt] = [await one.token(person, 'opaque'), await one.token(person, 'jwt')];
      const seen = async () => Promise.all([one, two].flatMap((each) => [each.use(opaque), each.use(jwt)]));
      for (let turn = 0; turn < 2; turn += 1) expect(await seen()).toEqual([200, 200, 200, 200]);
      return { by: person, opaque, jwt, seen };
    }

    it.each([
      ['a client that is disabled', 'disable', 401],
      ['a client whose secret is rotated', 'rotate', 401],
      ['a client whose scopes are narrowed', 'narrow', 403],
    ] as const)('%s in one is refused in the other', async (_what, change, status) => {
      const { by: person, opaque, jwt, seen } = await arrange();
      await one[change](person);
      // At once in the same process.
      expect([await one.use(opaque), await one.use(jwt)]).toEqual([status, status]);
      await until(async () => (await seen()).every((each) => each === status), 'the other refuses too');
    });

    it.each(['opaque', 'jwt'] as const)('a token that is revoked in one (%s) is refused in the other', async (kind) => {
      const { by: person, opaque, jwt } = await arrange();
      const [token, other] = kind === 'opaque' ? [opaque, jwt] : [jwt, opaque];
      expect(await one.revoke(token, person)).toMatchObject({ status: 200 });
      expect(await one.use(token)).toBe(401);
      await until(async () => (await two.use(token)) === 401, 'the other refuses too');
      expect([await one.use(other), await two.use(other)]).toEqual([200, 200]);
    });

    it('a command line that has no API tells both', async () => {
      const { by: person, seen } = await arrange();
      const { orm } = database;
      const changes = by === undefined ? undefined : await createRedisChangeFeed(by);
      const store = createClientStore(orm, changes === undefined ? {} : { changes });
      await createClientAdmin(orm, store, hasher).disable(person.clientId);
      await changes?.close();
      await until(async () => (await seen()).every((each) => each === 401), 'both refuse');
    });

    it('both remember, and nothing but the feed makes them forget', async () => {
      const { orm } = database;
      const change = async (clientId: string, by: number) => {
        const text = 'update sallyport_client set epoch = epoch + ? where client_id = ?';
        await orm.em.getConnection().execute(text, [by, clientId]);
      };
      let known = await arrange();
      const all = async (status: number) => (await known.seen()).every((each) => each === status);
      // A process that is held up for a moment asks the store, as it should: then it is tried again.
      await until(async () => {
        known = await arrange();
        await change(known.by.clientId, 1);
        return all(200);
      }, 'both use what they remember');
      if (by !== undefined) return;
      // What is heard no more may have changed: nothing is remembered, and the store is asked again.
      const lost = async (status: number) => (await killListeners(orm)) > 0 && all(status);
      await until(() => lost(401), 'both have forgotten');
      await change(known.by.clientId, -1);
      await until(() => lost(200), 'both have forgotten again');
      await bothLive();
    });
  },
);
