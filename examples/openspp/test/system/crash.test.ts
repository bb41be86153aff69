import { expect, it } from 'vitest';
import { GroupMembership, Identifier, Registrant } from '../../src/entities/index.ts';
import { at } from './requests/request.ts';
import { bootstrap, household, householdId, nationalId, person } from './support/bootstrap.ts';
import { callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

const passport = 'urn:openspp:vocab:id-type#passport';
const idType = 'urn:openspp:vocab:id-type';
const members = ['NX-1', 'NX-2', 'NX-3', 'NX-4'];

/** A person of several rows. */
const wholePerson = (value: string) => ({
  ...person(value),
  identifier: [
    { system: `${idType}#national_id`, value },
    { system: passport, value: `P-${value}` },
  ],
  telecom: [{ system: 'phone', use: 'mobile', value: '+256700111222' }],
});

interface Written {
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

/** Writes from eight sides until so many are answered, then ends the process in the midst of it. */
async function writeUntilKilled(server: OpenSppProcess, round: number): Promise<Written> {
  const caller = await callerOf(server);
  const people: string[] = [];
  const groups: string[] = [];
  const lane = async (number: number) => {
    for (let turn = 0; ; turn += 1) {
      const value = `K-${round}-${number}-${turn}`;
      const isGroup = (number + turn) % 2 === 0;
      const body = isGroup ? household(value, members) : wholePerson(value);
      const answer = await caller.call('POST', isGroup ? '/Group' : '/Individual', { body });
      expect(answer.status, answer.text).toBe(201);
      (isGroup ? groups : people).push(value);
      // The other lanes have requests in hand now.
      if (people.length + groups.length === 60) server.signal('SIGKILL');
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: 8 }, (_, number) => lane(number)));
  for (const each of lanes) {
    expect(each).toMatchObject({ reason: { code: expect.stringMatching(/^(ECONNRESET|ECONNREFUSED|EPIPE)$/) } });
  }
  expect(await server.ended).toBe('SIGKILL');
  return { people, groups };
}

describeOnPostgresql('a process that is killed while it writes', () => {
  it('leaves whole records only, and all that it has answered', async () => {
    await using database = await emptyDatabase();
    const start = () => startOpenSpp({ bootstrap, environment: { DATABASE_URL: database.url } });
    const written: Written[] = [];
    for (const round of [1, 2, 3]) {
      await using server = await start();
      written.push(await writeUntilKilled(server, round));
    }

    await using server = await start();
    const caller = await callerOf(server);
    for (const value of written.flatMap(({ people }) => people)) {
      const { status, body } = await caller.call('GET', at('/Individual/{}', nationalId(value)));
      expect(status, value).toBe(200);
      expect([body.identifier, body.telecom]).toMatchObject([{ length: 2 }, { length: 1 }]);
    }
    for (const value of written.flatMap(({ groups }) => groups)) {
      const { status, body } = await caller.call('GET', at('/Group/{}', householdId(value)));
      expect(status, value).toBe(200);
      expect(body.quantity).toBe(members.length);
    }

    // What was not answered is there as a whole, or not at all.
    const em = database.orm.em.fork();
    const found = await em.find(Registrant, { identifiers: { value: { $like: 'K-%' } } });
    const answered = written.reduce((sum, { people, groups }) => sum + people.length + groups.length, 0);
    expect(found.length).toBeGreaterThanOrEqual(answered);
    for (const { id, kind, mobile } of found) {
      const rows = [await em.count(Identifier, { registrant: id }), await em.count(GroupMembership, { group: id })];
      expect([mobile, ...rows]).toEqual(kind === 'group' ? [null, 1, members.length] : ['+256700111222', 2, 0]);
    }
    expect(await em.count(Registrant, { identifiers: { $none: {} } })).toBe(0);
  });
});
