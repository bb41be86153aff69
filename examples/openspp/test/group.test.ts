import { expect, it } from 'vitest';
import { at, household, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

const role = (code: string) => ({ coding: [{ system: 'urn:openspp:vocab:group-membership-type', code }] });
const entity = (value: string) => ({ reference: `Individual/${nationalId(value)}` });

overEachDatabase('groups', (t) => {
  const path = (value: string, more = '') => at(`/Group/{}${more}`, householdId(value));
  const people = async (...values: readonly string[]) => {
    for (const value of values) {
      expect((await t.send('POST', '/Individual', { body: person(value, { name: { text: value } }) })).status).toBe(
        201,
      );
    }
  };
  const make = (value: string, more: object = {}) => t.send('POST', '/Group', { body: household(value, more) });
  const add = (value: string, body: object) => t.send('POST', path(value, '/$add-member'), { body });
  const remove = (value: string, body: object) => t.send('POST', path(value, '/$remove-member'), { body });
  const outcome = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

  it('B-177 B-178 B-149: creates groups of every type', async () => {
    const made = await make('A-1', { groupType: 'family' });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ type: 'Group', groupType: 'family', member: null, quantity: null });
    const read = await t.send('GET', path('A-1'));
    expect(read.body).not.toHaveProperty('member');
    expect(read.body).not.toHaveProperty('quantity');
    expect(read.body.groupType).toBe('family');
    const club = await make('A-2', { groupType: 'club' });
    expect([club.status, club.body.detail[0].type]).toEqual([422, 'literal_error']);
    expect((await make('A-3', { name: undefined })).body.name).toBe('Unnamed Group');
  });

  it('B-182 B-176 B-091: members of a new group are memberships', async () => {
    await people('P-1', 'P-2');
    const made = await make('B-1', {
      member: [{ entity: entity('P-1'), role: role('head') }, { entity: entity('P-2') }],
    });
    expect(made.status, made.text).toBe(201);
    const head = { coding: [{ system: 'urn:openspp:vocab:group-membership-type', code: 'head', display: 'Head' }] };
    expect((await t.send('GET', path('B-1'))).body).toMatchObject({
      member: [
        { entity: { ...entity('P-1'), display: 'P-1' }, inactive: false, role: head },
        { entity: { ...entity('P-2'), display: 'P-2' }, inactive: false },
      ],
      quantity: 2,
    });
    const seen = await t.send('GET', at('/Individual/{}', nationalId('P-1')));
    expect(seen.body.groupMembership).toEqual([
      { group: { reference: `Group/${householdId('B-1')}`, display: 'House B-1' }, role: head },
    ]);
  });

  it('B-183 B-194 F6: refuses members that cannot be found, and makes no group', async () => {
    const member = (reference: string, more: object = {}) => ({ member: [{ entity: { reference }, ...more }] });
    expect(outcome(await make('C-1', member(`Individual/${nationalId('P-none')}`)))).toEqual([422, 'member_not_found']);
    expect(outcome(await make('C-1', member(nationalId('P-1'))))).toEqual([400, 'reference_malformed']);
    expect(outcome(await make('C-1', member('Individual/P-1')))).toEqual([400, 'reference_identifier_malformed']);
    const chief = member(`Individual/${nationalId('P-1')}`, { role: role('chief') });
    expect(outcome(await make('C-1', chief))).toEqual([422, 'role_unknown']);
    const twice = { member: [{ entity: entity('P-1') }, { entity: entity('P-1') }] };
    expect(outcome(await make('C-1', twice))).toEqual([422, 'member_duplicate']);
    const heads = { member: ['P-1', 'P-2'].map((value) => ({ entity: entity(value), role: role('head') })) };
    expect(outcome(await make('C-1', heads))).toEqual([422, 'head_already_set']);
    expect((await t.send('GET', path('C-1'))).status).toBe(404);
  });

  it('B-179 B-180 B-181: searches', async () => {
    const names = async (query: Record<string, string>) => {
      const answer = await t.send('GET', `/Group?${new URLSearchParams(query)}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.body.data.map(({ name }: { name: string }) => name);
    };
    expect(await names({ type: 'family' })).toEqual(['House A-1']);
    const club = await t.send('GET', '/Group?type=club');
    expect(outcome(club)).toEqual([400, 'filter_value_unknown']);
    expect(await names({ _sort: '-name' })).toEqual(['Unnamed Group', 'House B-1', 'House A-1']);
    expect(await names({ _lastUpdated: 'lt2020-01-01' })).toEqual([]);
    expect(await names({ member: `Individual/${nationalId('P-1')}` })).toEqual(['House B-1']);
    expect(await names({ member: `Individual/${nationalId('P-none')}` })).toEqual([]);
    expect(outcome(await t.send('GET', `/Group?member=${encodeURIComponent(nationalId('P-1'))}`))).toEqual([
      400,
      'filter_member_malformed',
    ]);
    expect(await names({ identifier: householdId('A-1') })).toEqual(['House A-1']);
  });

  it('B-185 B-186: PUT and PATCH keep name and members', async () => {
    const body = { identifier: household('B-1').identifier, member: [], groupType: 'other' };
    const replaced = await t.send('PUT', path('B-1'), { body });
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body).toMatchObject({ name: 'House B-1', groupType: 'household', quantity: 2 });
    const patched = await t.send('PATCH', path('B-1'), { body: { name: 'New house', member: [] } });
    expect(patched.body).toMatchObject({ name: 'New house', quantity: 2 });
    expect(outcome(await t.send('PATCH', path('B-1'), { body: { name: null } }))).toEqual([422, 'name_required']);
    const collection = await t.send('PUT', '/Group', { body: { ...body, name: 'By body' } });
    expect([collection.status, collection.body.name]).toEqual([200, 'By body']);
  });

  it('B-187 B-188 B-189 B-190 B-192: adds members', async () => {
    await people('P-3', 'P-4');
    await make('D-1');
    const encoded = { reference: `Individual/${nationalId('P-3').replace('#', '%23')}` };
    const added = await add('D-1', { entity: encoded, role: role('head'), startDate: '2026-03-01' });
    expect(added.status, added.text).toBe(201);
    expect(added.body).toEqual({
      type: 'GroupMember',
      group: { reference: `Group/${householdId('D-1')}`, display: 'House D-1' },
      entity: { reference: `Individual/${nationalId('P-3')}`, display: 'P-3' },
      role: { coding: [{ system: 'urn:openspp:vocab:group-membership-type', code: 'head', display: 'Head' }] },
      startDate: '2026-03-01',
      status: 'active',
    });
    expect(outcome(await add('D-1', { entity: entity('P-3'), role: role('chief') }))).toEqual([409, 'already_member']);
    expect(outcome(await add('D-1', { entity: entity('P-4'), role: role('chief') }))).toEqual([422, 'role_unknown']);
    expect(outcome(await add('D-1', { entity: entity('P-4'), role: role('head') }))).toEqual([422, 'head_already_set']);
    expect(outcome(await add('D-1', { entity: entity('P-none') }))).toEqual([404, 'individual_not_found']);
    expect(outcome(await add('D-1', { entity: { reference: nationalId('P-4') } }))).toEqual([
      400,
      'reference_malformed',
    ]);
    expect(outcome(await add('D-1', { entity: { reference: 'Individual/P-4' } }))).toEqual([
      400,
      'reference_identifier_malformed',
    ]);
    expect(outcome(await add('D-9', { entity: entity('P-4') }))).toEqual([404, 'group_not_found']);
    expect((await add('D-1', {})).body.detail[0]).toMatchObject({ type: 'missing', loc: ['body', 'entity'] });
  });

  it('B-191 B-195 B-196 B-197 B-199: removes members', async () => {
    const removed = await remove('D-1', { entity: entity('P-3'), reason: 'moved away' });
    expect(removed.status, removed.text).toBe(200);
    expect(removed.body).toMatchObject({ status: 'inactive', endedDate: new Date().toISOString().slice(0, 10) });
    expect((await t.send('GET', path('D-1'))).body).not.toHaveProperty('member');
    expect(outcome(await remove('D-1', { entity: entity('P-3') }))).toEqual([404, 'not_a_member']);
    expect((await add('D-1', { entity: entity('P-3'), startDate: '2026-03-01' })).status).toBe(201);
    const early = await remove('D-1', { entity: entity('P-3'), endedDate: '2020-01-01' });
    expect(outcome(early)).toEqual([422, 'end_before_start']);
    const future = await remove('D-1', { entity: entity('P-3'), endedDate: '2999-01-01' });
    expect(future.body).toMatchObject({ status: 'active', endedDate: '2999-01-01' });
    expect((await t.send('GET', path('D-1'))).body.quantity).toBe(1);
  });

  it('B-198: changes members', async () => {
    const member = (value: string) => at('/Group/{}/member/{}', householdId('D-1'), nationalId(value));
    const changed = await t.send('PATCH', member('P-3'), { body: { role: role('spouse'), startDate: null } });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body.role.coding).toEqual([
      { system: 'urn:openspp:vocab:group-membership-type', code: 'spouse', display: 'Spouse' },
    ]);
    expect(outcome(await t.send('PATCH', member('P-4'), { body: {} }))).toEqual([404, 'not_a_member']);
    const early = await t.send('PATCH', member('P-3'), { body: { endedDate: '2020-01-01' } });
    expect(outcome(early)).toEqual([422, 'end_before_start']);
  });

  it('H1 H3: of people added at once, one becomes head, and nobody twice', async () => {
    await people('Q-1', 'Q-2', 'Q-3');
    await make('Q-G');
    const heads = await Promise.all(
      ['Q-1', 'Q-2', 'Q-3'].map((value) => add('Q-G', { entity: entity(value), role: role('head') })),
    );
    expect(heads.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
    const same = await Promise.all([1, 2, 3].map(() => add('Q-G', { entity: entity('P-1') })));
    expect(same.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it('B-207 B-208 B-209 F34: tells the history, newest first', async () => {
    await make('H-1');
    await add('H-1', { entity: entity('P-1'), role: role('head') });
    await remove('H-1', { entity: entity('P-1') });
    await add('H-1', { entity: entity('P-2') });
    const all = await t.send('GET', path('H-1', '/membership-history'));
    expect(all.status, all.text).toBe(200);
    expect(all.body.data.map(({ action }: { action: string }) => action)).toEqual(['added', 'removed', 'added']);
    expect(all.body.data[1]).toMatchObject({
      member: { ...entity('P-1'), display: 'P-1' },
      oldRole: { coding: [{ code: 'head' }] },
      changedBy: 'Client full',
    });
    const base = `/api/v2/spp${path('H-1', '/membership-history')}`;
    expect(all.body.links).toEqual({ self: `${base}?_count=100&_offset=0` });
    expect(all.body.meta).toEqual({ total: 3, count: 3, offset: 0 });
    const second = await t.send('GET', path('H-1', '/membership-history?_count=1&_offset=1'));
    expect(second.body.meta).toEqual({ total: 3, count: 1, offset: 1 });
    expect(second.body.links.next).toBe(`${base}?_count=1&_offset=2`);
    const newest = all.body.data[0].timestamp;
    const since = await t.send('GET', path('H-1', `/membership-history?_since=${newest}`));
    expect(since.body.meta.total).toBe(1);
    const zoned = await t.send('GET', path('H-1', '/membership-history?_since=2999-01-01T00:00:00%2B02:00'));
    expect(zoned.body.meta.total).toBe(0);
    expect(outcome(await t.send('GET', path('H-1', '/membership-history?_since=x')))).toEqual([400, 'since_malformed']);
    expect((await t.send('GET', path('H-1', '/membership-history?_count=501'))).status).toBe(422);
  });
});
