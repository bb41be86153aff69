import { createHmac } from 'node:crypto';
import { householdId, nationalId, programId } from '../support/bootstrap.ts';
import { signingSecret } from '../support/start-openspp.ts';
import { at, request } from './request.ts';

const one = at('/Individual/{}', nationalId('NX-1'));
const read = (
  name: string,
  expected: number | readonly [number, string],
  as: string | null,
  headers: readonly string[] = [],
) => request(`read: ${name}`, `GET ${one}`, expected, { as, headers });

/** A token of ours with these claims, or of nobody with another key. */
function signed(claims: object, { algorithm = 'HS256', key = signingSecret } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: algorithm, typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${algorithm === 'none' ? '' : createHmac('sha256', key).update(text).digest('base64url')}`;
}

const claims = { iss: 'openspp-api-v2', aud: 'openspp', sub: 'full', client_id: 'full', iat: 1_780_000_000 };
const far = { ...claims, iat: 4_000_000_000, exp: 4_000_086_400 };
const bearing = (token: string) => [`Authorization: Bearer ${token}`];

/** Reads of one record, and every way to show a token or none (contract §3.3, §9.6, §12.3). */
export const readRequests = [
  request('read: a person', `GET ${one}`, 200, { keep: 'NX-1' }),
  request('read: with a bar as it is', `GET /Individual/urn:openspp:vocab:id-type%23national_id|NX-1`, 200),
  request('read: a raw hash', `GET /Individual/urn:openspp:vocab:id-type#national_id|NX-1`, [400, 'request_rejected']),
  request('read: a slash in a value', `GET ${at('/Individual/{}', nationalId('NX/5|b'))}`, 200),
  request('read: somebody archived', `GET ${at('/Individual/{}', nationalId('NX-6'))}`, 200),
  request('read: some elements', `GET ${one}?_elements=name.given,identifier`, 200),
  request('read: nobody', `GET ${at('/Individual/{}', nationalId('NX-404'))}`, [404, 'individual_not_found']),
  request('read: no bar', 'GET /Individual/NX-1', [400, 'identifier_malformed']),
  request('read: a group as a person', `GET ${at('/Individual/{}', householdId('HH-1'))}`, [
    404,
    'individual_not_found',
  ]),
  request('read: by HEAD', `HEAD ${one}`, 200),
  request('read: by OPTIONS', `OPTIONS ${one}`, 204),
  request('read: by TRACE', `TRACE ${one}`, [405, 'method_not_allowed']),
  request('read: by QUERY', `QUERY ${one}`, [405, 'method_not_allowed']),
  request('read: to delete', `DELETE ${one}`, [405, 'method_not_allowed']),
  request('read: what is here already', `GET ${one}`, 304, { headers: ['If-None-Match: {{NX-1}}'] }),
  read('what is accepted is HTML', 406, 'full', ['Accept: text/html']),
  read('problem details', 200, 'full', ['Accept: application/problem+json, application/json;q=0.5']),
  read('another language', 200, 'full', ['Accept-Language: fr;q=0.9, *;q=0.1']),
  read('who sees the name only', 200, 'narrow'),
  read('whose consent is asked', [403, 'access_denied'], 'by-consent'),
  request('read: whose scopes do not reach', `GET ${at('/Group/{}', householdId('HH-1'))}`, [403, 'scope_missing'], {
    as: 'reader',
  }),
  read('no token', [401, 'token_missing'], null),
  read('an empty header', [401, 'token_missing'], null, ['Authorization:']),
  read('a token without its scheme', 200, null, ['Authorization: {{full}}']),
  read('another scheme', [401, 'token_missing'], null, ['Authorization: Basic ZnVsbDpub25l']),
  read('a token that is no token', [401, 'token_invalid'], null, bearing('no.token.here')),
  read('a token that is over', [401, 'token_expired'], null, bearing(signed({ ...claims, exp: 1_780_003_600 }))),
  read('a token of another signer', [401, 'token_invalid'], null, bearing(signed(far, { key: 'x'.repeat(40) }))),
  read('a token that nobody signed', [401, 'token_invalid'], null, bearing(signed(far, { algorithm: 'none' }))),
  read('a token in the query', [401, 'token_missing'], null),
  read('two tokens', 400, 'full', ['Authorization: Bearer {{reader}}']),
  request('read: groups of a person', `GET ${one}/groups`, 200),
  request('read: groups in a state that is none', `GET ${one}/groups?status=lost`, [422, 'schema_violation']),
  request('read: a household', `GET ${at('/Group/{}', householdId('HH-1'))}`, 200, { keep: 'HH-1' }),
  request('read: a history', `GET ${at('/Group/{}', householdId('HH-1'))}/membership-history`, 200),
  request(
    'read: a history since never',
    `GET ${at('/Group/{}', householdId('HH-1'))}/membership-history?_since=never`,
    [400, 'since_malformed'],
  ),
  request('read: a program', `GET ${at('/Program/{}', programId('school-meals'))}`, 200),
  request('read: a program that is none', `GET ${at('/Program/{}', programId('none'))}`, [404, 'program_not_found']),
  request('read: memberships, which of them', `GET ${at('/ProgramMembership/{}', nationalId('NX-1'))}`, [
    409,
    'program_required',
  ]),
  request(
    'read: a membership',
    `GET ${at('/ProgramMembership/{}?program={}', nationalId('NX-1'), `Program/${programId('winter-aid')}`)}`,
    200,
  ),
  request('read: a membership of School', `GET ${at('/ProgramMembership/{}?program=School', nationalId('NX-1'))}`, [
    400,
    'program_reference_malformed',
  ]),
];
