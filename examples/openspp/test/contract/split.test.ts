import { expect, it } from 'vitest';
import { Identifier, Registrant, VocabularyCode } from '../../src/entities/index.ts';
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
  overEachDatabase,
  personReference,
  role,
  roleSystem,
} from '../../testing/index.ts';

overEachDatabase('split', (t) => {
  const { fresh, newPeople, newGroup, read, add, merge, split } = groupCalls(t);
  const consentClient = 'splits-by-consent';
  const versionOf = async (group: string) => (await read(group)).body.meta.versionId as string;
  const head = { coding: [{ system: roleSystem, code: 'head', display: 'Head' }] };

  it('B-060 $split without both group:create and group:update names both', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const group = await newGroup(first, second);
    for (const scope of ['group:create', 'group:update', 'group:read']) {
      const client = `only-${scope.replace(':', '-')}`;
      await t.addClient(client, [scope]);
      const refused = await split(group, fresh('house'), [second], {}, client);
      expect(outcome(refused)).toEqual([403, 'scopes_missing']);
      expect(refused.body.detail).toMatch(/group:create.*group:update.*administrator/);
    }
    expect(outcome(await merge(group, group, {}, 'only-group-create'))).toEqual([403, 'scope_missing']);
    await t.addClient('both-scopes', ['group:create', 'group:update']);
    const to = fresh('house');
    const made = await split(group, to, [second], {}, 'both-scopes');
    // Reading is a scope of its own.
    expect([made.status, Object.keys(made.body).sort()]).toEqual([201, ['identifier', 'meta', 'type']]);
    expect(membersOf((await read(to)).body)).toEqual([second]);
  });

  it('B-204 F8 $split makes a group whose name holds the source’s; people keep roles, newHead is head', async () => {
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

  it('B-204 a long name is cut, the type of the group goes along, and references are named once', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const source = await newGroup(first, second);
    const em = t.orm.em.fork();
    const { registrant } = await em.findOneOrFail(Identifier, { value: source });
    await em.nativeUpdate(Registrant, { id: registrant.id }, { name: '😀'.repeat(250), groupType: 'other' });
    const to = fresh('house');
    // Of two people one stays, however often the other is named.
    const twice = [personReference(second), { reference: personReference(second).reference.replace('#', '%23') }];
    const made = await split(source, to, [], { membersToMove: twice });
    expect(made.status, made.text).toBe(201);
    expect(made.body.groupType).toBe('other');
    expect(made.body.name).toMatch(/^(😀)+, second group$/u);
    expect(membersOf(made.body)).toEqual([second]);
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

  it('10.11 $split refuses sources without members and identifiers that no group can have', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const [source, empty] = [await newGroup(first, second), await newGroup()];
    const to = fresh('house');
    expect(outcome(await split(empty, to, [first]))).toEqual([422, 'group_split_failed']);
    const of = (...newGroupIdentifier: object[]) => split(source, to, [second], { newGroupIdentifier });
    const idType = 'urn:openspp:vocab:id-type';
    const unknown = await of({ system: `${idType}#no_such_type`, value: to });
    expect(outcome(unknown)).toEqual([422, 'identifier_type_unknown']);
    expect(unknown.body.detail).toContain('#household_id');
    const two = await of(
      { system: `${idType}#household_id`, value: to },
      { system: `${idType}#household_id`, value: `${to}-b` },
    );
    expect(outcome(two)).toEqual([422, 'group_split_failed']);
    expect(membersOf((await read(source)).body)).toEqual([first, second]);
    expect((await read(to)).status).toBe(404);
  });

  it('10.11 $split has no new head to give where the vocabulary has none', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const source = await newGroup(first, second);
    const code = { system: roleSystem, code: 'head' };
    await t.orm.em.fork().nativeUpdate(VocabularyCode, code, { active: false });
    try {
      const refused = await split(source, fresh('house'), [second], { newHead: personReference(second) });
      expect(outcome(refused)).toEqual([422, 'group_split_failed']);
    } finally {
      await t.orm.em.fork().nativeUpdate(VocabularyCode, code, { active: true });
    }
    expect(membersOf((await read(source)).body)).toEqual([first, second]);
  });

  it('B-206 $split with empty membersToMove, or without identifiers, is a schema violation', async () => {
    const [first = '', second = ''] = await newPeople(2);
    const source = await newGroup(first, second);
    const empty = await split(source, fresh('house'), []);
    expect([empty.status, empty.body.code, empty.body.detail[0].type]).toEqual([422, 'schema_violation', 'too_short']);
    const nameless = await split(source, fresh('house'), [second], { newGroupIdentifier: [] });
    expect([nameless.status, nameless.body.detail[0].loc]).toEqual([422, ['body', 'newGroupIdentifier']]);
  });

  it('B-205 of splits that claim one identifier at once, one gets it', async () => {
    const to = fresh('house');
    const sources = [];
    for (let index = 0; index < 3; index += 1) {
      const [first = '', second = ''] = await newPeople(2);
      sources.push({ group: await newGroup(first, second), second });
    }
    const answers = await Promise.all(sources.map(({ group, second }) => split(group, to, [second])));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await read(to)).body.quantity).toBe(1);
  });

  it('10.11 F25 a consent client that splits names only whom it may read or has registered', async () => {
    await t.addClient(consentClient, ['individual:all', 'group:all'], 'consent');
    const [hidden = '', stays = ''] = await newPeople(2);
    const own = fresh('person');
    const body = { identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: own }], name: { text: own } };
    await t.send('POST', '/Individual', { body, as: consentClient });
    const group = await newGroup(hidden, stays, own);
    const to = fresh('house');
    const asked = [
      await split(group, to, [own, 'nobody'], {}, consentClient),
      await split(group, to, [own, hidden], {}, consentClient),
      await split(group, to, [own], { newHead: personReference('nobody') }, consentClient),
      await split(group, to, [own], { newHead: personReference(hidden) }, consentClient),
    ].map(({ status, text }) => [status, text]);
    expect(asked[0]).toMatchObject([403, expect.stringContaining('access_denied')]);
    expect(asked).toEqual(asked.map(() => asked[0]));
    const made = await split(group, to, [own], { newHead: personReference(own) }, consentClient);
    expect([made.status, Object.keys(made.body).sort()]).toEqual([201, ['identifier', 'meta', 'type']]);
    expect(membersOf((await read(to)).body)).toEqual([`${own}:head`]);
    const role_ = await add(to, { entity: personReference(stays), role: role('head') });
    expect(outcome(role_)).toEqual([422, 'head_already_set']);
  });
});
