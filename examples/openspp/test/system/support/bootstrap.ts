import type { Bootstrap } from '../../../src/bootstrap/index.ts';

/** The secret of every client of {@link bootstrap}. */
export const clientSecret = 'at-least-32-characters-of-secret-text';

const idType = 'urn:openspp:vocab:id-type';

export const nationalId = (value: string): string => `${idType}#national_id|${value}`;
export const householdId = (value: string): string => `${idType}#household_id|${value}`;
export const programId = (value: string): string => `urn:openspp:program|${value}`;

/** A person as `POST /Individual` takes one. */
export function person(value: string, more: object = {}): Record<string, unknown> {
  return { identifier: [{ system: `${idType}#national_id`, value }], name: { given: 'Ada', family: value }, ...more };
}

/** A household as `POST /Group` takes one. */
export function household(value: string, members: readonly string[] = [], more: object = {}): Record<string, unknown> {
  const member = members.map((each) => ({ entity: { reference: `Individual/${nationalId(each)}` } }));
  const identifier = [{ system: `${idType}#household_id`, value }];
  return { identifier, name: `House ${value}`, ...(member.length > 0 ? { member } : {}), ...more };
}

/** A program as `POST /Program` takes one. */
export function program(value: string, name: string, more: object = {}): Record<string, unknown> {
  const programType = { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'social-protection' }] };
  return {
    identifier: [{ system: 'urn:openspp:program', value }],
    name,
    programType,
    targetType: 'individual',
    ...more,
  };
}

const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });
const role = (code: string) => ({ coding: [{ system: 'urn:openspp:vocab:group-membership-type', code }] });
const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];

function client(clientId: string, scopes: NonNullable<Bootstrap['clients']>[number]['scopes'], more: object = {}) {
  const organization = 'Lakeside Relief Trust';
  return { name: clientId, clientId, clientSecret, organization, legalBasis: 'public_task' as const, scopes, ...more };
}

/** What the servers of these tests begin with. */
export const bootstrap: Bootstrap = {
  idTypes: [{ system: 'urn:example:civil-id', display: 'Civil ID', pattern: '^C-[0-9]{4}$', appliesTo: 'individual' }],
  organizations: [{ name: 'Lakeside Relief Trust', type: 'ngo' }],
  clients: [
    client('full', everything),
    client('reader', ['individual:read']),
    client('narrow', [{ scope: 'individual:read', fields: ['name'] }]),
    client('scopeless', []),
    client('by-consent', everything, { legalBasis: 'consent' }),
    client('disabled', everything, { active: false }),
  ],
  individuals: [
    person('NX-1', {
      name: { given: 'Tessa', middle: 'Ann', family: 'Okello' },
      birthDate: '1991-08-23',
      gender: gender('2'),
    }),
    person('NX-2', { name: { given: 'Juma', family: 'Okello' }, birthDate: '1988-02-29', gender: gender('1') }),
    person('NX-3', {
      name: { given: 'Zoë', family: 'Ćirić-李' },
      telecom: [{ system: 'phone', use: 'mobile', value: '+256700111222' }],
      address: [{ line: ['14 Quarry Lane'], city: 'Mbarara', postalCode: '20105', country: 'UG' }],
    }),
    person('NX-4', { name: { text: '100% _sure_' }, birthDate: '2020-01-01' }),
    person('NX/5|b', { name: { given: 'Slash', family: 'Bar' } }),
    person('NX-6', { name: { given: 'Old', family: 'Archive' }, active: false }),
    { ...person('C-0007'), identifier: [{ system: 'urn:example:civil-id', value: 'C-0007' }] },
  ],
  groups: [
    household('HH-1', [], {
      name: 'Okello compound',
      member: [
        { entity: { reference: `Individual/${nationalId('NX-1')}` }, role: role('head') },
        { entity: { reference: `Individual/${nationalId('NX-2')}` } },
      ],
    }),
    household('HH-2', [], { groupType: 'family' }),
  ],
  programs: [
    program('river-valley-cash-plus', 'River Valley Cash Plus', { targetType: 'group' }),
    program('school-meals', 'School Meals', { description: 'One meal a day' }),
    program('winter-aid', 'Winter Aid'),
    program('old-scheme', 'Old Scheme', { active: false, period: { end: '2024-12-31' } }),
  ],
  memberships: [
    {
      program: { reference: `Program/${programId('school-meals')}` },
      beneficiary: { reference: `Individual/${nationalId('NX-1')}` },
      status: 'enrolled',
      enrollmentDate: '2026-01-15',
    },
    {
      program: { reference: `Program/${programId('winter-aid')}` },
      beneficiary: { reference: `Individual/${nationalId('NX-1')}` },
      status: 'draft',
    },
  ],
};
