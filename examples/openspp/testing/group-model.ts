/** What the groups of a test are meant to be: people by name, each with the code of a role or none. */
export type Groups = ReadonlyMap<string, ModelGroup>;

interface ModelGroup {
  readonly active: boolean;
  readonly members: ReadonlyMap<string, string | null>;
}

/** A call about groups; groups and people are named by the values of their identifiers. */
export type GroupStep =
  | { readonly do: 'create'; readonly group: string; readonly members: readonly Member[] }
  | { readonly do: 'add' | 'change'; readonly group: string; readonly who: string; readonly role: string | null }
  | { readonly do: 'remove'; readonly group: string; readonly who: string }
  | { readonly do: 'merge'; readonly source: string; readonly target: string; readonly mapping: Mapping }
  | {
      readonly do: 'split';
      readonly group: string;
      readonly to: string;
      readonly moved: readonly string[];
      readonly newHead: string | null;
    };

export interface Member {
  readonly who: string;
  readonly role: string | null;
}
type Mapping = Readonly<Record<string, string>>;

/** How a call ends: `done`, or the code of its refusal; and the groups afterwards. */
export interface Played {
  readonly outcome: string;
  readonly groups: Groups;
}

/** Plays one call alone, by contract §10.4 and §10.7 to §10.11. */
export function play(groups: Groups, step: GroupStep): Played {
  const refused = (outcome: string): Played => ({ outcome, groups });
  const done = (changes: Readonly<Record<string, ModelGroup>>): Played => ({
    outcome: 'done',
    groups: new Map([...groups, ...Object.entries(changes)]),
  });
  switch (step.do) {
    case 'create': {
      const { group, members } = step;
      if (groups.has(group)) return refused('identifier_in_use');
      if (new Set(members.map(({ who }) => who)).size < members.length) return refused('member_duplicate');
      if (members.filter(({ role }) => role === 'head').length > 1) return refused('head_already_set');
      return done({ [group]: { active: true, members: new Map(members.map(({ who, role }) => [who, role])) } });
    }
    case 'merge':
      return merge(groups, step, refused, done);
    case 'split':
      return split(groups, step, refused, done);
    default: {
      const found = groups.get(step.group);
      if (found === undefined) return refused('group_not_found');
      const { who } = step;
      const there = found.members.has(who);
      if (step.do === 'add' && there) return refused('already_member');
      if (step.do !== 'add' && !there) return refused('not_a_member');
      const members = new Map(found.members);
      if (step.do === 'remove') members.delete(who);
      else {
        const others = [...members].filter(([name]) => name !== who);
        if (step.role === 'head' && others.some(([, role]) => role === 'head')) return refused('head_already_set');
        if (step.do === 'add' || step.role !== null) members.set(who, step.role);
      }
      return done({ [step.group]: { ...found, members } });
    }
  }
}

type Refused = (outcome: string) => Played;
type Done = (changes: Readonly<Record<string, ModelGroup>>) => Played;
type Step<K> = Extract<GroupStep, { readonly do: K }>;

function merge(groups: Groups, { source, target, mapping }: Step<'merge'>, refused: Refused, done: Done): Played {
  const [from, into] = [groups.get(source), groups.get(target)];
  if (from === undefined) return refused('source_group_not_found');
  if (into === undefined) return refused('target_group_not_found');
  if (source === target) return refused('merge_same_group');
  if (!from.active) return refused('source_group_inactive');
  if (!into.active) return refused('group_merge_failed');
  const joining = [...from.members].filter(([who]) => !into.members.has(who));
  const mapped = joining.map(([, role]) => (role === null ? undefined : mapping[role]));
  const made = mapped.filter((role) => role === 'head').length;
  const heads = made + [...into.members.values()].filter((role) => role === 'head').length;
  if (made > 0 && heads > 1) return refused('head_already_set');
  const members = new Map(into.members);
  for (const [index, [who, role]] of joining.entries()) {
    members.set(who, mapped[index] ?? (role === 'head' && heads > 0 ? 'member' : role));
  }
  return done({ [source]: { active: false, members: new Map() }, [target]: { ...into, members } });
}

function split(groups: Groups, step: Step<'split'>, refused: Refused, done: Done): Played {
  const { group, to, newHead } = step;
  const moved = new Set(step.moved);
  const found = groups.get(group);
  if (found === undefined) return refused('group_not_found');
  if (newHead !== null && !moved.has(newHead)) return refused('new_head_not_moved');
  if (found.members.size === 0) return refused('group_split_failed');
  if ([...moved].some((who) => !found.members.has(who))) return refused('moved_person_not_a_member');
  if (moved.size === found.members.size) return refused('split_empties_group');
  if ([...moved].some((who) => found.members.get(who) === 'head')) return refused('split_moves_head');
  if (groups.has(to)) return refused('identifier_in_use');
  const [staying, leaving] = [new Map(found.members), new Map<string, string | null>()];
  for (const who of moved) {
    staying.delete(who);
    leaving.set(who, who === newHead ? 'head' : (found.members.get(who) ?? null));
  }
  return done({ [group]: { ...found, members: staying }, [to]: { active: true, members: leaving } });
}

/** Groups as plain data, in one order: equal groups are equal texts. */
export const asText = (groups: Groups): string =>
  JSON.stringify([...groups].sort().map(([name, { active, members }]) => [name, active, [...members].sort()]));

/** Whether there is an order in which calls, made alone, end as they have ended when they were made at once. */
export function explains(before: Groups, ended: readonly (readonly [GroupStep, string])[], after: Groups): boolean {
  if (ended.length === 0) return asText(before) === asText(after);
  return ended.some(([step, outcome], index) => {
    const played = play(before, step);
    return played.outcome === outcome && explains(played.groups, ended.toSpliced(index, 1), after);
  });
}
