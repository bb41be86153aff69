import { expect, it } from 'vitest';
import type { Bootstrap } from '../src/bootstrap/index.ts';
import {
  at,
  familyOf,
  householdId,
  nameOf,
  namesOf,
  nationalId,
  outcome,
  overEachDatabase,
  person,
  personReference,
} from '../testing/index.ts';
import { consentOf, consents, denied, names, type Scope } from './contract/support/consents.ts';
import { programBody, programReference } from './contract/support/programs.ts';

overEachDatabase('rules of consent', (t) => {
  const { as, fresh, prepare, load, registered, house, path: one } = consents(t);
  const valuesOf = ({ data }: { data: readonly { identifier: readonly { value: string }[] }[] }) =>
    data.map(({ identifier }) => identifier[0]?.value);

  it('8.2 nobody is found, or put in order, by what a consent hides', async () => {
    const city = fresh('Hidden');
    const more = { birthDate: '1991-01-01', address: [{ city }] };
    const basic = await registered([{ fieldAccess: 'basic' }], {}, more);
    const custom: Partial<Scope> = { fieldAccess: 'custom', customFields: ['birthDate'] };
    const dated = await registered([custom], {}, more);
    t.people.open(as, ...namesOf(basic));
    const found = async (query: string) => valuesOf((await t.send('GET', `/Individual?${query}`, { as })).body);
    expect(await found('birthdate=1991-01-01&_count=100')).toEqual([dated]);
    expect(await found(`name=${familyOf(basic)}&_count=100`)).toEqual([basic]);
    expect(await found(`name=${familyOf(dated)}&_count=100`)).toEqual([]);
    expect(await found(`address=${encodeURIComponent(city)}`)).toEqual([]);
    const all = await found('_count=100');
    expect(all.toSorted()).toEqual([basic, dated].toSorted());
    for (const sort of ['-birthDate', '-name', 'name']) expect(await found(`_count=100&_sort=${sort}`)).toEqual(all);
  });

  it('8.4 a member whom the client may not read is named without a display', async () => {
    const [open, hidden] = [await registered([{}]), await registered()];
    const group = await house(open, hidden);
    await load(consentOf({ group }, [{ resourceType: 'group', fieldAccess: 'all' }]));
    t.people.open(as, ...namesOf(open));
    const path = at('/Group/{}', householdId(group));
    const members = (await t.send('GET', path, { as })).body.member.map((each: { entity: object }) => each.entity);
    expect(members).toHaveLength(2);
    expect(members).toContainEqual({ ...personReference(open), display: nameOf(open) });
    expect(members).toContainEqual(personReference(hidden));
    const history = (await t.send('GET', `${path}/membership-history`, { as })).body.data;
    expect(history.map((each: { member: object }) => 'display' in each.member).sort()).toEqual([false, true]);
  });

  it('10.4 a client may name whom it has registered itself, and nobody else whom it cannot read', async () => {
    await prepare();
    const own = fresh('C-own');
    await t.send('POST', '/Individual', { as, body: person(own) });
    const foreign = await registered();
    const make = (id: string) => {
      const identifier = [{ system: 'urn:openspp:vocab:id-type#household_id', value: fresh('CG') }];
      return t.send('POST', '/Group', { as, body: { identifier, member: [{ entity: personReference(id) }] } });
    };
    expect((await make(own)).status).toBe(201);
    const [theirs, nobodys] = [await make(foreign), await make('nobody')];
    expect([theirs.status, theirs.text.replaceAll(foreign, 'X')]).toEqual([
      422,
      nobodys.text.replaceAll('nobody', 'X'),
    ]);
  });

  it('K23 a membership is changed without consent for its beneficiary, and keeps who it is of', async () => {
    const [id, other] = [await registered(), await registered()];
    const program = fresh('consent');
    await t.load({ programs: [programBody(program, { targetType: 'individual' })] } as Bootstrap);
    const body = (value: string) => ({
      program: programReference(program),
      beneficiary: personReference(value),
      status: 'enrolled',
    });
    expect((await t.send('POST', '/ProgramMembership', { body: body(id) })).status).toBe(201);
    const query = encodeURIComponent(programReference(program).reference);
    const path = `${at('/ProgramMembership/{}', nationalId(id))}?program=${query}`;
    const changed = await t.send('PUT', path, { as, body: { ...body(id), status: 'paused' } });
    expect([changed.status, names(changed.body)]).toEqual([200, ['identifier', 'meta', 'type']]);
    const another = await t.send('PUT', path, { as, body: body(other) });
    const nobody = await t.send('PUT', path, { as, body: body('nobody') });
    expect([outcome(another), outcome(nobody)]).toEqual([denied, denied]);
    expect(another.text.replaceAll(other, 'X')).toBe(nobody.text.replaceAll('nobody', 'X'));
    expect(outcome(await t.send('GET', one(id), { as }))).toEqual(denied);
  });
});
