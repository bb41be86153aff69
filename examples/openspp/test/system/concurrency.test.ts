import { afterAll, beforeAll, expect, it } from 'vitest';
import { GroupMembership, Identifier, Registrant } from '../../src/entities/index.ts';
import { at } from './requests/request.ts';
import { bootstrap, household, householdId, nationalId, person } from './support/bootstrap.ts';
import { type Caller, callerOf } from './support/caller.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

/** The answers to the same question, asked fifty times at once, as `status code` with how often each came. */
async function fiftyTimes(ask: (turn: number) => ReturnType<Caller['call']>): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, turn) => ask(turn)));
  const told: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = status < 300 ? String(status) : `${status} ${body.code}`;
    told[outcome] = (told[outcome] ?? 0) + 1;
  }
  return told;
}

describeOnPostgresql('fifty at once, over two processes', () => {
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  let processes: readonly OpenSppProcess[] = [];
  let callers: readonly Caller[];
  const call = (turn: number, ...question: Parameters<Caller['call']>) => {
    const caller = callers[turn % callers.length];
    if (caller === undefined) throw new Error('nobody to ask');
    return caller.call(...question);
  };
  beforeAll(async () => {
    database = await emptyDatabase();
    const start = () => startOpenSpp({ bootstrap, environment: { DATABASE_URL: database.url } });
    processes = await Promise.all([start(), start()]);
    callers = await Promise.all(processes.map((each) => callerOf(each)));
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await database?.[Symbol.asyncDispose]();
  });

  it.each([
    ['PATCH', { birthDate: '1991-01-01' }],
    ['PUT', person('NX-1', { birthDate: '1992-02-02' })],
  ])('updates by %s with the same If-Match: one is made', async (method, body) => {
    const path = at('/Individual/{}', nationalId('NX-1'));
    const { headers } = await call(0, 'GET', path);
    const told = await fiftyTimes((turn) =>
      call(turn, method, path, { body, headers: { 'if-match': headers.etag ?? '' } }),
    );
    expect(told).toEqual({ '200': 1, '409 version_conflict': 49 });
  });

  it.each([
    ['Individual', person('NX-500'), 'NX-500'],
    ['Group', household('HH-500', ['NX-1', 'NX-2']), 'HH-500'],
  ])('creates of a %s with the same identifier: one is made', async (resource, body, value) => {
    const told = await fiftyTimes((turn) => call(turn, 'POST', `/${resource}`, { body }));
    expect(told).toEqual({ '201': 1, '409 identifier_in_use': 49 });
    expect(await database.orm.em.fork().count(Identifier, { value })).toBe(1);
  });

  it('creates with identifiers in every order: each identifier goes to one', async () => {
    const systems = ['national_id', 'passport'].map((code) => `urn:openspp:vocab:id-type#${code}`);
    const value = 'NX-600';
    const told = await fiftyTimes((turn) => {
      const identifier = (turn % 4 < 2 ? systems : systems.toReversed()).map((system) => ({ system, value }));
      return call(turn, 'POST', '/Individual', { body: { ...person(value), identifier } });
    });
    expect(told).toEqual({ '201': 1, '409 identifier_in_use': 49 });
  });

  it('$add-member of the same person: one is added', async () => {
    const path = `${at('/Group/{}', householdId('HH-2'))}/$add-member`;
    const body = { entity: { reference: `Individual/${nationalId('NX-3')}` } };
    expect(await fiftyTimes((turn) => call(turn, 'POST', path, { body }))).toEqual({
      '201': 1,
      '409 already_member': 49,
    });
    const person3 = { identifiers: { value: 'NX-3' } };
    expect(await database.orm.em.fork().count(GroupMembership, { individual: person3, endedDate: null })).toBe(1);
  });

  it('$add-member of heads: one is the head', async () => {
    const path = `${at('/Group/{}', householdId('HH-2'))}/$add-member`;
    const people = Array.from({ length: 50 }, (_, turn) => person(`NX-7${turn}`));
    for (const body of people) expect((await call(0, 'POST', '/Individual', { body })).status).toBe(201);
    const role = { coding: [{ system: 'urn:openspp:vocab:group-membership-type', code: 'head' }] };
    const told = await fiftyTimes((turn) =>
      call(turn, 'POST', path, { body: { entity: { reference: `Individual/${nationalId(`NX-7${turn}`)}` }, role } }),
    );
    expect(told).toEqual({ '201': 1, '422 head_already_set': 49 });
  });
});

describeOnPostgresql('several processes that start at once on an empty database', () => {
  it('get ready, migrate once, fill it once, and share secret and client', async () => {
    await using database = await emptyDatabase();
    const environment = { DATABASE_URL: database.url, DEMO_PEOPLE: '40', OPENSPP_JWT_SECRET: '' };
    const started = await Promise.allSettled([1, 2, 3, 4].map(() => startOpenSpp({ environment })));
    await using closing = new AsyncDisposableStack();
    const processes = started.flatMap((each) => (each.status === 'fulfilled' ? [closing.use(each.value)] : []));
    expect(started.filter(({ status }) => status === 'rejected')).toEqual([]);

    const em = database.orm.em.fork();
    const migrations: readonly { readonly times: number }[] = await em
      .getConnection()
      .execute('select name, count(*)::int as times from mikro_orm_migrations group by 1');
    expect(migrations.length).toBeGreaterThan(0);
    expect(migrations.every(({ times }) => times === 1)).toBe(true);
    expect(await em.count(Registrant, { kind: 'individual' })).toBe(40);

    const printed = processes.map((each) => each.printed());
    expect(printed.map(({ errors }) => errors).join('')).toBe('');
    const shown = printed.flatMap(({ output }) => [
      ...output.matchAll(/client_id +(?<id>\S+)\n +client_secret +(?<secret>\S+)/g),
    ]);
    expect(shown).toHaveLength(1);
    const { id = '', secret = '' } = shown[0]?.groups ?? {};
    const authorizations = new Set<string>();
    for (const each of processes) {
      const caller = await callerOf(each, id, secret);
      for (const other of processes) {
        const answer = await caller.call('GET', '/Individual?_count=1');
        authorizations.add(`${each.port} ${other.port} ${answer.status}`);
      }
    }
    expect([...authorizations].every((line) => line.endsWith(' 200'))).toBe(true);
  });
});
