import { expect, it } from 'vitest';
import {
  at,
  groupCalls,
  groupPath,
  household,
  householdId,
  membersOf,
  nameOf,
  nationalId,
  outcome,
  overEveryServer,
  personReference,
  role,
  roleSystem,
} from '../../testing/index.ts';
import { head } from './support/groups.ts';
import { sharePassport } from './support/twins.ts';

overEveryServer('groups', (t) => {
  const { fresh, newPeople, make, newGroup, read, add, remove, change, history } = groupCalls(t);
  const names = async (query: Record<string, string>) => {
    const answer = await t.send('GET', `/Group?${new URLSearchParams(query)}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.data.map(({ name }: { name: string }) => name);
  };
  /** Two people who hold one passport number, as a member of a group. */
  const twins = async () => ({
    reference: `Individual/${await sharePassport(t, fresh('twin'), ...(await newPeople(2)))}`,
  });

  it('B-176 GET prints active members with resolvable references, role, inactive false, and quantity', async () => {
    const [first = '', second = '', former = ''] = await newPeople(3);
    const group = await newGroup(`${first}:head`, second, former);
    await remove(group, { entity: personReference(former) });
    const { body } = await read(group);
    expect(body.quantity).toBe(2);
    expect(body.member).toEqual([
      {
        entity: { ...personReference(first), display: nameOf(first) },
        inactive: false,
        role: head,
      },
      { entity: { ...personReference(second), display: nameOf(second) }, inactive: false },
    ]);
    for (const { entity } of body.member) {
      const key = entity.reference.replace('Individual/', '');
      expect((await t.send('GET', at('/Individual/{}', key))).body.name.text).toBe(entity.display);
    }
  });

  it('B-177 a group without members prints neither member nor quantity', async () => {
    const group = fresh('house');
    expect((await make(group)).body).toMatchObject({ member: null, quantity: null });
    const { body } = await read(group);
    expect(body).not.toHaveProperty('member');
    expect(body).not.toHaveProperty('quantity');
  });

  it('B-178 groupType is stored and returned; an unknown one is a schema violation', async () => {
    const group = fresh('house');
    expect((await make(group, { groupType: 'family' })).body).toMatchObject({ type: 'Group', groupType: 'family' });
    expect((await read(group)).body.groupType).toBe('family');
    const club = await make(fresh('house'), { groupType: 'club' });
    expect([club.status, club.body.detail[0].type]).toEqual([422, 'literal_error']);
    expect((await make(fresh('house'), { name: undefined })).body).toMatchObject({
      name: 'Unnamed Group',
      groupType: 'household',
    });
  });

  it('B-179 GET /Group?type= filters; a value outside of the list is refused', async () => {
    const name = fresh('Typed');
    await make(fresh('house'), { name: `${name} A`, groupType: 'organization' });
    await make(fresh('house'), { name: `${name} B` });
    expect(await names({ name, type: 'organization' })).toEqual([`${name} A`]);
    expect(await names({ name, type: 'household' })).toEqual([`${name} B`]);
    expect(outcome(await t.send('GET', '/Group?type=club'))).toEqual([400, 'filter_value_unknown']);
  });

  it('B-180 GET /Group honours _sort and _lastUpdated', async () => {
    const name = fresh('Sorted');
    for (const letter of ['A', 'B']) await make(fresh('house'), { name: `${name} ${letter}` });
    expect(await names({ name, _sort: '-name' })).toEqual([`${name} B`, `${name} A`]);
    expect(await names({ name, _lastUpdated: 'lt2020-01-01' })).toEqual([]);
    expect(await names({ name, _lastUpdated: 'ge2020-01-01' })).toHaveLength(2);
  });

  it('B-181 member= lists groups with an active membership; malformed is refused, unknown is empty', async () => {
    const [who = ''] = await newPeople(1);
    const [stays, left] = [await newGroup(who), await newGroup(who)];
    await remove(left, { entity: personReference(who) });
    expect(await names({ member: personReference(who).reference })).toEqual([`House ${stays}`]);
    expect(await names({ member: personReference('nobody').reference })).toEqual([]);
    for (const member of [nationalId(who), `Individual/${who}`]) {
      const malformed = await t.send('GET', `/Group?${new URLSearchParams({ member })}`);
      expect(outcome(malformed)).toEqual([400, 'filter_member_malformed']);
    }
    expect(await names({ identifier: householdId(stays) })).toEqual([`House ${stays}`]);
  });

  it('B-182 members of a new group are memberships', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = fresh('house');
    const made = await make(group, {
      member: [{ entity: personReference(first), role: role('head') }, { entity: personReference(second) }],
    });
    expect(made.status, made.text).toBe(201);
    expect(membersOf(made.body)).toEqual([`${first}:head`, second]);
    expect(made.body.quantity).toBe(2);
    const seen = await t.send('GET', at('/Individual/{}', nationalId(first)));
    expect(seen.body.groupMembership).toMatchObject([
      { group: { reference: `Group/${householdId(group)}`, display: `House ${group}` } },
    ]);
    expect(await names({ member: personReference(second).reference })).toEqual([`House ${group}`]);
  });

  it('B-183 an unknown or unreadable member is refused, and no group is made', async () => {
    const [known = '', other = ''] = await newPeople(2);
    const group = fresh('house');
    const of = (...references: readonly string[]) => ({
      member: references.map((reference) => ({ entity: { reference } })),
    });
    const refusals: [object, (number | string)[]][] = [
      [of(personReference(known).reference, personReference('nobody').reference), [422, 'member_not_found']],
      [of(nationalId(known)), [400, 'reference_malformed']],
      [of(`Individual/${known}`), [400, 'reference_identifier_malformed']],
      [of(personReference(known).reference, personReference(known).reference), [422, 'member_duplicate']],
      [{ member: [{ entity: personReference(known), role: role('chief') }] }, [422, 'role_unknown']],
      [
        { member: [known, other].map((each) => ({ entity: personReference(each), role: role('head') })) },
        [422, 'head_already_set'],
      ],
    ];
    for (const [more, expected] of refusals) expect(outcome(await make(group, more))).toEqual(expected);
    expect((await make(group, of(personReference('nobody').reference))).text).toContain(nationalId('nobody'));
    expect((await read(group)).status).toBe(404);
  });

  it('B-184 an ambiguous member is refused, and no group is made', async () => {
    const group = fresh('house');
    expect(outcome(await make(group, { member: [{ entity: await twins() }] }))).toEqual([409, 'identifier_ambiguous']);
    expect((await read(group)).status).toBe(404);
  });

  it('B-185 PUT without a name keeps the name', async () => {
    const group = await newGroup();
    const body = { identifier: household(group).identifier, groupType: 'other' };
    const replaced = await t.send('PUT', groupPath(group), { body });
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body).toMatchObject({ name: `House ${group}`, groupType: 'household' });
    const collection = await t.send('PUT', '/Group', { body: { ...body, name: 'By body' } });
    expect([collection.status, collection.body.name]).toEqual([200, 'By body']);
    expect(outcome(await t.send('PATCH', groupPath(group), { body: { name: null } }))).toEqual([422, 'name_required']);
  });

  it('B-186 PUT and PATCH never touch members', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup(first, second);
    const body = { identifier: household(group).identifier, member: [] };
    expect((await t.send('PUT', groupPath(group), { body })).body.quantity).toBe(2);
    const patched = await t.send('PATCH', groupPath(group), { body: { name: 'New', member: [], quantity: 7 } });
    expect(patched.body).toMatchObject({ name: 'New', quantity: 2 });
  });

  it('B-187 $add-member answers the membership', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup();
    const added = await add(group, { entity: personReference(who), role: role('head'), startDate: '2026-03-01' });
    expect(added.status, added.text).toBe(201);
    expect(added.body).toEqual({
      type: 'GroupMember',
      group: { reference: `Group/${householdId(group)}`, display: `House ${group}` },
      entity: { ...personReference(who), display: nameOf(who) },
      role: head,
      startDate: '2026-03-01',
      status: 'active',
    });
    expect(outcome(await add('no-such-house', { entity: personReference(who) }))).toEqual([404, 'group_not_found']);
    expect((await add(group, {})).body.detail[0]).toMatchObject({ type: 'missing', loc: ['body', 'entity'] });
  });

  it('B-188 adding an active member again is refused before its role is looked at', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup(who);
    const again = await add(group, { entity: personReference(who), role: role('chief') });
    expect(outcome(again)).toEqual([409, 'already_member']);
  });

  it('B-189 an unknown role, or a code of another vocabulary, is refused', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup();
    const refused = await add(group, { entity: personReference(who), role: role('chief') });
    expect(outcome(refused)).toEqual([422, 'role_unknown']);
    expect(refused.body.detail).toContain('chief');
    const gender = { coding: [{ system: 'urn:iso:std:iso:5218', code: '1' }] };
    expect(outcome(await add(group, { entity: personReference(who), role: gender }))).toEqual([422, 'role_unknown']);
    expect((await read(group)).body).not.toHaveProperty('member');
  });

  it('B-190 a second head is refused, added or made one', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup(`${first}:head`);
    const refused = await add(group, { entity: personReference(second), role: role('head') });
    expect(outcome(refused)).toEqual([422, 'head_already_set']);
    await add(group, { entity: personReference(second) });
    expect(outcome(await change(group, second, { role: role('head') }))).toEqual([422, 'head_already_set']);
    expect((await change(group, first, { role: role('head') })).status).toBe(200);
  });

  it('B-191 a former member can be added again', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup(who);
    for (let round = 0; round < 2; round += 1) {
      expect((await remove(group, { entity: personReference(who) })).status).toBe(200);
      expect((await add(group, { entity: personReference(who) })).status).toBe(201);
    }
    expect(membersOf((await read(group)).body)).toEqual([who]);
  });

  it('B-192 an unknown person is not found, for a client with a legal basis', async () => {
    const group = await newGroup();
    expect(outcome(await add(group, { entity: personReference('nobody') }))).toEqual([404, 'individual_not_found']);
    expect(outcome(await remove(group, { entity: personReference('nobody') }))).toEqual([404, 'individual_not_found']);
    expect(outcome(await change(group, 'nobody', {}))).toEqual([404, 'individual_not_found']);
    expect(outcome(await add(group, { entity: await twins() }))).toEqual([409, 'identifier_ambiguous']);
  });

  it('B-193 an unknown person is the same refusal as a hidden one, for a consent client', async () => {
    await t.addClient('members-by-consent', ['individual:all', 'group:all'], 'consent');
    const [hidden = ''] = await newPeople(1);
    const group = await newGroup();
    const asked: [number, string][] = [];
    for (const entity of [personReference('nobody'), personReference(hidden), await twins()]) {
      const start = performance.now();
      const { status, text } = await add(group, { entity }, 'members-by-consent');
      expect(performance.now() - start).toBeGreaterThanOrEqual(50);
      asked.push([status, text]);
    }
    expect(asked[0]?.[0]).toBe(403);
    expect(asked[0]?.[1]).toContain('access_denied');
    expect(asked).toEqual([asked[0], asked[0], asked[0]]);
    expect((await read(group)).body).not.toHaveProperty('member');
  });

  it('B-194 body references without type or bar are refused; percent escapes are read', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup();
    const of = (reference: string) => add(group, { entity: { reference } });
    expect(outcome(await of(nationalId(who)))).toEqual([400, 'reference_malformed']);
    expect(outcome(await of(`Group/${nationalId(who)}`))).toEqual([400, 'reference_malformed']);
    expect(outcome(await of(`Individual/${who}`))).toEqual([400, 'reference_identifier_malformed']);
    expect((await of(`Individual/${nationalId(who).replace('#', '%23')}`)).status).toBe(201);
  });

  it('B-195 $remove-member without a date ends the membership at once', async () => {
    const [who = '', other = ''] = await newPeople(2);
    const group = await newGroup(who, other);
    const removed = await remove(group, { entity: personReference(who), reason: 'moved away' });
    expect(removed.status, removed.text).toBe(200);
    expect(removed.body).toMatchObject({ status: 'inactive' });
    expect(removed.body).toHaveProperty('endedDate');
    expect(membersOf((await read(group)).body)).toEqual([other]);
    expect((await remove(group, { entity: personReference(other), reason: 'x'.repeat(1001) })).status).toBe(422);
  });

  it('B-196 an end that is to come leaves the membership active until then', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup(`${who}:head`);
    const removed = await remove(group, { entity: personReference(who), endedDate: '2999-01-01' });
    expect(removed.body).toMatchObject({ status: 'active', endedDate: '2999-01-01' });
    expect((await read(group)).body.quantity).toBe(1);
    expect(outcome(await add(group, { entity: personReference(who) }))).toEqual([409, 'already_member']);
    const [other = ''] = await newPeople(1);
    const second = await add(group, { entity: personReference(other), role: role('head') });
    expect(outcome(second)).toEqual([422, 'head_already_set']);
  });

  it('B-197 removing who is no member is refused', async () => {
    const [who = '', former = ''] = await newPeople(2);
    const group = await newGroup(former);
    await remove(group, { entity: personReference(former) });
    for (const each of [who, former]) {
      expect(outcome(await remove(group, { entity: personReference(each) }))).toEqual([404, 'not_a_member']);
    }
  });

  it('B-198 PATCH of a member replaces the role; null is as good as absent', async () => {
    const [who = '', other = ''] = await newPeople(2);
    const group = await newGroup(`${who}:head`);
    const changed = await change(group, who, { role: role('spouse'), startDate: null });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body.role.coding).toEqual([{ system: roleSystem, code: 'spouse', display: 'Spouse' }]);
    expect((await change(group, who, { role: null })).body.role.coding[0].code).toBe('spouse');
    expect(outcome(await change(group, who, { role: role('chief') }))).toEqual([422, 'role_unknown']);
    expect(outcome(await change(group, other, {}))).toEqual([404, 'not_a_member']);
  });

  it('B-199 an end before the start is refused', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup();
    await add(group, { entity: personReference(who), startDate: '2026-03-01' });
    const early = { endedDate: '2020-01-01' };
    expect(outcome(await remove(group, { entity: personReference(who), ...early }))).toEqual([422, 'end_before_start']);
    expect(outcome(await change(group, who, early))).toEqual([422, 'end_before_start']);
    expect((await change(group, who, { endedDate: '2026-03-01' })).body).toMatchObject({ endedDate: '2026-03-01' });
    const [planned = ''] = await newPeople(1);
    await add(group, { entity: personReference(planned), startDate: '2999-01-01' });
    expect(outcome(await remove(group, { entity: personReference(planned) }))).toEqual([422, 'end_before_start']);
  });

  it('B-207 history lists added and removed events, newest first, with roles and the client’s name', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup();
    await add(group, { entity: personReference(first), role: role('head') });
    await remove(group, { entity: personReference(first) });
    await add(group, { entity: personReference(second) });
    const all = await history(group);
    expect(all.status, all.text).toBe(200);
    const changedBy = 'Client full';
    const [newest, ended, oldest] = all.body.data;
    expect(newest).toMatchObject({
      action: 'added',
      member: { ...personReference(second), display: nameOf(second) },
      changedBy,
    });
    expect(ended).toMatchObject({ action: 'removed', member: personReference(first), oldRole: head, changedBy });
    expect(oldest).toMatchObject({ action: 'added', member: personReference(first), newRole: head, changedBy });
    expect(newest.timestamp > ended.timestamp && ended.timestamp > oldest.timestamp).toBe(true);
    const base = `/api/v2/spp${groupPath(group, '/membership-history')}`;
    expect(all.body.links).toEqual({ self: `${base}?_count=100&_offset=0` });
    expect(all.body.meta).toEqual({ total: 3, count: 3, offset: 0 });
    const page = await history(group, '?_count=1&_offset=1');
    expect(page.body.meta).toEqual({ total: 3, count: 1, offset: 1 });
    expect(page.body.links.next).toBe(`${base}?_count=1&_offset=2`);
  });

  it('B-208 history _since filters; what cannot be read is refused', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup(first);
    await add(group, { entity: personReference(second) });
    const newest = (await history(group)).body.data[0].timestamp;
    expect((await history(group, `?_since=${newest}`)).body.meta.total).toBe(1);
    expect(outcome(await history(group, '?_since=x'))).toEqual([400, 'since_malformed']);
    expect((await history(group, '?_count=501')).status).toBe(422);
  });

  it('B-209 history accepts _since with a time zone', async () => {
    const [who = ''] = await newPeople(1);
    const group = await newGroup(who);
    for (const [time, total] of [
      ['2999-01-01T00:00:00%2B02:00', 0],
      ['2020-01-01T00:00:00-05:00', 1],
      ['2020-01-01T00:00:00Z', 1],
    ] as const) {
      const answer = await history(group, `?_since=${time}`);
      expect([answer.status, answer.body.meta?.total]).toEqual([200, total]);
    }
  });
});
