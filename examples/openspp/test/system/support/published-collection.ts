import { female, household, individual, national, person, program, role } from './published-registry.ts';

const post = (path: readonly string[], body: object, headers: readonly object[] = []) => ({
  method: 'POST',
  header: [{ key: 'Content-Type', value: 'application/json' }, ...headers],
  body: { mode: 'raw', raw: JSON.stringify(body, null, 2) },
  url: { raw: `{{base_url}}/${path.join('/')}`, host: ['{{base_url}}'], path },
});
const get = (path: readonly string[], query: Readonly<Record<string, string>> = {}) => {
  const pairs = Object.entries(query).map(([key, value]) => ({ key, value }));
  const search = pairs.map(({ key, value }) => `${key}=${value}`).join('&');
  const raw = `{{base_url}}/${path.join('/')}${search === '' ? '' : `?${search}`}`;
  return { method: 'GET', url: { raw, host: ['{{base_url}}'], path, ...(search === '' ? {} : { query: pairs }) } };
};
const grant = '{"grant_type":"client_credentials","client_id":"{{client_id}}","client_secret":"{{client_secret}}"}';
const keepToken = [
  'const told = pm.response.json();',
  "pm.collectionVariables.set('access_token', told.access_token);",
  "pm.test('Token received', () => pm.expect(told.access_token).to.be.a('string'));",
];
/** A collection of the form of the published one: variables, a bearer for all, a script that keeps the token. */
export const collection = {
  info: { name: 'API V2', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
  variable: [
    { key: 'base_url', value: 'http://localhost:8069/api/v2/spp' },
    { key: 'client_id', value: 'your-client-id' },
    { key: 'client_secret', value: 'your-client-secret' },
    { key: 'access_token', value: '' },
  ],
  auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}' }] },
  item: [
    {
      name: '1. Authentication',
      item: [
        {
          name: 'token',
          event: [{ listen: 'test', script: { type: 'text/javascript', exec: keepToken } }],
          request: {
            auth: { type: 'noauth' },
            method: 'POST',
            header: [{ key: 'Content-Type', value: 'application/json' }],
            body: { mode: 'raw', raw: grant },
            url: { raw: '{{base_url}}/oauth/token', host: ['{{base_url}}'], path: ['oauth', 'token'] },
          },
        },
      ],
    },
    {
      name: '2. Individuals',
      item: [
        { name: 'search', request: get(['Individual'], { name: 'Katusabe', _count: '20' }) },
        { name: 'read', request: get(['Individual', `${national}|PH-123`]) },
        {
          name: 'create',
          request: post(['Individual'], person('PH-PM-001', 'Stella', { birthDate: '1990-05-20', gender: female })),
        },
        // The published request names a version that whoever plays it replaces by the one that was read.
        {
          name: 'read it',
          request: get(['Individual', `${national}|PH-PM-001`]),
          event: [
            {
              listen: 'test',
              script: {
                type: 'text/javascript',
                exec: ["pm.collectionVariables.set('version', pm.response.headers.get('ETag'));"],
              },
            },
          ],
        },
        {
          name: 'change',
          request: {
            ...post(['Individual', `${national}|PH-PM-001`], { name: { given: 'Stella Rose' } }, [
              { key: 'If-Match', value: '{{version}}' },
            ]),
            method: 'PATCH',
          },
        },
      ],
    },
    {
      name: '3. Groups',
      item: [
        { name: 'search groups', request: get(['Group'], { type: 'household', _count: '20' }) },
        {
          name: 'create a group',
          request: post(['Group'], {
            type: 'Group',
            identifier: [{ system: household, value: 'HH-PM-1' }],
            groupType: 'household',
            name: 'Stella household',
            member: [{ entity: { reference: individual('PH-PM-001') }, role: role('head') }],
          }),
        },
        {
          name: 'add a member',
          request: post(['Group', `${household}|HH-PM-1`, '$add-member'], {
            entity: { reference: individual('PH-789') },
            role: role('child'),
            startDate: '2024-06-01',
          }),
        },
      ],
    },
    {
      name: '4. Programs',
      item: [
        { name: 'search programs', request: get(['Program'], { status: 'active' }) },
        {
          name: 'enrol',
          request: post(['ProgramMembership'], {
            type: 'ProgramMembership',
            program: { reference: `Program/${program}` },
            beneficiary: { reference: `Group/${household}|HH-PM-1` },
            status: 'enrolled',
            enrollmentDate: '2024-11-28',
          }),
        },
      ],
    },
    {
      name: '5. Batch',
      item: [
        {
          name: 'transaction',
          request: post(['$batch'], {
            resourceType: 'Bundle',
            type: 'transaction',
            entry: [
              {
                fullUrl: 'urn:uuid:head',
                request: { method: 'POST', url: 'Individual' },
                resource: person('PH-HEAD-001', 'Ivan'),
              },
              {
                fullUrl: 'urn:uuid:household',
                request: { method: 'POST', url: 'Group' },
                resource: {
                  type: 'Group',
                  identifier: [{ system: household, value: 'HH-PM-2' }],
                  groupType: 'household',
                  name: 'Ivan household',
                  member: [{ entity: { reference: 'urn:uuid:head' }, role: role('head') }],
                },
              },
            ],
          }),
        },
      ],
    },
    {
      name: '6. Bulk',
      item: [
        {
          name: 'export',
          request: post(['$bulk', 'export'], {
            type: 'Individual',
            identifiers: [`${national}|PH-123`, `${national}|PH-PM-001`],
            _elements: 'name,birthDate,gender',
          }),
        },
      ],
    },
  ],
};
