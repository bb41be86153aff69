import { execFile } from 'node:child_process';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { generateRegistry } from '../../src/demonstration/index.ts';
import { base } from './requests/request.ts';
import { bootstrap, clientSecret } from './support/bootstrap.ts';
import { anonymous, callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

const people = 30_000;
/** Megabytes that the JavaScript of the server may hold in all: less than the people take as text and as rows. */
const heap = 96;
/** Megabytes that the process may grow by while it streams, what the engine and the sockets keep included. */
const growth = 128;

/** Resident memory of a process, in megabytes. */
async function residentOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}

/** A stream of people, as its connection has it: nothing is read before it is asked for. */
async function streamOf({ origin }: OpenSppProcess, clientId: string): Promise<IncomingMessage> {
  const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const token = (await anonymous({ origin }).call('POST', '/oauth/token', { body })).body.access_token;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' };
  return new Promise((resolve, reject) => {
    get(`${origin}${base}/Individual`, { headers, agent: new Agent() }, resolve).on('error', reject);
  });
}

/** Reads a stream to its end, waiting so long after each piece; answers how many lines it had. */
async function read(stream: IncomingMessage, milliseconds: number): Promise<number> {
  let lines = 0;
  for await (const chunk of stream) {
    for (const byte of chunk as Buffer) if (byte === 10) lines += 1;
    if (milliseconds > 0) await pause(milliseconds);
  }
  expect(stream.complete).toBe(true);
  return lines;
}

describeOnPostgresql('exports of many people', () => {
  it('hold little memory, however slowly they are read', async () => {
    await using database = await emptyDatabase();
    await using server = await startOpenSpp({
      bootstrap,
      environment: {
        DATABASE_URL: database.url,
        LOG_LEVEL: 'silent',
        NODE_OPTIONS: `--max-old-space-size=${heap}`,
      },
    });
    await generateRegistry(database.orm, { people, seed: 7 });
    await database.orm.em.getConnection().execute('analyze');
    const totalFor = async (clientId: string) => {
      const { body, text } = await (await callerOf(server, clientId)).call('GET', '/Individual?_count=1');
      expect(body, text).toHaveProperty('meta');
      return (body.meta as { readonly total: number }).total;
    };
    // A few of them are archived.
    expect(await totalFor('full')).toBeGreaterThan(people * 0.9);

    // Once to warm up: what the engine has compiled is no part of the export.
    expect(await read(await streamOf(server, 'full'), 0)).toBe(await totalFor('full'));

    const before = await residentOf(server.pid);
    let most = before;
    let isOver = false;
    const watching = (async () => {
      for (; !isOver; await pause(50)) most = Math.max(most, await residentOf(server.pid));
    })();
    const left = await streamOf(server, 'full');
    const [all, consented] = await Promise.all([
      streamOf(server, 'full').then((stream) => read(stream, 3)),
      streamOf(server, 'by-consent').then((stream) => read(stream, 3)),
      // Another client leaves in the middle of its stream.
      pause(500).then(() => left.destroy()),
    ]);
    isOver = true;
    await watching;
    expect(all).toBe(await totalFor('full'));
    expect(consented).toBe(await totalFor('by-consent'));
    expect(consented).toBeLessThan(all);
    expect(most - before, `from ${before} to ${most} MB`).toBeLessThan(growth);
    expect(await server.stop()).toBe(0);
  }, 300_000);
});
