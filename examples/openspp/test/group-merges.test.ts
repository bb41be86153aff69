import { LockMode } from '@mikro-orm/core';
import { expect, it } from 'vitest';
import type { Bootstrap } from '../src/bootstrap/index.ts';
import {
  ApiClient,
  GroupMembership,
  Identifier,
  Registrant,
  timestampOf,
  VocabularyCode,
} from '../src/entities/index.ts';
import {
  groupCalls,
  groupPath,
  household,
  householdId,
  membersOf,
  nameOf,
  outcome,
  overEachDatabase,
  personReference,
  roleSystem,
} from '../testing/index.ts';
import { activeRows, head } from './contract/support/groups.ts';
import { sharePassport } from './contract/support/twins.ts';

overEachDatabase('merge and split', (t) => {
  const { fresh, newPeople, newGroup, read, add, remove, merge, split, history } = groupCalls(t);
  const consentClient = 'merges-by-consent';
  const addConsentClient = async () => {
    const known = await t.orm.em.fork().count(ApiClient, { clientId: consentClient });
    if (known === 0) await t.addClient(consentClient, ['individual:all', 'group:all'], 'consent');
  };
  const stored = async (value: string) =>
    (await t.orm.em.fork().findOneOrFail(Identifier, { value }, { populate: ['registrant'] })).registrant;

  it('10.10 $merge refuses an ambiguous group, and knows one group by two identifiers', async () => {
    const [source, target] = [await newGroup(), await newGroup()];
    const passport = async (value: string, ...groups: readonly string[]) => ({
      reference: `Group/${await sharePassport(t, value, ...groups)}`,
    });
    const ambiguous = await merge(source, target, { sourceGroup: await passport(fresh('twin'), source, target) });
    expect(outcome(ambiguous)).toEqual([409, 'identifier_ambiguous']);
    const third = await newGroup();
    const second = { sourceGroup: await passport(fresh('second'), third) };
    expect(outcome(await merge(third, third, second))).toEqual([400, 'merge_same_group']);
  });

  it('10.10 $merge leaves the head of the source its role where the target has none', async () => {
    const [a = '', b = '', c = ''] = await newPeople(3);
    const headless = await newGroup(a);
    expect(membersOf((await merge(await newGroup(`${b}:head`), headless)).body)).toEqual([a, `${b}:head`]);
    // A role that does not exist changes nothing, and two heads there are not.
    const kept = await merge(await newGroup(`${c}:head`), headless, { roleMapping: { head: 'no-such-role' } });
    expect(membersOf(kept.body)).toEqual([a, `${b}:head`, `${c}:member`]);
  });

  it('10.10 without the code member a demoted head has no role', async () => {
    const [a = '', b = ''] = await newPeople(2);
    const member = { system: roleSystem, code: 'member' };
    await t.orm.em.fork().nativeUpdate(VocabularyCode, member, { active: false });
    try {
      const merged = await merge(await newGroup(`${b}:head`), await newGroup(`${a}:head`));
      expect(membersOf(merged.body)).toEqual([`${a}:head`, b]);
    } finally {
      await t.orm.em.fork().nativeUpdate(VocabularyCode, member, { active: true });
    }
  });

  it('F23 a merge that would make two heads changes nothing', async () => {
    const [a = '', b = '', c = ''] = await newPeople(3);
    const [source, target] = [await newGroup(`${b}:spouse`, `${c}:child`), await newGroup(`${a}:head`)];
    const before = [(await read(source)).body, (await read(target)).body];
    for (const roleMapping of [{ spouse: 'head' }, { child: 'head' }]) {
      expect(outcome(await merge(source, target, { roleMapping }))).toEqual([422, 'head_already_set']);
    }
    const headless = await newGroup();
    const both = await merge(source, headless, { roleMapping: { spouse: 'head', child: 'head' } });
    expect(outcome(both)).toEqual([422, 'head_already_set']);
    expect([(await read(source)).body, (await read(target)).body]).toEqual(before);
    const one = await merge(source, headless, { roleMapping: { spouse: 'head' } });
    expect(membersOf(one.body)).toEqual([`${b}:head`, `${c}:child`]);
  });

  it('10.10 what was planned for later goes along with a merge', async () => {
    const [leaves = '', comes = ''] = await newPeople(2);
    const [source, target] = [await newGroup(leaves), await newGroup()];
    await remove(source, { entity: personReference(leaves), endedDate: '2999-01-01' });
    await add(source, { entity: personReference(comes), startDate: '2998-01-01' });
    expect(membersOf((await merge(source, target)).body)).toEqual([leaves, comes]);
    expect(await activeRows(t, source)).toBe(0);
    const rows = await t.orm.em
      .fork()
      .find(
        GroupMembership,
        { individual: { identifiers: { value: { $in: [leaves, comes] } } } },
        { orderBy: { id: 'asc' } },
      );
    const day = new Date().toISOString().slice(0, 4);
    expect(rows.map(({ startDate, endedDate }) => [startDate.slice(0, 4), endedDate?.slice(0, 4) ?? null])).toEqual([
      [day, day],
      [day, day],
      [day, '2999'],
      [day, null],
    ]);
    expect(rows.every(({ startDate, endedDate }) => !endedDate || endedDate >= startDate)).toBe(true);
  });

  it('20.1 F34 merge and split tell their client in history and source tracking', async () => {
    const [first = '', second = '', third = ''] = await newPeople(3);
    await t.addClient('merging', ['group:all', 'individual:all']);
    const [source, target] = [await newGroup(`${first}:head`, second), await newGroup(third)];
    await merge(source, target, {}, 'merging');
    const [gone, joined] = [(await history(source)).body.data, (await history(target)).body.data];
    const event = (action: string, who: string, more: object = {}) => ({
      action,
      member: { ...personReference(who), display: nameOf(who) },
      changedBy: 'Client merging',
      ...more,
    });
    expect(gone.slice(0, 2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining(event('removed', first, { oldRole: head })),
        expect.objectContaining(event('removed', second)),
      ]),
    );
    expect(joined.slice(0, 2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining(event('added', first, { newRole: head })),
        expect.objectContaining(event('added', second)),
      ]),
    );
    const marked = { lastUpdateSystem: 'urn:openspp:api-client:merging', sourceSystem: 'urn:openspp:api-client:full' };
    for (const value of [source, target]) {
      const { lastUpdateReference, ...row } = await stored(value);
      expect(row).toMatchObject(marked);
      expect(lastUpdateReference).toMatch(/^api-merge-\d+$/);
    }
    const to = fresh('house');
    const made = await split(target, to, [second], {}, 'merging');
    expect(made.body.meta.source).toBe('urn:openspp:api-client:merging');
    expect((await stored(target)).lastUpdateReference).toMatch(/^api-split-\d+$/);
    expect((await stored(to)).collectionMethod).toBe('api');
    expect((await history(to)).body.data).toMatchObject([{ action: 'added', changedBy: 'Client merging' }]);
    expect((await history(target)).body.data[0]).toMatchObject({ action: 'removed', changedBy: 'Client merging' });
  });

  // PGlite has one connection: nobody can wait there.
  if (t.database === 'postgresql') {
    it('22.5 whoever has waited for a group sees it as it is then, not as it was at the time of the call', async () => {
      const [leaves = '', stays = ''] = await newPeople(2);
      const [source, target] = [await newGroup(leaves, stays), await newGroup()];
      const { id } = await stored(source);
      const merged = await t.orm.em.fork().transactional(async (em) => {
        await em.findOneOrFail(Registrant, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
        const waiting = merge(source, target);
        // The merge reads its time and waits; were it slower than this, it would see the same.
        await new Promise((resolve) => setTimeout(resolve, 200));
        const of = { group: id, individual: { identifiers: { value: leaves } } };
        (await em.findOneOrFail(GroupMembership, of)).endedDate = timestampOf(Date.now() * 1000);
        return { waiting };
      });
      const answer = await merged.waiting;
      expect(answer.status, answer.text).toBe(200);
      expect(membersOf(answer.body)).toEqual([stays]);
    });
  }

  it('10.10 of merges in opposite directions one succeeds, and everybody is in the group that is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [first = '', second = ''] = await newPeople(2);
      const [one, two] = [await newGroup(first), await newGroup(second)];
      const answers = await Promise.all([merge(one, two), merge(two, one)]);
      // What has been merged away is no target.
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
      const left = answers[0]?.status === 200 ? two : one;
      expect(membersOf((await read(left)).body).sort()).toEqual([first, second].sort());
    }
  });

  it('10.10 F25 a consent client is refused alike for unknown, hidden and ambiguous groups, equally late', async () => {
    await addConsentClient();
    const [source, target] = [await newGroup(), await newGroup()];
    const own = fresh('house');
    const made = await t.send('POST', '/Group', { body: household(own), as: consentClient });
    expect(made.status).toBe(201);
    const asked: [number, string][] = [];
    for (const [from, into] of [
      ['nobody', own],
      [source, own],
      [own, 'nobody'],
      [own, target],
      [source, source],
    ] as const) {
      const start = performance.now();
      const { status, text } = await merge(from, into, {}, consentClient);
      expect(performance.now() - start).toBeGreaterThanOrEqual(50);
      asked.push([status, text]);
    }
    expect(asked[0]).toMatchObject([403, expect.stringContaining('access_denied')]);
    expect(asked).toEqual(asked.map(() => asked[0]));
    // Whom it registered itself it may name; what it may not read comes back as which one it is.
    const second = fresh('house');
    await t.send('POST', '/Group', { body: household(second), as: consentClient });
    const merged = await merge(own, second, {}, consentClient);
    expect([merged.status, Object.keys(merged.body).sort()]).toEqual([200, ['identifier', 'meta', 'type']]);
  });

  it('10.10 a group that comes back is filtered as a read is', async () => {
    await addConsentClient();
    const own = fresh('house');
    await t.send('POST', '/Group', { body: household(own), as: consentClient });
    const [who = ''] = await newPeople(1);
    const target = await newGroup(who);
    await t.load({
      consents: [
        {
          group: `Group/${householdId(target)}`,
          status: 'given',
          recipients: ['Tests'],
          effectiveDate: '2020-01-01',
          scopes: [{ resourceType: 'group', purpose: 'service_delivery', fieldAccess: 'all' }],
        },
      ],
    } as unknown as Bootstrap);
    const merged = await merge(own, target, {}, consentClient);
    expect(merged.status, merged.text).toBe(200);
    // The member is named without a display: nobody has opened that person to the client.
    expect(merged.body.member).toEqual([{ entity: personReference(who), inactive: false }]);
    expect((await t.send('GET', groupPath(target), { as: consentClient })).body).toEqual(merged.body);
  });
});
