import { expect, it } from 'vitest';
import { GroupMembership, Identifier, Registrant, VocabularyCode } from '../src/entities/index.ts';
import { at, household, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

const outcome = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const system = 'urn:openspp:vocab:id-type#national_id';

overEachDatabase('identifiers', (t) => {
  const one = (value: string) => at('/Individual/{}', nationalId(value));
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });
  const invalidate = (value: string) => t.orm.em.fork().nativeUpdate(Identifier, { value }, { status: 'invalid' });

  /** Somebody else who holds an identifier already: only an import makes such a thing. */
  const duplicate = async (value: string, kind: 'individual' | 'group' = 'individual') => {
    await t.orm.em.fork().transactional(async (em) => {
      const registrant = em.create(Registrant, { kind, name: `Twin of ${value}` });
      em.create(Identifier, { registrant, type: await em.findOneOrFail(VocabularyCode, { uri: system }), value });
    });
  };

  it('B-074 B-075 B-076 B-077 B-092: reads identifiers from paths', async () => {
    await make('I-1');
    await make('a|b/c d');
    expect((await t.send('GET', '/Individual/urn:openspp:vocab:id-type%23national_id%7CI-1')).status).toBe(200);
    expect(outcome(await t.send('GET', '/Individual/I-1'))).toEqual([400, 'identifier_malformed']);
    expect((await t.send('GET', one('a|b/c d'))).body.identifier[0].value).toBe('a|b/c d');
    expect((await t.send('GET', one('i-1'))).status).toBe(404);
  });

  it('B-078 B-079: invalid identifiers neither resolve nor block', async () => {
    const passport = { system: 'urn:openspp:vocab:id-type#passport', value: 'I-2-P' };
    await make('I-2', { identifier: [{ system, value: 'I-2' }, passport] });
    expect((await t.send('GET', one('I-2'))).body.identifier).toEqual([passport, { system, value: 'I-2' }]);
    await invalidate('I-2');
    expect((await t.send('GET', one('I-2'))).status).toBe(404);
    const by = await t.send('GET', at('/Individual/{}', `${passport.system}|I-2-P`));
    expect(by.body.identifier).toEqual([passport]);
    expect((await make('I-2')).status).toBe(201);
  });

  it('B-081 B-082: identifiers in use are refused, and nothing is stored', async () => {
    await make('I-3', { active: false });
    const taken = await make('I-3', { name: { text: 'Second' } });
    expect(outcome(taken)).toEqual([409, 'identifier_in_use']);
    expect(taken.body.detail).toContain(nationalId('I-3'));
    const group = await t.send('POST', '/Group', { body: household('x', { identifier: [{ system, value: 'I-3' }] }) });
    expect(outcome(group)).toEqual([409, 'identifier_in_use']);
    expect(await t.orm.em.fork().count(Registrant, { name: 'Second' })).toBe(0);
    const twice = { identifier: ['I-4', 'I-5'].map((value) => ({ system, value })) };
    expect(outcome(await make('', twice))).toEqual([422, 'individual_create_failed']);
  });

  it('B-083 B-084: types and patterns', async () => {
    const endless = { system: 'urn:example:endless', display: 'Endless', pattern: '^(a+)+$' };
    await t.load({
      idTypes: [{ system: 'urn:example:civil-id', display: 'Civil ID', pattern: '^C-[0-9]{4}$' }, endless],
    });
    const with_ = (uri: string, value: string) => make('', { identifier: [{ system: uri, value }] });
    const unknown = await with_('urn:nobody:knows', 'x');
    expect(outcome(unknown)).toEqual([422, 'identifier_type_unknown']);
    expect(unknown.body.detail).toContain('#national_id');
    const bad = await with_('urn:example:civil-id', 'C-1');
    expect(outcome(bad)).toEqual([422, 'identifier_value_invalid']);
    // An operator's expression that comes to no end must not keep the process.
    const value = `${'a'.repeat(60)}!`;
    const body = { ...person(value), identifier: [{ system: endless.system, value }] };
    expect(outcome(await t.send('POST', '/Individual', { body }))).toEqual([422, 'identifier_value_invalid']);
    expect(bad.body.detail).toBe('C-1 is not a valid Civil ID.');
    expect((await with_('urn:example:civil-id', 'C-1234')).status).toBe(201);
  });

  it('B-085 B-088 B-184: ambiguous identifiers of people', async () => {
    await make('I-6');
    await duplicate('I-6');
    const ambiguous = [409, 'identifier_ambiguous'];
    const before = await t.orm.em.fork().count(Registrant, { name: 'Changed' });
    expect(outcome(await t.send('GET', one('I-6')))).toEqual(ambiguous);
    expect(outcome(await t.send('PUT', one('I-6'), { body: person('I-6', { name: { text: 'Changed' } }) }))).toEqual(
      ambiguous,
    );
    expect(outcome(await t.send('PATCH', one('I-6'), { body: { name: { text: 'Changed' } } }))).toEqual(ambiguous);
    expect(outcome(await t.send('GET', `${one('I-6')}/groups`))).toEqual(ambiguous);
    expect(await t.orm.em.fork().count(Registrant, { name: 'Changed' })).toBe(before);
    const both = await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId('I-6'))}`);
    expect(both.body.data).toHaveLength(2);
    const member = `Individual/${nationalId('I-6')}`;
    expect(outcome(await t.send('GET', `/Group?member=${encodeURIComponent(member)}`))).toEqual(ambiguous);
    const group = await t.send('POST', '/Group', {
      body: household('I-G', { member: [{ entity: { reference: member } }] }),
    });
    expect(outcome(group)).toEqual(ambiguous);
    expect((await t.send('GET', at('/Group/{}', householdId('I-G')))).status).toBe(404);
  });

  it('B-085: ambiguous identifiers of groups, in every operation on one group', async () => {
    const value = 'I-11';
    const path = at('/Group/{}', nationalId(value));
    await make('I-12');
    const person = { entity: { reference: `Individual/${nationalId('I-12')}` } };
    const identifier = [{ system, value }];
    expect((await t.send('POST', '/Group', { body: { identifier, name: 'First', member: [person] } })).status).toBe(
      201,
    );
    expect((await t.send('GET', `${path}/membership-history`)).status).toBe(200);
    await duplicate(value, 'group');
    const stored = async () =>
      JSON.stringify([
        await t.orm.em.fork().find(Registrant, { identifiers: { value } }, { orderBy: { id: 'asc' } }),
        await t.orm.em.fork().find(GroupMembership, {}, { orderBy: { id: 'asc' } }),
      ]);
    const before = await stored();
    const member = at('/Group/{}/member/{}', nationalId(value), nationalId('I-12'));
    const calls = [
      ['GET', path],
      ['GET', `${path}/membership-history`],
      ['PUT', path, { identifier, name: 'Changed' }],
      ['PUT', '/Group', { identifier, name: 'Changed' }],
      ['PATCH', path, { name: 'Changed' }],
      ['POST', `${path}/$add-member`, person],
      ['POST', `${path}/$remove-member`, person],
      ['PATCH', member, {}],
    ] as const;
    for (const [method, target, body] of calls) {
      const answer = await t.send(method, target, { body });
      expect([method, target, ...outcome(answer)]).toEqual([method, target, 409, 'identifier_ambiguous']);
    }
    expect(await stored()).toBe(before);
  });

  it('B-085: ambiguous people as members of a group', async () => {
    await make('I-13');
    await t.send('POST', '/Group', { body: household('I-14') });
    const group = at('/Group/{}', householdId('I-14'));
    const body = { entity: { reference: `Individual/${nationalId('I-13')}` } };
    await t.send('POST', `${group}/$add-member`, { body });
    await duplicate('I-13');
    const member = at('/Group/{}/member/{}', householdId('I-14'), nationalId('I-13'));
    for (const answer of [
      await t.send('POST', `${group}/$add-member`, { body }),
      await t.send('POST', `${group}/$remove-member`, { body }),
      await t.send('PATCH', member, { body: {} }),
      await t.send('PUT', '/Individual', { body: person('I-13') }),
    ]) {
      expect(outcome(answer)).toEqual([409, 'identifier_ambiguous']);
    }
    const history = (await t.send('GET', `${group}/membership-history`)).body.data;
    expect(history.map(({ action }: { action: string }) => action)).toEqual(['added']);
  });

  it('B-138: an ambiguous group filter is a conflict, and an empty page for who depends on consents', async () => {
    await t.send('POST', '/Group', { body: household('x', { identifier: [{ system, value: 'I-15' }] }) });
    await duplicate('I-15', 'group');
    await t.addClient('by-consent', ['individual:all', 'group:all'], 'consent');
    const [group, unknown, nobody] = ['I-15', 'I-none', 'I-16'].map(nationalId);
    await make('I-16');
    await duplicate('I-16');
    for (const query of [{ group }, { group, 'membership-role': 'head' }, { group, name: 'nobody at all' }]) {
      const search = `/Individual?${new URLSearchParams(query as Record<string, string>)}`;
      expect(outcome(await t.send('GET', search))).toEqual([409, 'identifier_ambiguous']);
    }
    const page = async (path: string) => {
      const { status, body } = await t.send('GET', path, { as: 'by-consent' });
      return { status, data: body.data, meta: body.meta, links: Object.keys(body.links ?? {}) };
    };
    const empty = { status: 200, data: [], meta: { total: 0, count: 0, offset: 0 }, links: ['self'] };
    for (const each of [group, unknown]) {
      expect(await page(`/Individual?${new URLSearchParams({ group: String(each) })}`)).toEqual(empty);
    }
    expect(await page(`/Group?${new URLSearchParams({ member: `Individual/${nobody}` })}`)).toEqual(empty);
  });

  it('B-089 B-090: kinds are apart', async () => {
    await make('I-7');
    await duplicate('I-7', 'group');
    expect((await t.send('GET', one('I-7'))).body.type).toBe('Individual');
    expect((await t.send('GET', at('/Group/{}', nationalId('I-7')))).body.type).toBe('Group');
    await make('I-8');
    expect((await t.send('GET', at('/Group/{}', nationalId('I-8')))).status).toBe(404);
    // A membership's path may mean either kind.
    expect(outcome(await t.send('GET', at('/ProgramMembership/{}', nationalId('I-7'))))).toEqual([
      409,
      'identifier_ambiguous',
    ]);
  });

  it('B-093: of creates at once with one identifier, one succeeds', async () => {
    const many = t.database === 'postgresql' ? 50 : 8;
    const answers = await Promise.all(Array.from({ length: many }, () => make('I-9')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: many - 1 }, () => 409)]);
  });

  it('F41: of updates at once with one If-Match, one succeeds', async () => {
    const etag = String((await make('I-10')).headers.etag);
    const many = t.database === 'postgresql' ? 50 : 8;
    const answers = await Promise.all(
      Array.from({ length: many }, (_, index) =>
        t.send('PATCH', one('I-10'), {
          body: { name: { given: `Name ${index}` } },
          headers: { 'if-match': etag },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(many - 1);
  });
});
