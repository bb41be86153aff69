import { expect } from 'vitest';
import { type Answer, at, household, householdId, nationalId, person, type TestApi } from './test-api.ts';

export const roleSystem = 'urn:openspp:vocab:group-membership-type';
export const role = (code: string) => ({ coding: [{ system: roleSystem, code }] });
export const groupReference = (value: string) => ({ reference: `Group/${householdId(value)}` });
export const personReference = (value: string) => ({ reference: `Individual/${nationalId(value)}` });
export const groupPath = (value: string, more = '') => at(`/Group/{}${more}`, householdId(value));

/** Status and code of an answer. */
export const outcome = ({ status, body }: Pick<Answer, 'status' | 'body'>) => [status, body.code];

/** Who is named by a list of members: the value of the identifier, and the code of the role behind a colon. */
export const membersOf = ({ member = [] }: { member?: readonly Member[] | null }): string[] =>
  (member ?? []).map(({ entity, role: held }) => {
    const value = entity.reference.split('|')[1] ?? '';
    return held ? `${value}:${held.coding[0]?.code}` : value;
  });

interface Member {
  readonly entity: { readonly reference: string };
  readonly role?: { readonly coding: readonly { readonly code: string }[] } | null;
}

/** Calls about groups; people and groups are named by the values of their identifiers. */
export function groupCalls(t: TestApi) {
  let made = 0;
  const calls = {
    /** A value that nobody has. */
    fresh: (prefix: string) => `${prefix}-${++made}`,
    async people(...values: readonly string[]): Promise<void> {
      for (const value of values) {
        const { status } = await t.send('POST', '/Individual', { body: person(value) });
        expect(status).toBe(201);
      }
    },
    /** Some people, new ones. */
    async newPeople(count: number): Promise<string[]> {
      const values = Array.from({ length: count }, () => calls.fresh('person'));
      await calls.people(...values);
      return values;
    },
    make: (value: string, more: object = {}) => t.send('POST', '/Group', { body: household(value, more) }),
    /** A new group of new people, who are named with the code of their role behind a colon or without. */
    async newGroup(...members: readonly string[]): Promise<string> {
      const value = calls.fresh('house');
      const sent = members.map((each) => {
        const [who = '', code] = each.split(':');
        return { entity: personReference(who), ...(code === undefined ? {} : { role: role(code) }) };
      });
      const answer = await calls.make(value, sent.length === 0 ? {} : { member: sent });
      expect(answer.status, answer.text).toBe(201);
      return value;
    },
    read: (value: string) => t.send('GET', groupPath(value)),
    add: (value: string, body: object, as = 'full') => t.send('POST', groupPath(value, '/$add-member'), { body, as }),
    remove: (value: string, body: object) => t.send('POST', groupPath(value, '/$remove-member'), { body }),
    change: (value: string, who: string, body: object) =>
      t.send('PATCH', at('/Group/{}/member/{}', householdId(value), nationalId(who)), { body }),
    merge: (source: string, target: string, more: object = {}, as = 'full') =>
      t.send('POST', '/Group/$merge', {
        body: { sourceGroup: groupReference(source), targetGroup: groupReference(target), ...more },
        as,
      }),
    split: (value: string, to: string, moved: readonly string[], more: object = {}, as = 'full') =>
      t.send('POST', groupPath(value, '/$split'), {
        body: {
          newGroupIdentifier: household(to).identifier,
          membersToMove: moved.map(personReference),
          ...more,
        },
        as,
      }),
    history: (value: string, query = '') => t.send('GET', groupPath(value, `/membership-history${query}`)),
  };
  return calls;
}
