import { LockMode } from '@mikro-orm/core';
import { openConnection, until } from '@sallyport/adapters/testing';
import { describe, expect, it } from 'vitest';
import { Registrant } from '../../src/entities/index.ts';
import { servers } from '../../src/settings.ts';
import { at, base } from './requests/request.ts';
import { bootstrap, nationalId } from './support/bootstrap.ts';
import { anonymous, callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { startOpenSpp } from './support/start-openspp.ts';

const path = at('/Individual/{}', nationalId('NX-1'));
const body = { birthDate: '1991-01-01' };

/** Holds the row of a person, so that changes of it have to wait. */
async function holdRow({ orm }: Awaited<ReturnType<typeof emptyDatabase>>) {
  const em = orm.em.fork();
  await em.begin();
  await em.findOneOrFail(Registrant, { identifiers: { value: 'NX-1' } }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const waiting = async () => {
    const sql = `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const [found] = await orm.em.fork().getConnection().execute<{ waiting: number }[]>(sql);
    return found?.waiting === 1;
  };
  return { release: () => em.commit(), waiting };
}

describeOnPostgresql.each(servers)('SIGTERM while %s has a slow request in hand', (server) => {
  const settings = (url: string, limit: string) => ({ SERVER: server, DATABASE_URL: url, SHUTDOWN_TIMEOUT_MS: limit });

  it('lets it finish, takes no other, and exits 0', async () => {
    await using database = await emptyDatabase();
    await using running = await startOpenSpp({ bootstrap, environment: settings(database.url, '60000') });
    const caller = await callerOf(running);
    const row = await holdRow(database);
    const slow = caller.call('PATCH', path, { body });
    await until(row.waiting, 'the request waits for the row', 30);

    running.signal('SIGTERM');
    const refused = async () => {
      const outcome = await anonymous(running)
        .call('GET', '/metadata')
        .catch(({ code }: { code: string }) => code);
      return outcome === 'ECONNREFUSED';
    };
    await until(refused, 'new connections are refused', 30);
    expect(await Promise.race([running.ended, row.waiting()])).toBe(true);

    await row.release();
    const answer = await slow;
    expect([answer.status, answer.body.birthDate, answer.headers.connection]).toEqual([200, '1991-01-01', 'close']);
    expect(await running.ended).toBe(0);
    expect(running.printed().errors).toBe('');
  });

  it('cuts it when the time is up, and exits 0 all the same', async () => {
    await using database = await emptyDatabase();
    await using running = await startOpenSpp({ bootstrap, environment: settings(database.url, '300') });
    const caller = await callerOf(running);
    const row = await holdRow(database);
    const slow = caller.call('PATCH', path, { body }).catch(({ code }: { code: string }) => code);
    await until(row.waiting, 'the request waits for the row', 30);
    running.signal('SIGTERM');
    expect(await slow).toBe('ECONNRESET');
    await row.release();
    expect(await running.ended).toBe(0);
  });
});

describe.each(servers)('SIGTERM while %s has idle connections', (server) => {
  it('ends without waiting for them', async () => {
    await using running = await startOpenSpp({
      bootstrap,
      environment: { SERVER: server, SHUTDOWN_TIMEOUT_MS: '600000' },
    });
    const connections = await Promise.all([1, 2, 3].map(() => openConnection(running)));
    // Two have been answered and are kept alive, one has never said a word.
    for (const connection of connections.slice(1)) {
      await connection.send(`GET ${base}/metadata HTTP/1.1\r\nHost: api.test\r\n\r\n`);
      expect((await connection.reply()).status).toBe(200);
    }
    running.signal('SIGTERM');
    // With the ten minutes that requests in hand would have, only an end that waits for nobody comes before the test's.
    expect(await running.ended).toBe(0);
    for (const connection of connections) connection.destroy();
  });
});
