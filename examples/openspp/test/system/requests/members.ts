import { household, householdId, nationalId, programId } from '../support/bootstrap.ts';
import { at, request } from './request.ts';

const group = (more = '') => at(`/Group/{}${more}`, householdId('HH-2'));
const who = (value: string, more: object = {}) => ({
  entity: { reference: `Individual/${nationalId(value)}` },
  ...more,
});
const role = (code: string) => ({ role: { coding: [{ system: 'urn:openspp:vocab:group-membership-type', code }] } });
const since = { startDate: '2026-03-01' };

const enrolment = (program: string, beneficiary: string, more: object = {}) => ({
  program: { reference: `Program/${programId(program)}` },
  beneficiary: { reference: beneficiary },
  status: 'enrolled',
  ...more,
});
const NX2 = `Individual/${nationalId('NX-2')}`;
const HH1 = `Group/${householdId('HH-1')}`;
const enrolled = at('/ProgramMembership/{}?program={}', nationalId('NX-2'), `Program/${programId('school-meals')}`);

/** Who belongs where: members of groups (contract §10), beneficiaries of programs (§12). */
export const memberRequests = [
  request('members: a household with members', 'POST /Group', 201, { body: household('HH-10', ['NX-3', 'NX-4']) }),
  request('members: a household of nobody known', 'POST /Group', [422, 'member_not_found'], {
    body: household('HH-11', ['NX-404']),
  }),
  request('members: add', `POST ${group('/$add-member')}`, 201, { body: who('NX-1', { ...role('head'), ...since }) }),
  request('members: add, the dollar escaped', `POST ${group('/%24add-member')}`, 201, { body: who('NX-2', since) }),
  request('members: add once more', `POST ${group('/$add-member')}`, [409, 'already_member'], { body: who('NX-2') }),
  request('members: add a second head', `POST ${group('/$add-member')}`, [422, 'head_already_set'], {
    body: who('NX-3', role('head')),
  }),
  request('members: add in a role that is none', `POST ${group('/$add-member')}`, [422, 'role_unknown'], {
    body: who('NX-3', role('chief')),
  }),
  request('members: add nobody', `POST ${group('/$add-member')}`, [422, 'schema_violation'], { body: {} }),
  request('members: add by GET', `GET ${group('/$add-member')}`, [405, 'method_not_allowed']),
  request('members: change', `PATCH ${group()}${at('/member/{}', nationalId('NX-2'))}`, 200, { body: role('spouse') }),
  request('members: remove', `POST ${group('/$remove-member')}`, 200, {
    body: who('NX-2', { endedDate: '2026-03-04' }),
  }),
  request('members: remove once more', `POST ${group('/$remove-member')}`, [404, 'not_a_member'], {
    body: who('NX-2'),
  }),
  request('members: the history', `GET ${group('/membership-history')}?_count=2`, 200),
  request('members: who is in the household', `GET /Individual?group=${encodeURIComponent(householdId('HH-2'))}`, 200),
  request('enrol: a person', 'POST /ProgramMembership', 201, { body: enrolment('school-meals', NX2) }),
  request('enrol: once more', 'POST /ProgramMembership', [409, 'already_enrolled'], {
    body: enrolment('school-meals', NX2),
  }),
  request('enrol: a group where people are meant', 'POST /ProgramMembership', [422, 'beneficiary_kind_mismatch'], {
    body: enrolment('school-meals', HH1),
  }),
  request('enrol: into what is over', 'POST /ProgramMembership', [422, 'program_not_active'], {
    body: enrolment('old-scheme', NX2),
  }),
  request('enrol: into nothing', 'POST /ProgramMembership', [422, 'membership_program_not_found'], {
    body: enrolment('nothing', NX2),
  }),
  request('enrol: in a state that is none', 'POST /ProgramMembership', [422, 'schema_violation'], {
    body: enrolment('winter-aid', NX2, { status: 'asleep' }),
  }),
  request('enrol: an end', `PUT ${enrolled}`, 200, {
    body: enrolment('school-meals', NX2, { status: 'exited', exitDate: '2026-04-01' }),
  }),
  request('enrol: another program', `PUT ${enrolled}`, [422, 'membership_program_fixed'], {
    body: enrolment('winter-aid', NX2),
  }),
  request('enrol: by the body', 'PUT /ProgramMembership', 200, { body: enrolment('school-meals', NX2) }),
  request('enrol: PATCH', `PATCH ${enrolled}`, [405, 'method_not_allowed'], { body: {} }),
];
