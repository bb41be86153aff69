import { nationalId, person, program, programId } from '../support/bootstrap.ts';
import { at, json, mergePatch, type Parts, request } from './request.ts';

const post = (name: string, expected: number | readonly [number, string], body: Parts['body'], parts: Parts = {}) =>
  request(`create: ${name}`, 'POST /Individual', expected, { ...(body === undefined ? {} : { body }), ...parts });
const two = at('/Individual/{}', nationalId('NX-2'));
const patch = (
  name: string,
  expected: number | readonly [number, string],
  body: Parts['body'],
  headers: readonly string[] = [],
) =>
  request(`patch: ${name}`, `PATCH ${two}`, expected, {
    ...(body === undefined ? {} : { body }),
    headers: [mergePatch, ...headers],
  });
const put = (name: string, expected: number | readonly [number, string], parts: Parts) =>
  request(`replace: ${name}`, `PUT ${two}`, expected, parts);

const full = {
  ...person('NX-100'),
  name: { given: 'Ada', family: 'Birungi', prefix: 'Dr' },
  birth_date: '2001-02-14',
  gender: { coding: [{ system: 'urn:iso:std:iso:5218', code: '2' }] },
  telecom: [{ system: 'email', value: 'ada@mail.example' }],
  address: [{ line: ['1 Hill Road'], city: 'Gulu', state: 'Nowhere', country: 'UG' }],
  photo: 'aGVsbG8=',
  resourceType: 'Individual',
  shoeSize: 44,
};
const text = JSON.stringify(person('NX-101'));

/** Creating, replacing and patching a person (contract §9.8 to 9.10, §9.12, §18). */
export const writeRequests = [
  post('with everything', 201, full),
  post('once more', [409, 'identifier_in_use'], full),
  post('in chunks', 201, text, { headers: [json], chunked: 10 }),
  post('as problem+json', 201, JSON.stringify(person('NX-102')), { headers: ['Content-Type: application/x+json'] }),
  post('in UTF-8 beyond the plane', 201, person('NX-103', { name: { given: '𐍈', family: '李' } })),
  post('without a scope', [403, 'scope_missing'], person('NX-104'), { as: 'reader' }),
  post('without a scope, and wrong', [422, 'schema_violation'], { name: {} }, { as: 'reader' }),
  post('without a token, and unreadable', [422, 'schema_violation'], '{"name":', { as: null, headers: [json] }),
  post('without a token', [401, 'token_missing'], person('NX-104'), { as: null }),
  post('without an identifier', [422, 'schema_violation'], { name: { given: 'Ada' } }),
  post('with no identifiers', [422, 'schema_violation'], { ...full, identifier: [] }),
  post('of another type', [422, 'schema_violation'], { ...full, type: 'Group' }),
  post('with a type of identifier that is none', [422, 'identifier_type_unknown'], {
    ...full,
    identifier: [{ system: 'urn:none', value: '1' }],
  }),
  post('with a value that breaks the pattern', [422, 'identifier_value_invalid'], {
    ...full,
    identifier: [{ system: 'urn:example:civil-id', value: 'X' }],
  }),
  post('with a gender that is none', [422, 'gender_unknown'], {
    ...person('NX-104'),
    gender: { coding: [{ system: 'urn:iso:std:iso:5218', code: '7' }] },
  }),
  post('born tomorrow', [422, 'birth_date_in_future'], person('NX-104', { birthDate: '9999-01-01' })),
  post('born never', [422, 'schema_violation'], person('NX-104', { birthDate: '2001-02-30' })),
  post('with no name', [422, 'name_required'], person('NX-104', { name: undefined })),
  post('with a photo that is none', 422, person('NX-104', { photo: '%%%' })),
  post('of a list', [422, 'schema_violation'], '[]', { headers: [json] }),
  post('of nothing', [422, 'schema_violation'], undefined, { headers: [json, 'Content-Length: 0'] }),
  post('as text', [422, 'schema_violation'], text, { headers: ['Content-Type: text/plain'] }),
  post('without a content type', [422, 'schema_violation'], text),
  post('in another charset', [422, 'schema_violation'], text, {
    headers: ['Content-Type: application/json; charset=utf-16'],
  }),
  post('compressed', [422, 'schema_violation'], text, { headers: [json, 'Content-Encoding: gzip'] }),
  patch('of one property', 200, { birthDate: '1988-03-01' }),
  patch('that takes away', 200, { gender: null, telecom: [], address: null }),
  patch('of nothing', 200, {}),
  patch('of nothing sent', [422, 'schema_violation'], undefined),
  patch('that leaves no name', [422, 'name_required'], { name: null }),
  patch('of an old version', [409, 'version_conflict'], { active: true }, ['If-Match: "1"']),
  patch('of whatever version', 200, { active: true }, ['If-Match: *']),
  request('read: before the change', `GET ${two}`, 200, { keep: 'NX-2' }),
  patch('of the version that was read', 200, { name: { middle: 'K' } }, ['If-Match: {{NX-2}}']),
  patch('of the version that was read, again', [409, 'version_conflict'], { name: { middle: 'L' } }, [
    'If-Match: {{NX-2}}',
  ]),
  patch('of somebody unknown to the version', [409, 'version_conflict'], {}, ['If-Match: garbage']),
  put('with a name', 200, { body: person('NX-2', { name: { given: 'Juma', family: 'Okello' } }) }),
  put('a weak version in a list', [409, 'version_conflict'], {
    body: person('NX-2'),
    headers: ['If-Match: "1", W/"2"'],
  }),
  put('without an identifier', [422, 'schema_violation'], { body: { name: { given: 'Juma' } } }),
  request('replace: by the identifier of the body', 'PUT /Individual', 200, { body: person('NX-2') }),
  request('replace: somebody unknown', 'PUT /Individual', [404, 'individual_not_found'], { body: person('NX-404') }),
  request('create: at an address', `POST ${two}`, [405, 'method_not_allowed'], { body: person('NX-2') }),
  request('create: a program', 'POST /Program', 201, { body: program('cash-for-work', 'Cash for Work') }),
  request('create: a program of the same name', 'POST /Program', [409, 'program_name_taken'], {
    body: program('cash', 'Cash for Work'),
  }),
  request('patch: a program to its end', `PATCH ${at('/Program/{}', programId('cash-for-work'))}`, 200, {
    headers: [mergePatch],
    body: { active: false, period: { end: '2025-12-31' } },
  }),
];
