import { expect } from 'vitest';
import { at, groupReference, household, householdId, type TestApi } from '../../../testing/index.ts';

export const programId = (value: string): string => `urn:openspp:program|${value}`;
export const programReference = (value: string) => ({ reference: `Program/${programId(value)}` });

/** The body of a program for groups, unless told. */
export const programBody = (value: string, more: object = {}): Record<string, unknown> => ({
  identifier: [{ system: 'urn:openspp:program', value }],
  name: `Program ${value}`,
  programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
  targetType: 'group',
  ...more,
});

/** The path of a household's membership, in one program or in its only one. */
const membership = (house: string, program?: string): string => {
  const path = at('/ProgramMembership/{}', householdId(house));
  return program === undefined ? path : `${path}?program=${encodeURIComponent(programReference(program).reference)}`;
};

/** Programs, and households enrolled in them; all are named by the values of their identifiers. */
export function programCalls(t: TestApi) {
  const calls = {
    path: (value: string): string => at('/Program/{}', programId(value)),
    make: (value: string, more: object = {}, as = 'full') =>
      t.send('POST', '/Program', { body: programBody(value, more), as }),
    read: (value: string) => t.send('GET', calls.path(value)),
    async made(...values: readonly string[]): Promise<void> {
      for (const value of values) expect((await calls.make(value)).status).toBe(201);
    },
    async houses(...values: readonly string[]): Promise<void> {
      for (const value of values) {
        expect((await t.send('POST', '/Group', { body: household(value) })).status).toBe(201);
      }
    },
    enrol: (house: string, program: string, more: object = {}) =>
      t.send('POST', '/ProgramMembership', {
        body: { program: programReference(program), beneficiary: groupReference(house), status: 'enrolled', ...more },
      }),
    membership,
    async enrolled(house: string, ...programs: readonly string[]): Promise<void> {
      await calls.houses(house);
      for (const program of programs) {
        const answer = await calls.enrol(house, program);
        expect(answer.status, answer.text).toBe(201);
      }
    },
    replace: (house: string, program: string, more: object = {}, headers = {}, path = membership(house, program)) =>
      t.send('PUT', path, {
        body: { program: programReference(program), beneficiary: groupReference(house), status: 'paused', ...more },
        headers,
      }),
  };
  return calls;
}
