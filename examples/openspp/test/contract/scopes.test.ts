import { beforeAll, expect, it } from 'vitest';
import { ApiScope } from '../../src/entities/index.ts';
import {
  at,
  groupCalls,
  household,
  householdId,
  membersOf,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';

const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
const bases = [
  'contract',
  'legal_obligation',
  'vital_interest',
  'public_interest',
  'public_task',
  'legitimate_interest',
] as const;

overEveryServer('scopes and legal basis', (t) => {
  const one = at('/Individual/{}', nationalId('S-1'));
  const nobody = at('/Individual/{}', nationalId('nobody'));
  const identifier = [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'S-1' }];
  const { newPeople, newGroup, read, split, fresh } = groupCalls(t);
  /** Whether a refusal names exactly this scope. */
  const refusal = (answer: { status: number; body: { code?: string; detail?: string } }) => [
    ...outcome(answer),
    String(answer.body.detail)
      .match(/[a-z_]+:[a-z]+/g)
      ?.join(' '),
  ];

  beforeAll(async () => {
    const gender = { coding: [{ system: 'urn:iso:std:iso:5218', code: '1' }] };
    const more = { birthDate: '1990-01-01', gender, address: [{ city: 'Mbarara' }] };
    await t.send('POST', '/Individual', { body: person('S-1', more) });
    await t.send('POST', '/Group', { body: household('S-G', { member: [{ entity: personReference('S-1') }] }) });
    await t.addClient('reader', ['individual:read']);
    await t.addClient('searcher', ['individual:search', 'program_membership:search']);
    await t.addClient('creator', ['individual:create']);
    await t.addClient('listed', [{ scope: 'individual:all', fields: ['birthDate'] }]);
  });

  it('B-053 a missing scope answers 403 naming exactly resource:action', async () => {
    await t.addClient('nothing', []);
    const group = at('/Group/{}', householdId('S-G'));
    const body = { entity: personReference('S-1') };
    for (const [method, path, scope, sent] of [
      ['GET', one, 'individual:read'],
      ['POST', '/Individual', 'individual:create', person('S-053')],
      ['PUT', one, 'individual:update', person('S-1')],
      ['PATCH', one, 'individual:update', {}],
      ['GET', group, 'group:read'],
      ['POST', `${group}/$add-member`, 'group:update', body],
      ['GET', at('/Program/{}', 'urn:openspp:program|x'), 'program:read'],
      ['GET', at('/ProgramMembership/{}', nationalId('S-1')), 'program_membership:read'],
    ] as const) {
      const answer = await t.send(method, path, { as: 'nothing', body: sent });
      expect([method, path, ...refusal(answer)]).toEqual([method, path, 403, 'scope_missing', scope]);
    }
  });

  it('B-054 individual:all allows to read, create and update', async () => {
    await t.addClient('all-of-people', ['individual:all']);
    const as = 'all-of-people';
    const path = at('/Individual/{}', nationalId('S-054'));
    expect((await t.send('POST', '/Individual', { as, body: person('S-054') })).status).toBe(201);
    expect((await t.send('GET', path, { as })).status).toBe(200);
    expect((await t.send('GET', '/Individual', { as })).status).toBe(200);
    expect((await t.send('PUT', path, { as, body: person('S-054') })).status).toBe(200);
    expect((await t.send('PATCH', path, { as, body: { birthDate: '1990-01-01' } })).body.birthDate).toBe('1990-01-01');
  });

  it('B-055 scopes of one resource never grant another', async () => {
    const paths = ['/Individual', '/Group', '/Program', '/ProgramMembership'];
    for (const [index, scope] of everything.entries()) {
      const as = `only-${scope}`;
      await t.addClient(as, [scope]);
      const statuses = [];
      for (const path of paths) statuses.push((await t.send('GET', path, { as })).status);
      expect([scope, statuses]).toEqual([scope, paths.map((_, other) => (other === index ? 200 : 403))]);
    }
  });

  it('B-056 a client with only individual:create cannot read', async () => {
    expect((await t.send('POST', '/Individual', { as: 'creator', body: person('S-056') })).status).toBe(201);
    for (const path of [at('/Individual/{}', nationalId('S-056')), '/Individual']) {
      expect(outcome(await t.send('GET', path, { as: 'creator' }))).toEqual([403, 'scope_missing']);
    }
  });

  it('B-057 individual:search alone allows GET /Individual', async () => {
    const found = await t.send('GET', '/Individual', { as: 'searcher' });
    expect([found.status, found.body.data.length > 0]).toEqual([200, true]);
    expect(refusal(await t.send('GET', one, { as: 'searcher' }))).toEqual([403, 'scope_missing', 'individual:read']);
    expect((await t.send('GET', '/Individual', { as: 'reader' })).status).toBe(200);
  });

  it('B-058 program:search alone allows GET /Program; without it and read: 403 naming it', async () => {
    await t.addClient('program-searcher', ['program:search']);
    await t.addClient('program-reader', ['program:read']);
    await t.addClient('program-creator', ['program:create']);
    for (const as of ['program-searcher', 'program-reader']) {
      expect((await t.send('GET', '/Program', { as })).status).toBe(200);
    }
    for (const as of ['reader', 'program-creator']) {
      expect(refusal(await t.send('GET', '/Program', { as }))).toEqual([403, 'scope_missing', 'program:search']);
    }
  });

  it('B-059 program_membership:search alone allows the search of memberships but not a single read', async () => {
    expect((await t.send('GET', '/ProgramMembership', { as: 'searcher' })).status).toBe(200);
    const single = await t.send('GET', at('/ProgramMembership/{}', nationalId('S-1')), { as: 'searcher' });
    expect(refusal(single)).toEqual([403, 'scope_missing', 'program_membership:read']);
  });

  it('B-060 $split without both group:create and group:update is refused', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup(first, second);
    for (const scope of ['group:create', 'group:update', 'group:read']) {
      const client = `only-${scope}`;
      await t.addClient(client, [scope]);
      const refused = await split(group, fresh('house'), [second], {}, client);
      expect(outcome(refused)).toEqual([403, 'scopes_missing']);
      expect(refused.body.detail).toMatch(/group:create.*group:update.*administrator/);
    }
    expect(membersOf((await read(group)).body)).toEqual([first, second]);
    await t.addClient('both-scopes', ['group:create', 'group:update']);
    const to = fresh('house');
    const made = await split(group, to, [second], {}, 'both-scopes');
    // Reading is a scope of its own.
    expect([made.status, Object.keys(made.body).sort()]).toEqual([201, ['identifier', 'meta', 'type']]);
    expect(membersOf((await read(to)).body)).toEqual([second]);
  });

  it('B-061 the legal basis public_task reads without consent', async () => {
    await t.addClient('public-task', everything, 'public_task');
    const as = 'public-task';
    expect((await t.send('GET', one, { as })).body.name.given).toBe('Given-S-1');
    expect((await t.send('GET', '/Individual', { as })).body.data.length).toBeGreaterThan(0);
    expect((await t.send('GET', at('/Group/{}', householdId('S-G')), { as })).status).toBe(200);
    expect(outcome(await t.send('GET', nobody, { as }))).toEqual([404, 'individual_not_found']);
  });

  it('B-062 the legal basis consent needs consent for reads', async () => {
    await t.addClient('consent', everything, 'consent');
    const group = at('/Group/{}', householdId('S-G'));
    const paths = [one, nobody, `${one}/groups`, group, `${group}/membership-history`];
    for (const path of [...paths, at('/ProgramMembership/{}', nationalId('S-1'))]) {
      expect([path, ...outcome(await t.send('GET', path, { as: 'consent' }))]).toEqual([path, 403, 'access_denied']);
    }
    for (const path of ['/Individual', '/Group', '/ProgramMembership']) {
      expect((await t.send('GET', path, { as: 'consent' })).body).toMatchObject({ data: [], meta: { total: 0 } });
    }
    // Programs are nobody's personal data.
    expect((await t.send('GET', '/Program', { as: 'consent' })).status).toBe(200);
  });

  it('B-063 each other legal basis bypasses consent', async () => {
    for (const basis of bases) {
      await t.addClient(basis, ['individual:read'], basis);
      const answer = await t.send('GET', one, { as: basis });
      expect([basis, answer.status, answer.body.birthDate]).toEqual([basis, 200, '1990-01-01']);
    }
  });

  it('B-064 a read on a legal basis carries X-Consent-Status: legal_basis and no X-Consent-Scope', async () => {
    await t.addClient('on-a-contract', everything, 'contract');
    for (const as of ['full', 'on-a-contract']) {
      for (const path of [one, at('/Group/{}', householdId('S-G'))]) {
        const { headers } = await t.send('GET', path, { as });
        expect(headers['x-consent-status']).toBe('legal_basis');
        expect(headers).not.toHaveProperty('x-consent-scope');
      }
    }
    expect((await t.send('GET', '/Individual')).headers).not.toHaveProperty('x-consent-status');
  });

  it('B-065 the allow-list [birthDate]: a read returns type, identifier and birthDate only', async () => {
    const only = { type: 'Individual', identifier, birthDate: '1990-01-01' };
    const listed = await t.send('GET', one, { as: 'listed' });
    expect(listed.body).toEqual(only);
    // The version is part of what the list leaves out (contract §8.3).
    expect(listed.headers).not.toHaveProperty('etag');
    const by = `/Individual?identifier=${encodeURIComponent(nationalId('S-1'))}`;
    expect((await t.send('GET', by, { as: 'listed' })).body.data).toEqual([only]);
    const patched = await t.send('PATCH', one, { as: 'listed', body: { telecom: [] } });
    expect(patched.body).toEqual({ ...only, identifier: [{ ...identifier[0], period: null }] });
    expect((await t.send('GET', `${one}?_elements=gender`, { as: 'listed' })).body).not.toHaveProperty('gender');
    // Nobody may ask by a filter for what an answer would not show.
    for (const filter of ['gender=urn:iso:std:iso:5218%7C1', 'name=Given', 'address=Mbarara']) {
      expect([filter, (await t.send('GET', `/Individual?${filter}`, { as: 'listed' })).status]).toEqual([filter, 400]);
    }
  });

  it('B-066 one scope of the resource without an allow-list lifts the restriction', async () => {
    const narrow = { scope: 'individual:search', fields: ['birthDate'] };
    await t.addClient('half-listed', [narrow, 'individual:read']);
    expect((await t.send('GET', one, { as: 'half-listed' })).body).toMatchObject({
      gender: {},
      name: {},
      address: [{}],
    });
    // A scope of another resource lifts nothing.
    await t.addClient('listed-apart', [narrow, { scope: 'individual:read', fields: ['birthDate'] }, 'group:all']);
    expect(Object.keys((await t.send('GET', one, { as: 'listed-apart' })).body)).toEqual([
      'type',
      'identifier',
      'birthDate',
    ]);
  });

  it('B-067 an allow-list never removes type and identifier', async () => {
    await t.addClient('nothing-listed', [{ scope: 'individual:read', fields: [] }]);
    expect((await t.send('GET', one, { as: 'nothing-listed' })).body).toEqual({ type: 'Individual', identifier });
    const list = await t.send('GET', '/Individual', { as: 'nothing-listed' });
    for (const each of list.body.data) expect(Object.keys(each)).toEqual(['type', 'identifier']);
    const stored = await t.orm.em.fork().findOneOrFail(ApiScope, { client: { clientId: 'nothing-listed' } });
    expect(stored.fields).toEqual([]);
  });
});
