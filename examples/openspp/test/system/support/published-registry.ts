import type { Bootstrap } from '../../../src/bootstrap/index.ts';
import { clientSecret } from './bootstrap.ts';

/*
 * Requests of the same form as those that OpenSPP publishes for its API V2: its Postman collection, and the samples of its
 * developer guide (docs/developer_guide/api_v2 of OpenSPP/documentation). People and values are made up here.
 */

export const national = 'urn:gov:ph:psa:national-id';
export const household = 'urn:openspp:group';
export const program = 'urn:openspp:program|4Ps';

export const role = (code: string) => ({ coding: [{ system: 'urn:openspp:vocab:relationship', code }] });
export const female = { coding: [{ system: 'urn:iso:std:iso:5218', code: '2', display: 'Female' }] };
export const individual = (value: string) => `Individual/${national}|${value}`;

export const person = (value: string, given: string, more: object = {}) => ({
  type: 'Individual',
  identifier: [{ system: national, value }],
  name: { family: 'KATUSABE', given },
  ...more,
});

/** The systems that the guide uses are no codes of the vocabulary: the bootstrap file declares them. */
export const published: Bootstrap = {
  idTypes: [
    { system: national, display: 'National ID', appliesTo: 'individual' },
    { system: household, display: 'Household number', appliesTo: 'group' },
  ],
  organizations: [{ name: 'Crater Lake Aid', type: 'ngo' }],
  clients: [
    {
      name: 'Mobile collection',
      clientId: 'mobile-collection-app',
      clientSecret,
      organization: 'Crater Lake Aid',
      legalBasis: 'public_task',
      scopes: ['individual:all', 'group:all', 'program:all', 'program_membership:all'],
    },
    {
      name: 'Consent client',
      clientId: 'consent-aware',
      clientSecret,
      organization: 'Crater Lake Aid',
      legalBasis: 'consent',
      scopes: ['individual:read'],
    },
  ],
  individuals: [
    person('PH-123', 'Olive', {
      birthDate: '1985-03-15',
      gender: female,
      address: [{ line: ['12 Ferry Road'], city: 'Kasese' }],
    }),
    person('PH-124', 'Moses', { birthDate: '1988-07-22' }),
    person('PH-789', 'Irene'),
    person('PH-790', 'Peter'),
  ],
  groups: [
    {
      type: 'Group',
      identifier: [{ system: household, value: 'HH-2024-001' }],
      groupType: 'household',
      name: 'Katusabe household',
      member: [{ entity: { reference: individual('PH-123') }, role: role('head') }],
    },
  ],
  programs: [
    {
      type: 'Program',
      identifier: [{ system: 'urn:openspp:program', value: '4Ps' }],
      name: 'Lakeside Cash',
      programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      targetType: 'group',
    },
  ],
  consents: [
    {
      signatory: individual('PH-123'),
      status: 'given',
      recipients: ['Crater Lake Aid'],
      effectiveDate: '2026-01-01',
      expiryDate: '2030-12-31',
      scopes: [{ resourceType: 'individual', fieldAccess: 'basic', purpose: 'service_delivery' }],
    },
  ],
};
