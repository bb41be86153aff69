import { householdId, nationalId, programId } from '../support/bootstrap.ts';
import { request } from './request.ts';

type Query = Readonly<Record<string, string>>;

const search = (resource: string, query: Query | string, expected: number | readonly [number, string] = 200) => {
  const text = typeof query === 'string' ? query : new URLSearchParams(query).toString();
  return request(`search ${resource}?${text}`.slice(0, 90), `GET /${resource}?${text}`, expected);
};
const people = (query: Query | string, expected?: number | readonly [number, string]) =>
  search('Individual', query, expected);

/** Every search parameter, well and badly used (contract §9.7, §10.3, §11.3, §12.4, §17). */
export const searchRequests = [
  people(''),
  people({ _count: '2' }),
  people({ _count: '2', _offset: '2' }),
  people({ _offset: '9223372036854775807' }),
  people({ _count: '0' }, [422, 'schema_violation']),
  people({ _count: '101' }, [422, 'schema_violation']),
  people({ _count: 'many' }, [422, 'schema_violation']),
  people({ _offset: '-1' }, [422, 'schema_violation']),
  people({ identifier: nationalId('NX-1') }),
  people({ identifier: nationalId('NX-404') }),
  people({ identifier: 'NX-1' }, [400, 'filter_identifier_malformed']),
  people({ name: 'OKEL' }),
  people('name=Tessa+Ann'),
  people('name=%25'),
  people({ name: 'Ćirić-李' }),
  people({ birthdate: '1991-08-23' }),
  people({ birthdate: 'lt2000-01-01', _sort: '-birthdate' }),
  people('birthdate=ge1990-01-01&birthdate=lt2000-01-01'),
  people({ birthdate: '1991-02-30' }, [400, 'filter_date_malformed']),
  people({ birthdate: 'about1991' }, [400, 'filter_date_malformed']),
  people({ gender: 'urn:iso:std:iso:5218|2' }),
  people({ gender: '2' }, [400, 'filter_gender_malformed']),
  people({ address: 'quarry' }),
  people({ group: householdId('HH-1') }),
  people({ group: householdId('HH-1'), 'membership-role': 'head' }),
  people({ group: 'None' }),
  people({ group: householdId('HH-404') }),
  people({ group: 'HH-1' }, [400, 'filter_group_malformed']),
  people({ 'membership-role': 'nobody' }),
  people({ _lastUpdated: 'ge2020-01-01', _count: '1' }),
  people({ _lastUpdated: 'yesterday' }, [400, 'filter_date_malformed']),
  people({ _sort: '-name', _elements: 'name.family,birthDate,nothing' }),
  people({ _sort: 'shoeSize', _elements: '' }),
  people({ 'name:exact': 'x', shoeSize: '44', _count: '1' }),
  people('name=&gender=&_count=1'),
  people('name=juma&name=tessa'),
  people('name=%00', [400, 'request_rejected']),
  people('name=%FF', [400, 'request_rejected']),
  people('name=%', [400, 'request_rejected']),
  people('__proto__=1&constructor=1&_count=1', [422, 'schema_violation']),
  people('_count[]=1&_count[x]=1'),
  people(`name=${'x'.repeat(9000)}`, 414),
  search('Group', ''),
  search('Group', { member: `Individual/${nationalId('NX-1')}` }),
  search('Group', { member: nationalId('NX-1') }, [400, 'filter_member_malformed']),
  search('Group', { type: 'family' }),
  search('Group', { type: 'club' }, [400, 'filter_value_unknown']),
  search('Program', ''),
  search('Program', { status: 'ended' }),
  search('Program', { status: 'sleeping' }, [400, 'filter_value_unknown']),
  search('Program', { targetType: 'group', identifier: programId('river-valley-cash-plus') }),
  search('ProgramMembership', ''),
  search('ProgramMembership', { beneficiary: `Individual/${nationalId('NX-1')}`, status: 'draft' }),
  search('ProgramMembership', { program: 'River' }, [400, 'filter_program_malformed']),
  search('ProgramMembership', { beneficiary: nationalId('NX-1') }, [400, 'filter_beneficiary_malformed']),
];
