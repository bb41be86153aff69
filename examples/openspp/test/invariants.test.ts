import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GroupMembership, Registrant } from '../src/entities/index.ts';
import { asText, explains, type GroupStep, type Groups, play } from '../testing/group-model.ts';
import { groupCalls, nameOf, overEachDatabase, personReference, role } from '../testing/index.ts';

const [people, groups] = [
  ['Ada', 'Ben', 'Cyd', 'Dan', 'Eve'],
  ['g1', 'g2', 'g3', 'g4'],
] as const;

/** Calls over a handful of people and groups, of which two are there from the start. */
const step: fc.Arbitrary<GroupStep> = (() => {
  const who = fc.constantFrom(...people);
  const group = fc.constantFrom(...groups);
  const held = fc.constantFrom(null, 'head', 'spouse', 'child');
  const mapping = fc.constantFrom({}, {}, { head: 'spouse' }, { spouse: 'head' });
  const member = fc.record({ who, role: held });
  const change = fc.record({ do: fc.constantFrom('add' as const, 'change' as const), group, who, role: held });
  return fc.oneof(
    { weight: 4, arbitrary: change },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), group, who }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('merge' as const), source: group, target: group, mapping }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('split' as const),
        group,
        to: group,
        moved: fc.array(who, { minLength: 1, maxLength: 3 }),
        newHead: fc.option(who, { freq: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('create' as const), group, members: fc.array(member, { maxLength: 3 }) }),
    },
  );
})();

/** What is sent one after the other, each a number of calls that are sent at once. */
const schedule = fc.record({
  start: fc.tuple(
    fc.shuffledSubarray([...people], { minLength: 2 }),
    fc.shuffledSubarray([...people], { minLength: 1 }),
    fc.boolean(),
  ),
  rounds: fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 5 }),
});

/** The value of somebody's identifier, by the name that tests give. */
const calledBy = (name: string): string => people.find((each) => nameOf(each) === name) ?? name;

overEachDatabase('rules of memberships', (t) => {
  const calls = groupCalls(t);
  let runs = 0;

  function send(sent: GroupStep, run: string) {
    const named = (group: string) => `${run}-${group}`;
    const held = (code: string | null) => (code === null ? {} : { role: role(code) });
    switch (sent.do) {
      case 'create': {
        const member = sent.members.map((each) => ({ entity: personReference(each.who), ...held(each.role) }));
        return calls.make(named(sent.group), { member });
      }
      case 'add':
        return calls.add(named(sent.group), { entity: personReference(sent.who), ...held(sent.role) });
      case 'change':
        return calls.change(named(sent.group), sent.who, held(sent.role));
      case 'remove':
        return calls.remove(named(sent.group), { entity: personReference(sent.who) });
      case 'merge':
        return calls.merge(named(sent.source), named(sent.target), { roleMapping: sent.mapping });
      case 'split':
        return calls.split(named(sent.group), named(sent.to), sent.moved, {
          newHead: sent.newHead === null ? null : personReference(sent.newHead),
        });
    }
  }

  const outcomeOf = ({ status, body, text }: { status: number; body: { code?: string }; text: string }): string => {
    if (status < 300) return 'done';
    expect(status, text).toBeLessThan(500);
    return body.code ?? text;
  };

  /** The groups of a run as they are stored, every row of theirs held against the rules that each keeps by itself. */
  async function stored(run: string): Promise<Groups> {
    const em = t.orm.em.fork();
    const of = { kind: 'group' as const, identifiers: { value: { $like: `${run}-%` } } };
    const found = await em.find(Registrant, of, { populate: ['identifiers'] });
    const rows = await em.find(GroupMembership, { group: { $in: found } }, { populate: ['individual', 'role'] });
    const now = new Date().toISOString();
    for (const { startDate, endedDate } of rows) {
      if (endedDate) expect(endedDate >= startDate).toBe(true);
    }
    return new Map(
      found.map((group) => {
        const open = rows.filter((row) => row.group === group && (!row.endedDate || row.endedDate > now));
        const members = new Map(open.map((row) => [calledBy(row.individual.name), row.role?.code ?? null]));
        // Nobody twice, one head at most.
        expect(members.size).toBe(open.length);
        expect([...members.values()].filter((code) => code === 'head').length).toBeLessThanOrEqual(1);
        const name = group.identifiers[0]?.value.slice(run.length + 1) ?? '';
        return [name, { active: group.active, members }];
      }),
    );
  }

  /** The history of a group, told from the beginning, leads to its members, and nobody joins or leaves twice. */
  async function agreesWithHistory(group: string, members: ReadonlySet<string>): Promise<void> {
    const { body } = await calls.history(group, '?_count=500');
    const told = new Set<string>();
    for (const { action, member, changedBy } of body.data.toReversed()) {
      expect(changedBy).toBe('Client full');
      if (action === 'added') {
        expect(told.has(calledBy(member.display))).toBe(false);
        told.add(calledBy(member.display));
      } else expect(told.delete(calledBy(member.display))).toBe(true);
    }
    expect(told).toEqual(members);
  }

  it('22.5 whatever is sent at once ends as if it had been sent in some order, by the model of the contract', async () => {
    await calls.people(...people);
    await fc.assert(
      fc.asyncProperty(schedule, async ({ start: [first, second, hasHead], rounds }) => {
        const run = `run${++runs}`;
        let model: Groups = new Map();
        const begin: GroupStep[] = [first, second].map((members, index) => ({
          do: 'create',
          group: groups[index] ?? '',
          members: members.map((who, place) => ({ who, role: hasHead && place === 0 ? 'head' : null })),
        }));
        for (const each of [...begin.map((one) => [one]), ...rounds]) {
          const answers = await Promise.all(each.map((one) => send(one, run)));
          const outcomes = answers.map(outcomeOf);
          const after = await stored(run);
          const [only] = each;
          if (each.length === 1 && only !== undefined) {
            const played = play(model, only);
            expect([outcomes[0], asText(after)]).toEqual([played.outcome, asText(played.groups)]);
          } else {
            const ended = each.map((one, index) => [one, outcomes[index] ?? ''] as const);
            expect({ explained: explains(model, ended, after), outcomes, after: asText(after) }).toMatchObject({
              explained: true,
            });
          }
          model = after;
        }
        for (const [name, { members }] of model) {
          await agreesWithHistory(`${run}-${name}`, new Set(members.keys()));
        }
      }),
      { numRuns: 40, interruptAfterTimeLimit: 10_000 },
    );
    expect(runs).toBeGreaterThan(0);
  });
});
