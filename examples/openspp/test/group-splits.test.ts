import { expect, it } from 'vitest';
import { Identifier, Registrant, VocabularyCode } from '../src/entities/index.ts';
import {
  groupCalls,
  membersOf,
  outcome,
  overEachDatabase,
  personReference,
  role,
  roleSystem,
} from '../testing/index.ts';

overEachDatabase('members and splits', (t) => {
  const { fresh, people, newPeople, newGroup, read, add, split } = groupCalls(t);
  const consentClient = 'splits-by-consent';

  it('22.5 of people added at once, one becomes head, and nobody twice', async () => {
    const values = await newPeople(3);
    await people('at-once');
    const group = await newGroup();
    const heads = await Promise.all(
      values.map((value) => add(group, { entity: personReference(value), role: role('head') })),
    );
    expect(heads.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
    const same = await Promise.all([1, 2, 3].map(() => add(group, { entity: personReference('at-once') })));
    expect(same.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it('10.11 a long name is cut, the type of the group goes along, and references are named once', async () => {
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

  it('10.11 of splits that claim one identifier at once, one gets it', async () => {
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
