import { beforeAll, describe, expect, it } from 'vitest';
import { GroupMembership, ProgramMembership, Registrant } from '../src/entities/index.ts';
import {
  type Answer,
  at,
  familyOf,
  givenOf,
  groupCalls,
  groupPath,
  groupReference,
  household,
  householdId,
  namesOf,
  nationalId,
  outcome,
  overEachDatabase,
  personReference,
  role,
} from '../testing/index.ts';
import { batchOf, membership as enrolment, post, programId } from './contract/support/batch.ts';
import { consentOf, denied, everything, type Scope } from './contract/support/consents.ts';

/** The names of an answer's headers, without the one that tells of the address alone. */
const headersOf = ({ headers }: Answer) =>
  Object.keys(headers)
    .filter((name) => name !== 'accept-query')
    .sort();
/** Shortest wait of an answer that tells nothing, in milliseconds. */
const least = 50;
const open = { fieldAccess: 'all' } as const;
/** What shows who somebody is, and none of their memberships. */
const closed: readonly Partial<Scope>[] = [{ fieldAccess: 'custom', customFields: ['name', 'birthDate'] }];

overEachDatabase('memberships that consents hide', (t) => {
  const { fresh, newPeople, newGroup, read } = groupCalls(t);
  const batch = batchOf(t);
  const as = 'hidden-memberships';
  const program = programId('hidden');

  /** What is written, to be compared: nothing of it may change by a refusal. */
  const written = async () => {
    const em = t.orm.em.fork();
    return JSON.stringify([
      await em.find(GroupMembership, {}, { orderBy: { id: 'asc' } }),
      await em.find(Registrant, {}, { fields: ['id', 'active', 'updatedAt'], orderBy: { id: 'asc' } }),
      await em.find(ProgramMembership, {}, { orderBy: { id: 'asc' } }),
    ]);
  };
  const asked = async (send: () => Promise<Answer>) => {
    const before = await written();
    const begun = performance.now();
    const answer = await send();
    const took = performance.now() - begun;
    if (answer.status < 300) throw new Error(`it was done: ${answer.text}`);
    expect(await written()).toBe(before);
    return { answer, took };
  };
  /** Nothing is told: what a person is answered whom nobody knows, as late. */
  const refusedBlindly = async (send: () => Promise<Answer>) => {
    const unknown = await t.send('POST', groupPath(hidden, '/$remove-member'), {
      body: { entity: personReference('nobody') },
      as,
    });
    const { answer, took } = await asked(send);
    expect([answer.status, answer.text]).toEqual([unknown.status, unknown.text]);
    expect(headersOf(answer)).toEqual(headersOf(unknown));
    expect(outcome(answer)).toEqual(denied);
    expect(took).toBeGreaterThanOrEqual(least);
  };
  const refused = async (send: () => Promise<Answer>, status: number, code: string) =>
    expect(outcome((await asked(send)).answer)).toEqual([status, code]);

  /** Calls of the client. */
  const add =
    (group: string, who: string, more: object = {}) =>
    () =>
      t.send('POST', groupPath(group, '/$add-member'), { body: { entity: personReference(who), ...more }, as });
  const remove =
    (group: string, who: string, more: object = {}) =>
    () =>
      t.send('POST', groupPath(group, '/$remove-member'), { body: { entity: personReference(who), ...more }, as });
  const change = (group: string, who: string, body: object) => () =>
    t.send('PATCH', at('/Group/{}/member/{}', householdId(group), nationalId(who)), { body, as });
  const split =
    (group: string, moved: readonly string[], value = fresh('half')) =>
    () =>
      t.send('POST', groupPath(group, '/$split'), {
        body: { newGroupIdentifier: household(value).identifier, membersToMove: moved.map(personReference) },
        as,
      });
  const merge = (source: string, target: string, roleMapping: object) => () =>
    t.send('POST', '/Group/$merge', {
      body: { sourceGroup: groupReference(source), targetGroup: groupReference(target), roleMapping },
      as,
    });
  const body = (who: string, more: object = {}) =>
    enrolment(`Program/${program}`, personReference(who).reference, { status: 'draft', ...more });
  const enrol =
    (who: string, more: object = {}) =>
    () =>
      t.send('POST', '/ProgramMembership', { body: body(who, more), as });

  /** A group that the client may not read, with a head; a member of it, and somebody who is in no group. */
  let hidden = '';
  let [headOf, member, stranger] = ['', '', ''];
  /** A group of which the client sees the members. */
  let shown = '';
  let [shownHead, shownMember] = ['', ''];

  beforeAll(async () => {
    await t.addClient(as, everything, 'consent');
    [headOf = '', member = '', stranger = '', shownHead = '', shownMember = ''] = await newPeople(5);
    hidden = await newGroup(`${headOf}:head`, member);
    shown = await newGroup(`${shownHead}:head`, shownMember);
    const people = [headOf, member, stranger, shownHead, shownMember];
    await t.load({
      consents: [
        ...people.map((each) => consentOf({ person: each }, closed)),
        consentOf({ group: shown }, [{ resourceType: 'group', ...open }]),
      ],
    });
    for (const each of people) t.people.open(as, ...namesOf(each));
    await t.send('POST', '/Program', {
      body: {
        identifier: [{ system: 'urn:openspp:program', value: 'hidden' }],
        name: 'Hidden',
        targetType: 'individual',
        programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      },
    });
  });

  it('27.4 the client may read the people, and neither their groups nor the hidden group', async () => {
    const seen = await t.send('GET', at('/Individual/{}', nationalId(member)), { as });
    expect(seen.body.name).toMatchObject({ given: givenOf(member), family: familyOf(member) });
    expect(seen.body).not.toHaveProperty('groupMembership');
    expect(outcome(await t.send('GET', groupPath(hidden), { as }))).toEqual(denied);
    expect((await t.send('GET', groupPath(shown), { as })).body.member).toHaveLength(2);
  });

  describe('10.7 $add-member', () => {
    it('tells of an active member who may know, even with a wrong role, and nobody else', async () => {
      await refused(add(shown, shownMember, { role: role('chief') }), 409, 'already_member');
      await refusedBlindly(add(hidden, member));
      for (const who of [member, stranger]) {
        await refused(add(hidden, who, { role: role('chief') }), 422, 'role_unknown');
        await refused(add(hidden, who, { startDate: '0000-01-01' }), 422, 'schema_violation');
      }
    });

    it('tells of another head who may know, and nobody else', async () => {
      await refused(add(shown, stranger, { role: role('head') }), 422, 'head_already_set');
      await refusedBlindly(add(hidden, stranger, { role: role('head') }));
    });

    it('still adds, and tells what it did as before', async () => {
      const [who = ''] = await newPeople(1);
      await t.load({ consents: [consentOf({ person: who }, closed)] });
      t.people.open(as, ...namesOf(who));
      const added = await add(hidden, who)();
      expect([added.status, Object.keys(added.body)]).toEqual([201, ['type', 'group', 'entity']]);
      expect((await remove(hidden, who)()).status).toBe(200);
    });
  });

  it('10.8 $remove-member tells who may know that somebody is no member, or began later, and nobody else', async () => {
    await refused(remove(shown, stranger), 404, 'not_a_member');
    await refused(remove(shown, shownMember, { endedDate: '1900-01-01' }), 422, 'end_before_start');
    await refusedBlindly(remove(hidden, stranger));
    await refusedBlindly(remove(hidden, member, { endedDate: '1900-01-01' }));
  });

  it('10.9 PATCH of a member tells who may know, and nobody else; an empty one asks nothing', async () => {
    await refused(change(shown, stranger, {}), 404, 'not_a_member');
    expect((await change(shown, shownMember, {})()).status).toBe(200);
    await refused(change(shown, shownMember, { endedDate: '1900-01-01' }), 422, 'end_before_start');
    await refused(change(shown, shownMember, { role: role('head') }), 422, 'head_already_set');
    for (const who of [stranger, member]) {
      for (const nothing of [{}, { role: null }]) await refusedBlindly(change(hidden, who, nothing));
      await refusedBlindly(change(hidden, who, { endedDate: '1900-01-01' }));
      await refusedBlindly(change(hidden, who, { role: role('head') }));
      await refused(change(hidden, who, { role: role('chief') }), 422, 'role_unknown');
    }
  });

  it('27.4 where the groups of a person are shown, their membership may be told, and no other', async () => {
    const [who = ''] = await newPeople(1);
    await t.load({ consents: [consentOf({ person: who }, [open])] });
    t.people.open(as, ...namesOf(who));
    await refused(remove(hidden, who), 404, 'not_a_member');
    await refusedBlindly(add(hidden, who, { role: role('head') }));
    const house = await newGroup(who);
    await refused(add(house, who, { role: role('chief') }), 409, 'already_member');
  });

  it('10.11 $split tells who may know, and nobody else; the new group is judged before', async () => {
    await refused(split(shown, [stranger]), 404, 'moved_person_not_a_member');
    await refused(split(shown, [shownHead]), 409, 'split_moves_head');
    await refused(split(shown, [shownHead, shownMember]), 409, 'split_empties_group');
    for (const moved of [[stranger], [headOf], [headOf, member]]) await refusedBlindly(split(hidden, moved));
    const empty = await newGroup();
    await refusedBlindly(split(empty, [stranger]));
    for (const who of [stranger, member]) {
      await refused(split(hidden, [who], shown), 409, 'identifier_in_use');
    }
    expect((await split(hidden, [member])()).status).toBe(201);
  });

  it('10.10 $merge tells who may know of two heads, and nobody else', async () => {
    const heads = { spouse: 'head' };
    const groups: string[] = [];
    for (const shows of [true, false]) {
      const [first = '', second = '', third = ''] = await newPeople(3);
      const pair = [await newGroup(`${first}:spouse`), await newGroup(`${second}:head`, third)];
      const scope = shows ? open : { fieldAccess: 'basic' as const };
      await t.load({ consents: pair.map((group) => consentOf({ group }, [{ resourceType: 'group', ...scope }])) });
      groups.push(...pair);
    }
    const [source = '', target = '', blindSource = '', blindTarget = ''] = groups;
    await refused(merge(source, target, heads), 422, 'head_already_set');
    await refusedBlindly(merge(blindSource, blindTarget, heads));
    await refusedBlindly(merge(blindSource, target, heads));
    expect((await merge(blindSource, blindTarget, {})()).status).toBe(200);
    expect((await read(blindTarget)).body.quantity).toBe(3);
  });

  describe('12.5 enrolments', () => {
    const path = (who: string) => `${at('/ProgramMembership/{}', nationalId(who))}?program=Program/${program}`;
    let [seen, secret, free] = ['', '', ''];

    beforeAll(async () => {
      [seen = '', secret = '', free = ''] = await newPeople(3);
      await t.load({
        consents: [
          consentOf({ person: seen }, [open, { resourceType: 'program_membership', ...open }]),
          ...[secret, free].map((each) => consentOf({ person: each }, [open])),
        ],
      });
      for (const each of [seen, secret, free]) t.people.open(as, ...namesOf(each));
      for (const who of [seen, secret]) {
        expect((await t.send('POST', '/ProgramMembership', { body: body(who, { status: 'enrolled' }) })).status).toBe(
          201,
        );
      }
    });

    it('a second one is told who may read the first, and nobody else', async () => {
      await refused(enrol(seen), 409, 'already_enrolled');
      await refusedBlindly(enrol(secret));
      await refusedBlindly(enrol('nobody'));
      for (const who of [secret, free]) {
        await refused(enrol(who, { exitDate: '0000-01-01' }), 422, 'schema_violation');
        await refused(enrol(who, { status: 'bogus' }), 422, 'schema_violation');
      }
    });

    it('in a bundle too, once for all of it', async () => {
      const entries = [seen, secret, 'nobody'].map((who) => post(body(who)));
      const { answer, took } = await asked(async () => {
        const sent = await batch.send('batch', entries, as);
        return { ...sent, status: 400 };
      });
      const issues = answer.body.entry.map(({ response, resource }: { response: object; resource: object }) => [
        response,
        resource,
      ]);
      expect(answer.body.entry[0].response.status).toMatch(/^409/);
      expect(answer.body.entry[1].response.status).toMatch(/^403/);
      expect(issues[1]).toEqual(issues[2]);
      expect(took).toBeGreaterThanOrEqual(least);
      const whole = [];
      for (const who of [secret, 'nobody']) {
        whole.push((await asked(() => batch.send('transaction', [post(body(who))], as))).answer);
      }
      expect([whole[0]?.status, whole[0]?.text]).toEqual([whole[1]?.status, whole[1]?.text]);
    });

    it('a change that is refused tells who may read it, and nobody else', async () => {
      const put =
        (who: string, more: object = {}, headers = {}) =>
        () =>
          t.send('PUT', path(who), { body: body(who, more), as, headers });
      const stale = { 'if-match': '"0"' };
      const other = { beneficiary: personReference(stranger) };
      await refused(put(seen, other), 422, 'membership_beneficiary_fixed');
      await refused(put(seen, {}, stale), 409, 'version_conflict');
      for (const who of [secret, free]) {
        await refusedBlindly(put(who, other));
        await refusedBlindly(put(who, { program: { reference: 'Program/urn:openspp:program|none' } }));
        await refusedBlindly(put(who, { program: { reference: 'Program/none' } }));
        await refusedBlindly(put(who, { beneficiary: { reference: 'Individual/none' } }));
        await refusedBlindly(put(who, {}, stale));
        await refusedBlindly(put(who, {}, { 'if-match': '"0' }));
      }
      const changed = await put(secret, { status: 'paused' })();
      expect([changed.status, changed.body.status]).toEqual([200, undefined]);
    });

    it('two that are sent at once tell no more', async () => {
      const [who = ''] = await newPeople(1);
      await t.load({ consents: [consentOf({ person: who }, [open])] });
      t.people.open(as, ...namesOf(who));
      const ended = await Promise.all([enrol(who)(), enrol(who)()]);
      expect(ended.map(({ status }) => status).sort()).toEqual([201, 403]);
    });
  });
});
