import { expect } from 'vitest';
import { type Answer, household, person, personReference, type TestApi } from '../../../testing/index.ts';

export const programReference = (value: string) => `Program/urn:openspp:program|${value}`;
export const is = (field: string, operator: string, value: unknown) => ({ field, operator, value });
export const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
export const allResources = ['Individual', 'Group', 'Program', 'ProgramMembership'];

/** Searches by filters. */
export function searches(t: TestApi) {
  const search = (resource: string, body: unknown, as = 'full', query = '') =>
    t.send('POST', `/${resource}/_search${query}`, { body, as });
  const found = async (resource: string, body: unknown, as = 'full'): Promise<Answer['body'][]> => {
    const answer = await search(resource, body, as);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.entry.map((entry: { resource: unknown }) => entry.resource);
  };
  const people = async (filters: unknown[], more: object = {}, as = 'full') =>
    (await found('Individual', { filters, sort: [{ field: 'name' }], ...more }, as)).map(({ name }) => name.given);
  const states = async (body: object, as = 'full') =>
    (await found('ProgramMembership', body, as)).map(({ status }) => status).sort();
  const refusal = async (resource: string, body: unknown) => {
    const { status, body: answered } = await search(resource, body);
    return [status, answered.code, answered.detail];
  };
  return { search, found, people, states, refusal };
}

/** Four people and one archived, a household, and two programs, in one of which the four are. */
export async function someToFind(t: TestApi): Promise<void> {
  const make = async (path: string, body: object) => {
    const answer = await t.send('POST', path, { body });
    expect(answer.status, answer.text).toBe(201);
  };
  const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });
  const made = (value: string, given: string, more: object) =>
    make('/Individual', person(value, { name: { given }, ...more }));
  await made('F-1', 'Ada', {
    birthDate: '1990-01-01',
    gender: gender('2'),
    address: [{ city: 'Mbarara', state: 'West', country: 'UG' }],
    telecom: [{ system: 'phone', value: '+256 100%' }],
  });
  await made('F-2', 'Ben', {
    birthDate: '1985-06-15',
    gender: gender('1'),
    address: [{ city: 'MBALE', state: 'East', country: 'KE' }],
    telecom: [{ system: 'email', value: 'Ben@example.org' }],
  });
  await made('F-3', 'Cid', { address: [{ city: 'Gulu' }] });
  await made('F-4', 'Dot', {});
  await made('F-5', 'Archived', { active: false });
  await make('/Group', household('FG-1', { address: [{ city: 'Mbarara' }] }));
  const program = (value: string, name: string) => ({
    identifier: [{ system: 'urn:openspp:program', value }],
    name,
    programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
    targetType: 'individual',
  });
  await make('/Program', program('filters', 'Filtered cash'));
  await make('/Program', program('other', 'Other'));
  const enrol = (value: string, status: string, more: object = {}) =>
    make('/ProgramMembership', {
      program: { reference: programReference('filters') },
      beneficiary: personReference(value),
      status,
      ...more,
    });
  await enrol('F-1', 'enrolled', { enrollmentDate: daysAgo(3) });
  await enrol('F-2', 'paused', { enrollmentDate: daysAgo(100) });
  await enrol('F-3', 'exited', { enrollmentDate: daysAgo(10), exitDate: daysAgo(1) });
  await enrol('F-4', 'draft');
}
