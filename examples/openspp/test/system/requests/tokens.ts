import { clientSecret } from '../support/bootstrap.ts';
import { type Parts, request } from './request.ts';

const form = 'Content-Type: application/x-www-form-urlencoded';
const basic = (user: string, password = clientSecret) =>
  `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const credentials = { grant_type: 'client_credentials', client_id: 'full', client_secret: clientSecret };
const encoded = new URLSearchParams(credentials).toString();

const token = (name: string, expected: number | readonly [number, string], parts: Parts = {}) =>
  request(`token: ${name}`, 'POST /oauth/token', expected, { as: null, ...parts });

/** Every way to ask for a token (contract §3.1). */
export const tokenRequests = [
  token('by JSON', 200, { body: credentials }),
  token('by JSON with a charset', 200, {
    headers: ['Content-Type: application/json; charset=UTF-8'],
    body: credentials,
  }),
  token('by a form', 200, { headers: [form], body: encoded }),
  token('by a form in chunks', 200, { headers: [form], body: encoded, chunked: 7 }),
  token('by Basic with a form', 200, { headers: [form, basic('full')], body: 'grant_type=client_credentials' }),
  token('by Basic alone', 200, { headers: [basic('full')] }),
  token('form over Basic', 200, { headers: [form, basic('nobody')], body: encoded }),
  token('incomplete JSON with Basic', 200, { headers: [basic('full')], body: { client_id: 'full' } }),
  token('of a client without scopes', 200, { body: { ...credentials, client_id: 'scopeless' } }),
  token('with a parameter nobody knows', 200, { headers: [form], body: `${encoded}&scope=individual%3Aread&x=1` }),
  token('a wrong secret', [401, 'credentials_invalid'], { body: { ...credentials, client_secret: 'wrong' } }),
  token('an unknown client', [401, 'credentials_invalid'], { body: { ...credentials, client_id: 'nobody' } }),
  token('a client that is switched off', [401, 'credentials_invalid'], {
    body: { ...credentials, client_id: 'disabled' },
  }),
  token('a wrong secret by Basic', [401, 'credentials_invalid'], { headers: [basic('full', 'wrong')] }),
  token('nothing at all', [400, 'token_request_unreadable']),
  token('no grant type in a form', [400, 'grant_type_unsupported'], {
    headers: [form],
    body: `client_id=full&client_secret=${clientSecret}`,
  }),
  token('another grant type', [400, 'grant_type_unsupported'], { body: { ...credentials, grant_type: 'password' } }),
  token('incomplete JSON', [400, 'token_request_unreadable'], { body: { grant_type: 'client_credentials' } }),
  token('malformed JSON', [400, 'token_request_unreadable'], {
    headers: ['Content-Type: application/json'],
    body: '{"gr',
  }),
  token('numbers for texts', [400, 'token_request_unreadable'], { body: { ...credentials, client_id: 1 } }),
  token('Basic that is no base64', [400, 'token_request_unreadable'], { headers: ['Authorization: Basic %%%'] }),
  request('token: by GET', 'GET /oauth/token', [405, 'method_not_allowed'], { as: null }),
  request('token: OPTIONS', 'OPTIONS /oauth/token', 204, { as: null }),
];
