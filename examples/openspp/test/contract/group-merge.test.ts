import { expect, it } from 'vitest';
import {
  at,
  groupCalls,
  groupPath,
  groupReference,
  household,
  householdId,
  membersOf,
  nationalId,
  outcome,
  overEveryServer,
  personReference,
} from '../../testing/index.ts';
import { activeRows, head } from './support/groups.ts';

overEveryServer('merging and splitting groups', (t) => {
  const { fresh, newPeople, newGroup, read, remove, merge, split, history } = groupCalls(t);
  const versionOf = async (group: string) => (await read(group)).body.meta.versionId as string;

  it('B-200 $merge moves active members, archives the source and answers the target', async () => {
    const [first = '', second = '', third = '', former = ''] = await newPeople(4);
    const source = await newGroup(`${second}:spouse`, third, former);
    const target = await newGroup(`${first}:head`);
    await remove(source, { entity: personReference(former) });
    const before = [await versionOf(source), await versionOf(target)];
    const merged = await merge(source, target);
    expect(merged.status, merged.text).toBe(200);
    expect(merged.body.identifier).toMatchObject([{ value: target }]);
    expect(membersOf(merged.body)).toEqual([`${first}:head`, `${second}:spouse`, third]);
    expect(merged.body).toMatchObject({ quantity: 3, active: true });
    expect(merged.body).not.toHaveProperty('address');
    expect((await read(target)).body).toEqual(merged.body);
    const archived = (await read(source)).body;
    expect(archived).toMatchObject({ active: false, identifier: [{ value: source }] });
    expect(archived).not.toHaveProperty('member');
    expect(await activeRows(t, source)).toBe(0);
    const after = [archived.meta.versionId, merged.body.meta.versionId];
    expect(after.map((version, index) => Number(version) > Number(before[index]))).toEqual([true, true]);
    const found = await t.send('GET', `/Group?identifier=${encodeURIComponent(householdId(source))}`);
    expect(found.body.data).toEqual([]);
    const again = await t.send('POST', '/Group', { body: household(source) });
    expect(outcome(again)).toEqual([409, 'identifier_in_use']);
  });

  it('B-201 $merge refuses the same group, an archived source and unknown groups', async () => {
    const [who = '', other = ''] = await newPeople(2);
    const [source, target, archived] = [await newGroup(who), await newGroup(other), await newGroup()];
    await t.send('PATCH', groupPath(archived), { body: { active: false } });
    expect(outcome(await merge(target, target))).toEqual([400, 'merge_same_group']);
    expect(outcome(await merge(archived, target))).toEqual([409, 'source_group_inactive']);
    expect(outcome(await merge('no-house', target))).toEqual([404, 'source_group_not_found']);
    expect(outcome(await merge(source, 'no-house'))).toEqual([404, 'target_group_not_found']);
    // People would be in no group that a search finds.
    expect(outcome(await merge(source, archived))).toEqual([422, 'group_merge_failed']);
    const of = (body: object) => t.send('POST', '/Group/$merge', { body });
    const targetGroup = groupReference(target);
    expect(outcome(await of({ sourceGroup: personReference(who), targetGroup }))).toEqual([400, 'reference_malformed']);
    expect((await of({ sourceGroup: personReference(who), targetGroup })).body.detail).toContain('Group/system|value');
    const barless = { sourceGroup: { reference: `Group/${source}` }, targetGroup };
    expect(outcome(await of(barless))).toEqual([400, 'reference_identifier_malformed']);
    expect((await of({ targetGroup })).body.detail[0]).toMatchObject({ type: 'missing', loc: ['body', 'sourceGroup'] });
    expect((await merge(source, target, { roleMapping: { head: 1 } })).status).toBe(422);
    expect(membersOf((await read(source)).body)).toEqual([who]);
    expect(membersOf((await read(target)).body)).toEqual([other]);
  });

  it('B-202 $merge demotes the source’s head when the target has one; roleMapping overrides', async () => {
    const [a = '', b = '', c = '', d = ''] = await newPeople(4);
    const target = await newGroup(`${a}:head`);
    // To the code member, which this vocabulary has.
    expect(membersOf((await merge(await newGroup(`${b}:head`), target)).body)).toEqual([`${a}:head`, `${b}:member`]);
    const mapped = await merge(await newGroup(`${c}:head`, `${d}:child`), target, {
      roleMapping: { head: 'spouse', child: 'no-such-role', uncle: 'head' },
    });
    expect(membersOf(mapped.body)).toEqual([`${a}:head`, `${b}:member`, `${c}:spouse`, `${d}:child`]);
  });

  it('B-203 $merge skips people who are in the target', async () => {
    const [both = '', other = ''] = await newPeople(2);
    const [source, target] = [await newGroup(`${both}:head`, other), await newGroup(`${both}:child`)];
    const merged = await merge(source, target);
    expect(membersOf(merged.body)).toEqual([`${both}:child`, other]);
    expect(await activeRows(t, source)).toBe(0);
    expect((await history(target)).body.meta.total).toBe(2);
  });

  it('B-204 $split makes a group whose name holds the source’s; people keep roles, newHead is head', async () => {
    const [first = '', second = '', third = '', fourth = ''] = await newPeople(4);
    const source = await newGroup(`${first}:head`, `${second}:spouse`, `${third}:child`, fourth);
    const before = await versionOf(source);
    const to = fresh('house');
    const made = await split(source, to, [second, third, fourth], { newHead: personReference(second) });
    expect(made.status, made.text).toBe(201);
    expect(made.headers.location).toBe(`/api/v2/spp${groupPath(to)}`);
    expect(made.body).toMatchObject({
      type: 'Group',
      identifier: household(to).identifier,
      active: true,
      groupType: 'household',
      name: `House ${source}, second household`,
      quantity: 3,
      meta: { source: 'urn:openspp:api-client:full' },
    });
    expect(made.body).not.toHaveProperty('address');
    expect(membersOf(made.body)).toEqual([`${second}:head`, `${third}:child`, fourth]);
    expect(made.body.member[0].role).toEqual(head);
    expect((await t.send('GET', String(made.headers.location).replace('/api/v2/spp', ''))).body).toEqual(made.body);
    const left = (await read(source)).body;
    expect(membersOf(left)).toEqual([`${first}:head`]);
    expect(Number(left.meta.versionId)).toBeGreaterThan(Number(before));
    const seen = await t.send('GET', at('/Individual/{}', nationalId(second)));
    expect(seen.body.groupMembership).toMatchObject([{ group: groupReference(to) }]);
  });

  it('B-205 $split refuses what would leave the source without its head or members', async () => {
    const [first = '', second = '', third = '', stranger = ''] = await newPeople(4);
    const source = await newGroup(`${first}:head`, second, third);
    const to = fresh('house');
    const taken = await newGroup();
    const refusals: [Promise<{ status: number; body: { code: string; detail: string } }>, (number | string)[]][] = [
      [split(source, to, [first, second, third]), [409, 'split_empties_group']],
      [split(source, to, [first]), [409, 'split_moves_head']],
      [split(source, to, [second, stranger]), [404, 'moved_person_not_a_member']],
      [split(source, to, [second], { newHead: personReference(third) }), [400, 'new_head_not_moved']],
      [split(source, taken, [second]), [409, 'identifier_in_use']],
      [split(source, to, ['nobody']), [404, 'moved_person_not_found']],
      [split(source, to, [second], { newHead: personReference('nobody') }), [404, 'new_head_not_found']],
      [split(source, to, [second], { newHead: groupReference(source) }), [400, 'new_head_reference_malformed']],
      [
        split(source, to, [second], { newHead: { reference: `Individual/${second}` } }),
        [400, 'new_head_identifier_malformed'],
      ],
      [split(source, to, [], { membersToMove: [groupReference(source)] }), [400, 'reference_malformed']],
      [
        split(source, to, [], { membersToMove: [{ reference: `Individual/${second}` }] }),
        [400, 'reference_identifier_malformed'],
      ],
      [split('no-house', to, [second]), [404, 'group_not_found']],
    ];
    for (const [sent, expected] of refusals) expect(outcome(await sent)).toEqual(expected);
    const detail = async (sent: ReturnType<typeof split>) => (await sent).body.detail;
    expect(await detail(split(source, to, ['nobody']))).toContain(nationalId('nobody'));
    expect(await detail(split(source, to, [stranger]))).toContain(nationalId(stranger));
    expect(await detail(split(source, taken, [second]))).toContain(householdId(taken));
    expect(membersOf((await read(source)).body)).toEqual([`${first}:head`, second, third]);
    expect((await read(to)).status).toBe(404);
  });

  it('B-206 $split with empty membersToMove, or without identifiers, is a schema violation', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const source = await newGroup(first, second);
    const empty = await split(source, fresh('house'), []);
    expect([empty.status, empty.body.code, empty.body.detail[0].type]).toEqual([422, 'schema_violation', 'too_short']);
    const nameless = await split(source, fresh('house'), [second], { newGroupIdentifier: [] });
    expect([nameless.status, nameless.body.detail[0].loc]).toEqual([422, ['body', 'newGroupIdentifier']]);
  });
});
