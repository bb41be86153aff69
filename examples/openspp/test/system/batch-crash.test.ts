import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { GroupMembership, Identifier, Registrant } from '../../src/entities/index.ts';
import { bootstrap, household, person } from './support/bootstrap.ts';
import { callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

/** How often the process is killed: `CRASH_ROUNDS=100` for a long look. */
const rounds = Number(process.env.CRASH_ROUNDS ?? 10);
const people = 8;

/** A transaction of one group and its members; all of its records carry the same name. */
function bundle(name: string, type: 'transaction' | 'batch') {
  const members = Array.from({ length: people }, (_, index) => ({
    fullUrl: `urn:uuid:${index}`,
    request: { method: 'POST', url: 'Individual' },
    resource: { type: 'Individual', ...person(`${name}-${index}`) },
  }));
  const member = members.map(({ fullUrl }) => ({ entity: { reference: fullUrl } }));
  const group = { type: 'Group', ...household(name), member };
  const entry = [...members, { request: { method: 'POST', url: 'Group' }, resource: group }];
  return { resourceType: 'Bundle', type, entry };
}

/** Sends bundles from four sides and kills the process after a while. Answers the names of those that were answered. */
async function sendUntilKilled(server: OpenSppProcess, round: number): Promise<readonly string[]> {
  const caller = await callerOf(server);
  const answered: string[] = [];
  const first = Promise.withResolvers<void>();
  const lane = async (number: number) => {
    for (let turn = 0; ; turn += 1) {
      const name = `X-${round}-${number}-${turn}`;
      const { status, text, body } = await caller.call('POST', '/$batch', {
        body: bundle(name, turn % 2 === 0 ? 'transaction' : 'batch'),
      });
      expect(status, text).toBe(200);
      const entries = body.entry as readonly { readonly response: { readonly status: string } }[];
      expect(entries.map(({ response }) => response.status)).toEqual(Array(people + 1).fill('201 Created'));
      answered.push(name);
      first.resolve();
    }
  };
  const lanes = Promise.allSettled([0, 1, 2, 3].map(lane));
  await Promise.race([first.promise, lanes]);
  // Any moment from here on will do: wherever it strikes, the same has to hold.
  await delay(Math.random() * 400);
  server.signal('SIGKILL');
  for (const each of await lanes) {
    expect(each).toMatchObject({ reason: { code: expect.stringMatching(/^(ECONNRESET|ECONNREFUSED|EPIPE)$/) } });
  }
  expect(await server.ended).toBe('SIGKILL');
  return answered;
}

describeOnPostgresql('a process that is killed in the midst of bundles', () => {
  it(
    'leaves whole bundles only, and all that it has answered',
    async () => {
      await using database = await emptyDatabase();
      const answered: string[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        await using server = await startOpenSpp({ bootstrap, environment: { DATABASE_URL: database.url } });
        answered.push(...(await sendUntilKilled(server, round)));
      }

      expect(answered.length).toBeGreaterThanOrEqual(rounds);
      const em = database.orm.em.fork();
      // A statement of the last one may still be at work when its process is gone.
      await expect
        .poll(async () => {
          const others = `select count(*)::int as open from pg_stat_activity where datname = current_database()
            and pid <> pg_backend_pid() and xact_start is not null`;
          const [row] = (await em.getConnection().execute(others)) as readonly { readonly open: number }[];
          return row?.open;
        })
        .toBe(0);
      const groups = await em.find(
        Registrant,
        { kind: 'group', identifiers: { value: { $like: 'X-%' } } },
        { populate: ['identifiers'] },
      );
      const found = groups.map(({ identifiers }) => identifiers[0]?.value);
      expect(found).toEqual(expect.arrayContaining(answered));
      for (const { id } of groups) expect(await em.count(GroupMembership, { group: id })).toBe(people);
      // Nobody is there without the group of his bundle.
      expect(await em.count(Registrant, { kind: 'individual', identifiers: { value: { $like: 'X-%' } } })).toBe(
        groups.length * people,
      );
      expect(await em.count(Identifier, { value: { $like: 'X-%' } })).toBe(groups.length * (people + 1));
    },
    60_000 + rounds * 20_000,
  );
});
