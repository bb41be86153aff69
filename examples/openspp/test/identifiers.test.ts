import { expect, it } from 'vitest';
import { at, household, householdId, nationalId, outcome, overEachDatabase, person } from '../testing/index.ts';
import { makeTwin } from './contract/support/twins.ts';

overEachDatabase('identifiers', (t) => {
  const one = (value: string) => at('/Individual/{}', nationalId(value));
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });
  const ambiguous = [409, 'identifier_ambiguous'];

  it("7.1 an operator's expression that comes to no end does not keep the process", async () => {
    const endless = { system: 'urn:example:endless', display: 'Endless', pattern: '^(a+)+$' };
    await t.load({ idTypes: [endless] });
    const identifier = [{ system: endless.system, value: `${'a'.repeat(60)}!` }];
    expect(outcome(await make('', { identifier }))).toEqual([422, 'identifier_value_invalid']);
  });

  it('7.5 nobody has two identifiers of one type', async () => {
    const system = 'urn:openspp:vocab:id-type#national_id';
    const identifier = ['I-4', 'I-5'].map((value) => ({ system, value }));
    expect(outcome(await make('', { identifier }))).toEqual([422, 'individual_create_failed']);
  });

  it("12.2 a membership's path may mean either kind", async () => {
    await make('I-7');
    await makeTwin(t, 'I-7', 'group');
    expect(outcome(await t.send('GET', at('/ProgramMembership/{}', nationalId('I-7'))))).toEqual(ambiguous);
  });

  it('7.4 ambiguous people as members of a group, and as a filter', async () => {
    await make('I-13');
    const entity = { reference: `Individual/${nationalId('I-13')}` };
    await t.send('POST', '/Group', { body: household('I-14', { member: [{ entity }] }) });
    await makeTwin(t, 'I-13');
    const group = at('/Group/{}', householdId('I-14'));
    const member = at('/Group/{}/member/{}', householdId('I-14'), nationalId('I-13'));
    for (const answer of [
      await t.send('POST', `${group}/$add-member`, { body: { entity } }),
      await t.send('POST', `${group}/$remove-member`, { body: { entity } }),
      await t.send('PATCH', member, { body: {} }),
      await t.send('GET', `/Group?${new URLSearchParams({ member: entity.reference })}`),
    ]) {
      expect(outcome(answer)).toEqual(ambiguous);
    }
    const history = (await t.send('GET', `${group}/membership-history`)).body.data;
    expect(history.map(({ action }: { action: string }) => action)).toEqual(['added']);
    await t.addClient('by-consent', ['individual:all', 'group:all'], 'consent');
    const page = await t.send('GET', `/Group?${new URLSearchParams({ member: entity.reference })}`, {
      as: 'by-consent',
    });
    expect(page.body).toMatchObject({ data: [], meta: { total: 0, count: 0, offset: 0 } });
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
