import { until } from '@sallyport/adapters/testing';
import { describe, expect, it } from 'vitest';
import { bootstrap, person } from './support/bootstrap.ts';
import { anonymous, callerOf } from './support/caller.ts';
import { createCluster, postgresqlFolder } from './support/postgresql-cluster.ts';
import { startOpenSpp } from './support/start-openspp.ts';

const programs = await postgresqlFolder();
if (programs === undefined) {
  const told = 'initdb and pg_ctl are not installed: what happens without a database is not tested';
  if (process.env.CI === 'true') throw new Error(told);
  process.stderr.write(`${told}\n`);
}

describe.skipIf(programs === undefined)('a database that is stopped', () => {
  it('is answered by 503, and served again by itself', async () => {
    await using cluster = await createCluster(programs ?? '');
    await cluster.start();
    await using server = await startOpenSpp({
      bootstrap,
      environment: { DATABASE_URL: cluster.url, LOG_LEVEL: 'silent' },
    });
    const caller = await callerOf(server);
    const open = anonymous(server);
    const served = async () => {
      const answers = await Promise.all([
        caller.call('GET', '/Individual?_count=1'),
        caller.call('PATCH', '/Individual/urn:openspp:vocab:id-type%23national_id%7CNX-1', { body: { active: true } }),
        open.call('GET', '/readyz'),
      ]);
      return answers.map(({ status }) => status);
    };
    expect(await served()).toEqual([200, 200, 200]);

    for (const how of ['fast', 'immediate'] as const) {
      await cluster.stop(how);
      const unavailable = await Promise.all([
        caller.call('GET', '/Individual?_count=1'),
        caller.call('GET', '/Individual/urn:openspp:vocab:id-type%23national_id%7CNX-1'),
        caller.call('POST', '/Individual', { body: person(`NX-${how}`) }),
        caller.call('GET', '/Group?_count=1'),
        open.call('POST', '/oauth/token', {
          body: { grant_type: 'client_credentials', client_id: 'full', client_secret: 'whatever-it-is-that-is-secret' },
        }),
        open.call('GET', '/readyz'),
      ]);
      for (const { status, headers, text } of unavailable) {
        expect(status, text).toBe(503);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
        expect(text).not.toMatch(/ECONN|127\.0\.0\.1|postgres/i);
      }
      expect((await open.call('GET', '/healthz')).status).toBe(200);
      expect((await open.call('GET', '/metadata')).status).toBe(200);

      await cluster.start();
      await until(async () => (await served()).every((status) => status === 200), 'it is served again', 30);
      // What was refused was not done.
      const search = await caller.call('GET', `/Individual?name=NX-${how}`);
      expect(search.body).toMatchObject({ meta: { total: 0 } });
    }
    expect(await server.stop()).toBe(0);
  });

  it('does not keep a process from ending', async () => {
    await using cluster = await createCluster(programs ?? '');
    await cluster.start();
    await using server = await startOpenSpp({
      bootstrap,
      environment: { DATABASE_URL: cluster.url, LOG_LEVEL: 'silent' },
    });
    await cluster.stop('immediate');
    expect((await anonymous(server).call('GET', '/readyz')).status).toBe(503);
    expect(await server.stop()).toBe(0);
  });
});
