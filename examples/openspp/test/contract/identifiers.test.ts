import { expect, it } from 'vitest';
import { GroupMembership, Identifier, Registrant } from '../../src/entities/index.ts';
import {
  at,
  givenOf,
  household,
  householdId,
  nameOf,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';
import { makeTwin, sharePassport } from './support/twins.ts';

const system = 'urn:openspp:vocab:id-type#national_id';
const ambiguous = [409, 'identifier_ambiguous'];
const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];

overEveryServer('identifiers', (t) => {
  const one = (value: string) => at('/Individual/{}', nationalId(value));
  const read = (value: string, as = 'full') => t.send('GET', one(value), { as });
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });
  const invalidate = (value: string) => t.orm.em.fork().nativeUpdate(Identifier, { value }, { status: 'invalid' });
  const people = (name: string) => t.orm.em.fork().count(Registrant, { name });

  it('B-074 %23 resolves #; the bar may be raw or %7C', async () => {
    await make('I-74');
    for (const bar of ['|', '%7C', '%7c']) {
      const { status, body } = await t.send('GET', `/Individual/urn:openspp:vocab:id-type%23national_id${bar}I-74`);
      expect([bar, status, body.identifier[0].value]).toEqual([bar, 200, 'I-74']);
    }
    expect((await t.send('GET', `/Individual/urn%3Aopenspp%3Avocab%3Aid-type%23national_id|I-74/groups`)).status).toBe(
      200,
    );
  });

  it('B-075 a path without a bar is refused', async () => {
    await make('I-75');
    for (const resource of ['Individual', 'Group', 'Program', 'ProgramMembership']) {
      expect(outcome(await t.send('GET', `/${resource}/I-75`))).toEqual([400, 'identifier_malformed']);
    }
    expect(outcome(await t.send('PATCH', '/Individual/I-75', { body: {} }))).toEqual([400, 'identifier_malformed']);
  });

  it('B-076 the value may contain bars: the first one splits', async () => {
    await make('a|b|c');
    for (const path of [one('a|b|c'), '/Individual/urn:openspp:vocab:id-type%23national_id|a|b|c']) {
      expect((await t.send('GET', path)).body.identifier).toEqual([{ system, value: 'a|b|c' }]);
    }
  });

  it('B-077 comparison is case-sensitive', async () => {
    await make('I-77a');
    expect((await read('I-77a')).status).toBe(200);
    expect((await read('i-77A')).status).toBe(404);
    const upper = at('/Individual/{}', nationalId('I-77a').replace('national_id', 'NATIONAL_ID'));
    expect((await t.send('GET', upper)).status).toBe(404);
    expect((await make('I-77A')).status).toBe(201);
  });

  it('B-078 an invalid identifier does not resolve and is not printed', async () => {
    const passport = { system: 'urn:openspp:vocab:id-type#passport', value: 'I-78-P' };
    await make('I-78', { identifier: [{ system, value: 'I-78' }, passport] });
    expect((await read('I-78')).body.identifier).toHaveLength(2);
    await invalidate('I-78');
    expect(outcome(await read('I-78'))).toEqual([404, 'individual_not_found']);
    const other = await t.send('GET', at('/Individual/{}', `${passport.system}|I-78-P`));
    expect(other.body.identifier).toEqual([passport]);
    const search = await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId('I-78'))}`);
    expect(search.body.data).toEqual([]);
  });

  it('B-079 an invalid identifier can be reused by a new registrant', async () => {
    await make('I-79', { name: { text: 'The first' } });
    await invalidate('I-79');
    const made = await make('I-79', { name: { text: 'The second' } });
    expect(made.status, made.text).toBe(201);
    expect((await read('I-79')).body.name.text).toBe('The second');
  });

  it('B-080 an archived registrant is readable by identifier and absent from searches', async () => {
    await make('I-80', { active: false });
    expect((await read('I-80')).body).toMatchObject({ active: false, name: { text: nameOf('I-80') } });
    for (const query of [{ name: givenOf('I-80') }, { identifier: nationalId('I-80') }]) {
      const { body } = await t.send('GET', `/Individual?${new URLSearchParams(query as Record<string, string>)}`);
      expect(body).toMatchObject({ data: [], meta: { total: 0 } });
    }
  });

  it('B-081 the identifier of an archived registrant blocks creation', async () => {
    await make('I-81', { active: false });
    expect(outcome(await make('I-81', { name: { text: 'Blocked' } }))).toEqual([409, 'identifier_in_use']);
    expect(await people('Blocked')).toBe(0);
  });

  it('B-082 an identifier held by any other registrant is refused, and nothing is stored', async () => {
    await make('I-82');
    const taken = await make('I-82', { name: { text: 'Second' } });
    expect(outcome(taken)).toEqual([409, 'identifier_in_use']);
    expect(taken.body.detail).toContain(nationalId('I-82'));
    const [group, another] = [
      { system, value: 'I-82' },
      { system: 'urn:openspp:vocab:id-type#household_id', value: 'I-82-free' },
    ];
    const house = await t.send('POST', '/Group', {
      body: household('x', { identifier: [another, group], name: 'Second' }),
    });
    expect(outcome(house)).toEqual([409, 'identifier_in_use']);
    expect(await people('Second')).toBe(0);
    expect((await t.send('GET', at('/Group/{}', householdId('I-82-free')))).status).toBe(404);
    expect((await t.send('POST', '/Group', { body: household('I-82-free') })).status).toBe(201);
  });

  it('B-083 an unknown identifier system is refused', async () => {
    const identifier = [
      { system, value: 'I-83' },
      { system: 'urn:nobody:knows', value: 'x' },
    ];
    const unknown = await make('', { identifier });
    expect(outcome(unknown)).toEqual([422, 'identifier_type_unknown']);
    expect(unknown.body.detail).toContain('#national_id');
    expect((await read('I-83')).status).toBe(404);
  });

  it("B-084 a value that violates the type's pattern is refused", async () => {
    const civil = { system: 'urn:example:civil-id', display: 'Civil ID', pattern: '^C-[0-9]{4}$' };
    await t.load({ idTypes: [civil] });
    const with_ = (value: string) =>
      make('', { name: { text: 'Civil' }, identifier: [{ system: civil.system, value }] });
    for (const value of ['C-1', 'C-12345', 'xC-1234', 'c-1234']) {
      const bad = await with_(value);
      expect(outcome(bad)).toEqual([422, 'identifier_value_invalid']);
      expect(bad.body.detail).toBe(`${value} is not a valid Civil ID.`);
    }
    expect(await people('Civil')).toBe(0);
    expect((await with_('C-1234')).status).toBe(201);
  });

  it('B-085 an ambiguous identifier is a conflict on a legal basis, and nothing changes', async () => {
    await make('I-85');
    await make('I-85-m');
    const entity = { entity: personReference('I-85-m') };
    const house = { identifier: [{ system, value: 'I-85-G' }], name: 'First', member: [entity] };
    expect((await t.send('POST', '/Group', { body: house })).status).toBe(201);
    await makeTwin(t, 'I-85');
    await makeTwin(t, 'I-85-G', 'group');
    const group = at('/Group/{}', nationalId('I-85-G'));
    const stored = async () => {
      const em = t.orm.em.fork();
      const found = { identifiers: { value: { $like: 'I-85%' } } };
      return JSON.stringify([
        await em.find(Registrant, found, { orderBy: { id: 'asc' } }),
        await em.find(GroupMembership, {}, { orderBy: { id: 'asc' } }),
      ]);
    };
    const before = await stored();
    const changed = { ...house, name: 'Changed' };
    for (const [method, target, body] of [
      ['GET', one('I-85')],
      ['PUT', one('I-85'), person('I-85', { name: { text: 'Changed' } })],
      ['PUT', '/Individual', person('I-85', { name: { text: 'Changed' } })],
      ['PATCH', one('I-85'), { name: { text: 'Changed' } }],
      ['GET', `${one('I-85')}/groups`],
      ['GET', group],
      ['GET', `${group}/membership-history`],
      ['PUT', group, changed],
      ['PUT', '/Group', changed],
      ['PATCH', group, { name: 'Changed' }],
      ['POST', `${group}/$add-member`, entity],
      ['POST', `${group}/$remove-member`, entity],
      ['PATCH', at('/Group/{}/member/{}', nationalId('I-85-G'), nationalId('I-85-m')), {}],
    ] as const) {
      const answer = await t.send(method, target, { body });
      expect([method, target, ...outcome(answer)]).toEqual([method, target, ...ambiguous]);
    }
    expect(await stored()).toBe(before);
  });

  /** A person whom a client that depends on consents may read, and one whom it may not; both hold one passport. */
  async function passportOf(as: string, prefix: string) {
    await t.addClient(as, everything, 'consent', { name: `Of ${as}`, type: 'ngo' });
    const [first, second] = [`${prefix}-1`, `${prefix}-2`];
    await make(first);
    await make(second);
    const consents = (value: string) => ({
      signatory: `Individual/${nationalId(value)}`,
      status: 'given' as const,
      recipients: [`Of ${as}`],
      effectiveDate: '2020-01-01',
      scopes: [{ resourceType: 'individual' as const, purpose: 'audit' as const, fieldAccess: 'all' as const }],
    });
    await t.load({ consents: [consents(first)] });
    return { path: at('/Individual/{}', await sharePassport(t, prefix, first, second)), second: consents(second) };
  }
  const asked = async (path: string, as: string) => {
    const answers = [
      await t.send('GET', path, { as }),
      await t.send('PATCH', path, { as, body: {} }),
      await t.send('GET', `${path}/groups`, { as }),
    ];
    return answers.map(outcome);
  };

  it('B-086 an ambiguous identifier is hidden from a consent client that may read one match only', async () => {
    const { path } = await passportOf('reads-one', 'I-86');
    const denied = [403, 'access_denied'];
    expect(await asked(path, 'reads-one')).toEqual([denied, denied, denied]);
    const unknown = at('/Individual/{}', nationalId('nobody'));
    const [known, none] = [
      await t.send('GET', path, { as: 'reads-one' }),
      await t.send('GET', unknown, { as: 'reads-one' }),
    ];
    expect(known.text).toBe(none.text);
  });

  it('B-087 an ambiguous identifier is told to a consent client that may read all matches', async () => {
    const { path, second } = await passportOf('reads-both', 'I-87');
    await t.load({ consents: [second] });
    expect(await asked(path, 'reads-both')).toEqual([ambiguous, ambiguous, ambiguous]);
  });

  it('B-088 identifier= lists every match of an ambiguous identifier', async () => {
    await make('I-88');
    await makeTwin(t, 'I-88');
    const { body } = await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId('I-88'))}`);
    const names = body.data.map(({ name }: { name: { text: string } }) => name.text);
    expect(names.sort()).toEqual([nameOf('I-88'), 'Twin of I-88'].sort());
    expect(body.meta.total).toBe(2);
  });

  it('B-089 one individual and one group sharing system and value are not ambiguous', async () => {
    await make('I-89');
    await makeTwin(t, 'I-89', 'group');
    expect((await read('I-89')).body).toMatchObject({ type: 'Individual', name: { text: nameOf('I-89') } });
    expect((await t.send('GET', at('/Group/{}', nationalId('I-89')))).body).toMatchObject({
      type: 'Group',
      name: 'Twin of I-89',
    });
    expect((await t.send('PATCH', one('I-89'), { body: {} })).status).toBe(200);
  });

  it('B-090 GET /Individual never returns a group, GET /Group never an individual', async () => {
    await make('I-90');
    await t.send('POST', '/Group', { body: household('I-90-G') });
    expect(outcome(await t.send('GET', at('/Group/{}', nationalId('I-90'))))).toEqual([404, 'group_not_found']);
    expect(outcome(await t.send('GET', at('/Individual/{}', householdId('I-90-G'))))).toEqual([
      404,
      'individual_not_found',
    ]);
    for (const [resource, key] of [
      ['Individual', householdId('I-90-G')],
      ['Group', nationalId('I-90')],
    ]) {
      const { body } = await t.send('GET', `/${resource}?identifier=${encodeURIComponent(String(key))}`);
      expect(body.data).toEqual([]);
    }
  });

  it('B-092 values with an encoded slash resolve', async () => {
    await make('a/b c');
    expect((await read('a/b c')).body.identifier[0].value).toBe('a/b c');
    expect((await t.send('GET', `${one('a/b c')}/groups`)).status).toBe(200);
    expect((await t.send('GET', one('a/b c').replace('%2F', '%2f'))).status).toBe(200);
    expect((await t.send('PATCH', one('a/b c'), { body: { birthDate: '1990-01-01' } })).status).toBe(200);
  });

  it('B-093 of creates at once with one identifier, exactly one is made', async () => {
    const many = t.database === 'postgresql' ? 20 : 8;
    for (const [path, body] of [
      ['/Individual', person('I-93')],
      ['/Group', household('I-93')],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: many }, () => t.send('POST', path, { body })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: many - 1 }, () => 409)]);
      for (const each of answers) if (each.status === 409) expect(each.body.code).toBe('identifier_in_use');
    }
    expect(await people(nameOf('I-93'))).toBe(1);
  });
});
