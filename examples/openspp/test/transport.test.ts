import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext } from '@sallyport/core';
import { beforeAll, expect, it } from 'vitest';
import { hesitate } from '../src/policies/consent.ts';
import { at, household, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

const outcome = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

overEachDatabase('transport, scopes and privacy', (t) => {
  const one = at('/Individual/{}', nationalId('T-1'));
  const bases = [
    'contract',
    'legal_obligation',
    'vital_interest',
    'public_interest',
    'public_task',
    'legitimate_interest',
  ] as const;

  beforeAll(async () => {
    const more = { birthDate: '1990-01-01', gender: { coding: [{ system: 'urn:iso:std:iso:5218', code: '1' }] } };
    await t.send('POST', '/Individual', { body: person('T-1', more) });
    await t.send('POST', '/Group', {
      body: household('T-G', { member: [{ entity: { reference: `Individual/${nationalId('T-1')}` } }] }),
    });
    await t.addClient('reader', ['individual:read']);
    await t.addClient('searcher', ['individual:search', 'program_membership:search']);
    await t.addClient('creator', ['individual:create']);
    await t.addClient('listed', [{ scope: 'individual:all', fields: ['birthDate'] }]);
    await t.addClient('half-listed', [{ scope: 'individual:search', fields: ['birthDate'] }, 'individual:read']);
    await t.addClient('nothing-listed', [{ scope: 'individual:read', fields: [] }]);
    await t.addClient('consent', ['individual:all', 'group:all', 'program:all', 'program_membership:all'], 'consent');
  });

  it('B-001 B-069 B-004: public routes', async () => {
    for (const path of ['/metadata', '/openapi.json', '/docs', '/redoc']) {
      expect([path, (await t.send('GET', path, { as: null })).status]).toEqual([path, 200]);
    }
    expect((await t.send('GET', '/metadata')).status).toBe(200);
    for (const path of ['/Individual', '/Group', '/Program', '/ProgramMembership', one]) {
      expect(outcome(await t.send('GET', path, { as: null }))).toEqual([401, 'token_missing']);
    }
  });

  it('B-002 B-003: the OpenAPI document', async () => {
    const { body, text } = await t.send('GET', '/openapi.json', { as: null });
    expect(body.info).toMatchObject({
      title: 'OpenSPP API V2',
      version: '2.0.0',
      contact: { name: 'OpenSPP', url: 'https://openspp.org' },
      license: { name: 'LGPL-3.0' },
    });
    expect(JSON.stringify(body.components.securitySchemes)).toContain('"tokenUrl":"/api/v2/spp/oauth/token"');
    for (const [, reference = ''] of text.matchAll(/"\$ref":\s*"#\/([^"]+)"/g)) {
      const found = reference.split('/').reduce((value, step) => value?.[step.replaceAll('~1', '/')], body);
      expect(found, reference).toBeDefined();
    }
    expect(Object.keys(body.paths)).not.toContain('/GroupMember');
  });

  it('B-070 B-071 B-073: the capability statement', async () => {
    const { body } = await t.send('GET', '/metadata', { as: null });
    expect(body).toMatchObject({
      name: 'OpenSPP API',
      version: '2.0.0',
      extensions: [],
      authentication: { type: 'oauth2', tokenEndpoint: '/api/v2/spp/oauth/token', grantTypes: ['client_credentials'] },
      docs: '/api/v2/spp/docs',
    });
    expect(Object.keys(body.resources)).toEqual(['Individual', 'Group', 'Program', 'ProgramMembership']);
    expect(body.resources.Individual).toEqual({
      operations: ['read', 'search', 'create', 'update', 'patch'],
      searchParams: [
        'identifier',
        'name',
        'birthdate',
        'gender',
        'address',
        'group',
        'membership-role',
        '_lastUpdated',
      ],
    });
    expect(body.resources.Program.operations).toEqual(['read', 'search', 'create', 'update', 'patch']);
    expect(body.resources.ProgramMembership.operations).toEqual(['read', 'search', 'create', 'update']);
  });

  it('B-005 B-006 B-007 B-012 B-013: versions, unknown addresses and methods', async () => {
    expect((await t.send('GET', one)).headers['x-api-version']).toBe('2.0.0');
    const unknown = await t.send('GET', '/Nowhere', { as: null });
    expect(outcome(unknown)).toEqual([404, 'route_not_found']);
    expect(unknown.headers['x-api-version']).toBe('2.0.0');
    const method = await t.send('DELETE', one);
    expect(outcome(method)).toEqual([405, 'method_not_allowed']);
    expect(method.headers.allow).toContain('PATCH');
    expect((await t.send('GET', '/Individual/', {})).status).toBe(307);
  });

  it('B-009 B-010 B-011: the order of checks', async () => {
    const json = { 'content-type': 'application/json' };
    const broken = await t.send('POST', '/Individual', { body: '{"a":', as: null, headers: json });
    expect(broken.status).toBe(422);
    expect(broken.body.detail[0]).toMatchObject({ type: 'json_invalid', loc: ['body', 5] });
    expect((await t.send('POST', '/Individual', { body: {}, as: null })).status).toBe(401);
    expect((await t.send('POST', '/Individual', { body: {}, as: 'reader' })).status).toBe(422);
    expect(outcome(await t.send('POST', '/Individual', { body: person('T-9'), as: 'reader' }))).toEqual([
      403,
      'scope_missing',
    ]);
    const text = { 'content-type': 'text/plain' };
    expect((await t.send('POST', '/Individual', { body: '{}', headers: text })).status).toBe(422);
  });

  it('§2.3: problem details when asked for', async () => {
    const headers = { accept: 'application/problem+json' };
    const problem = await t.send('GET', at('/Individual/{}', nationalId('nobody')), { headers });
    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problem.body).toMatchObject({ type: 'urn:openspp:error:individual-not-found', status: 404 });
  });

  it('B-021: the language changes no status', async () => {
    const answer = await t.send('GET', at('/Individual/{}', nationalId('nobody')), {
      headers: { 'accept-language': 'fr' },
    });
    expect(answer.status).toBe(404);
  });

  it('B-053 B-054 B-055 B-056 B-057 B-058 B-059: scopes', async () => {
    const refused = await t.send('GET', one, { as: 'creator' });
    expect(outcome(refused)).toEqual([403, 'scope_missing']);
    expect(refused.body.detail).toContain('individual:read');
    expect((await t.send('GET', '/Individual', { as: 'searcher' })).status).toBe(200);
    expect((await t.send('GET', '/Individual', { as: 'reader' })).status).toBe(200);
    expect((await t.send('GET', one, { as: 'searcher' })).status).toBe(403);
    expect((await t.send('GET', '/Group', { as: 'reader' })).status).toBe(403);
    const programs = await t.send('GET', '/Program', { as: 'reader' });
    expect(programs.body.detail).toContain('program:search');
    expect((await t.send('GET', '/ProgramMembership', { as: 'searcher' })).status).toBe(200);
    const membership = await t.send('GET', at('/ProgramMembership/{}', nationalId('T-1')), { as: 'searcher' });
    expect(membership.body.detail).toContain('program_membership:read');
    expect((await t.send('PATCH', one, { body: {}, as: 'reader' })).body.detail).toContain('individual:update');
  });

  it('B-061 B-063 B-064: a legal basis opens single reads', async () => {
    for (const basis of bases) {
      await t.addClient(basis, ['individual:read'], basis);
      const answer = await t.send('GET', one, { as: basis });
      expect([basis, answer.status, answer.headers['x-consent-status']]).toEqual([basis, 200, 'legal_basis']);
      expect(answer.headers).not.toHaveProperty('x-consent-scope');
    }
    expect((await t.send('GET', '/Individual')).headers).not.toHaveProperty('x-consent-status');
  });

  it('B-065 B-066 B-067: allow-lists of scopes', async () => {
    const identifier = expect.anything();
    const only = { type: 'Individual', identifier, birthDate: '1990-01-01' };
    const listed = await t.send('GET', one, { as: 'listed' });
    expect(listed.body).toEqual(only);
    // The version is part of what the list leaves out (contract §8.3).
    expect(listed.headers).not.toHaveProperty('etag');
    expect((await t.send('GET', '/Individual', { as: 'listed' })).body.data).toEqual([only]);
    const patched = await t.send('PATCH', one, { as: 'listed', body: { telecom: [] } });
    expect(patched.body).toEqual(only);
    expect((await t.send('GET', one, { as: 'half-listed' })).body).toHaveProperty('gender');
    expect((await t.send('GET', one, { as: 'nothing-listed' })).body).toEqual({ type: 'Individual', identifier });
    expect((await t.send('GET', `${one}?_elements=gender`, { as: 'listed' })).body).not.toHaveProperty('gender');
    // Nobody may ask by a filter for what an answer would not show.
    expect((await t.send('GET', '/Individual?gender=urn:iso:std:iso:5218%7C1', { as: 'listed' })).status).toBe(400);
    const sorted = await t.send('GET', '/Individual?_sort=-lastUpdated', { as: 'listed' });
    expect(sorted.status).toBe(200);
  });

  it('shows beside a reference, at other addresses, in errors and after writes only what a client may read', async () => {
    const gender = { scope: 'individual:all', fields: ['gender'] };
    await t.addClient('households', ['group:read']);
    await t.addClient('gender', [gender, 'group:read']);
    await t.addClient('types', [{ scope: 'group:all', fields: ['groupType'] }]);
    await t.addClient('mover', ['group:update']);
    await t.addClient('updater', ['individual:update']);
    const group = at('/Group/{}', householdId('T-G'));
    const reference = `Individual/${nationalId('T-1')}`;
    const history = `${group}/membership-history`;
    for (const as of ['households', 'gender']) {
      expect((await t.send('GET', group, { as })).body.member).toEqual([{ entity: { reference }, inactive: false }]);
      expect((await t.send('GET', history, { as })).body.data[0].member).toEqual({ reference });
    }
    expect((await t.send('GET', group)).body.member[0].entity).toEqual({ reference, display: 'Ada Birungi' });
    expect(outcome(await t.send('GET', history, { as: 'types' }))).toEqual([403, 'forbidden']);
    expect(outcome(await t.send('GET', `${one}/groups`, { as: 'gender' }))).toEqual([403, 'forbidden']);
    const member = at('/Group/{}/member/{}', householdId('T-G'), nationalId('T-1'));
    for (const as of ['types', 'mover']) {
      const moved = await t.send('PATCH', member, { as, body: {} });
      expect(moved.body).toEqual({
        type: 'GroupMember',
        group: { reference: `Group/${householdId('T-G')}` },
        entity: { reference },
      });
    }
    const late = { birthDate: '2199-01-01' };
    for (const as of ['gender', 'updater']) {
      const refused = await t.send('PATCH', one, { as, body: { ...late, name: { given: 'Eve' } } });
      expect(outcome(refused)).toEqual([422, 'birth_date_in_future']);
      expect(refused.text).not.toContain('Birungi');
    }
    expect((await t.send('PATCH', one, { body: late })).body.detail).toContain('Ada Birungi');
    const patched = await t.send('PATCH', one, { as: 'updater', body: {} });
    expect(Object.keys(patched.body)).toEqual(['type', 'identifier', 'meta']);
    const made = await t.send('POST', '/Individual', { as: 'creator', body: person('T-2') });
    expect([made.status, Object.keys(made.body)]).toEqual([201, ['type', 'identifier', 'meta']]);
  });

  it('27.4 makes a consent client wait once, and tells it nothing of whom it names', async () => {
    const call = { state: new Map() } as unknown as CallContext;
    await hesitate(call);
    const again = hesitate(call).then(() => 'at once');
    expect(await Promise.race([again, delay(40)])).toBe('at once');
    const as = 'consent';
    const taken = await t.send('POST', '/Individual', { body: person('T-1'), as });
    // That an identifier is in use cannot be hidden from who tries to register it (contract 27.7).
    expect(outcome(taken)).toEqual([409, 'identifier_in_use']);
    const known = { program: { reference: 'Program/urn:openspp:program|x' }, status: 'draft' };
    const refused = [];
    for (const value of ['T-1', 'nobody']) {
      const body = { ...known, beneficiary: { reference: `Individual/${nationalId(value)}` } };
      const { status, text } = await t.send('POST', '/ProgramMembership', { body, as });
      refused.push([status, text.replaceAll(value, 'X')]);
    }
    expect(refused[0]).toEqual(refused[1]);
  });

  it('B-062 A10: without a consent, a consent client is shown nobody', async () => {
    const as = 'consent';
    const answers = [
      await t.send('GET', one, { as }),
      await t.send('GET', at('/Individual/{}', nationalId('nobody')), { as }),
      await t.send('GET', `${one}/groups`, { as }),
      await t.send('GET', at('/Group/{}', householdId('T-G')), { as }),
      await t.send('GET', at('/Group/{}/membership-history', householdId('T-G')), { as }),
      await t.send('GET', at('/ProgramMembership/{}', nationalId('T-1')), { as }),
      await t.send('PUT', at('/Individual/{}', nationalId('nobody')), { body: person('nobody'), as }),
      await t.send('PATCH', at('/Individual/{}', nationalId('nobody')), { body: { active: false }, as }),
    ];
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([403, answers[0]?.body]);
    expect(answers[0]?.body.code).toBe('access_denied');
    const search = await t.send('GET', '/Individual', { as });
    expect(search.body).toMatchObject({ data: [], meta: { total: 0 } });
    expect((await t.send('GET', '/Program', { as })).status).toBe(200);
    const started = performance.now();
    await t.send('GET', at('/Individual/{}', nationalId('nobody')), { as });
    expect(performance.now() - started).toBeGreaterThan(49);
  });

  it('B-094 B-095 B-096: nobody to be found, for who depends on consents and for who does not', async () => {
    const [known, unknown] = [one, at('/Individual/{}', nationalId('nobody'))];
    const answers = [];
    for (const path of [known, unknown]) {
      const started = performance.now();
      const { status, text, headers } = await t.send('GET', path, { as: 'consent' });
      expect(performance.now() - started).toBeGreaterThan(49);
      answers.push({ status, text, headers: Object.keys(headers) });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 403, text: expect.stringContaining('access_denied') });
    expect(outcome(await t.send('GET', unknown, { as: 'reader' }))).toEqual([404, 'individual_not_found']);
  });

  it('B-113 B-145 B-147: searches show a consent client nothing, and nothing tells why', async () => {
    const page = async (path: string) => {
      const { status, body, headers } = await t.send('GET', path, { as: 'consent' });
      expect(headers).not.toHaveProperty('x-consent-status');
      return { status, data: body.data, meta: body.meta, links: body.links, names: Object.keys(body) };
    };
    const empty = { status: 200, data: [], meta: { total: 0, count: 0, offset: 0 }, names: ['data', 'meta', 'links'] };
    for (const path of ['/Individual', '/Group', '/ProgramMembership', '/Individual?name=Ada&_sort=-birthDate']) {
      expect(await page(path)).toMatchObject(empty);
    }
    const behind = (value: string) => `/Individual?identifier=${encodeURIComponent(nationalId(value))}&_offset=1`;
    const [hidden, nobody] = [await page(behind('T-1')), await page(behind('T-0'))];
    expect(JSON.stringify(hidden).replaceAll('T-1', 'T-0')).toBe(JSON.stringify(nobody));
    expect(hidden.meta).toEqual({ total: 0, count: 0, offset: 1 });
  });

  it('B-193 B-222: writes and memberships answer a consent client the same, whoever is named', async () => {
    const as = 'consent';
    const group = at('/Group/{}', householdId('T-G'));
    const answers = [];
    for (const value of ['T-1', 'nobody']) {
      const entity = { reference: `Individual/${nationalId(value)}` };
      const membership = at('/ProgramMembership/{}', nationalId(value));
      answers.push(
        await t.send('POST', `${group}/$add-member`, { body: { entity }, as }),
        await t.send('POST', `${group}/$remove-member`, { body: { entity }, as }),
        await t.send('PATCH', at('/Group/{}/member/{}', householdId('T-G'), nationalId(value)), { body: {}, as }),
        await t.send('GET', membership, { as }),
        await t.send('GET', `${membership}?program=Program/urn:openspp:program%7Cnone`, { as }),
        await t.send('PUT', membership, { body: { status: 'draft', beneficiary: entity, program: entity }, as }),
      );
    }
    for (const { status, text } of answers) expect([status, text]).toEqual([403, answers[0]?.text]);
    expect(answers[0]?.body.code).toBe('access_denied');
  });

  it('B-019: no body shows an internal key', async () => {
    const paths = ['/Individual', '/Group', '/Program', '/ProgramMembership', one, `${one}/groups`];
    const history = at('/Group/{}/membership-history', householdId('T-G'));
    for (const path of [...paths, history]) {
      const { body } = await t.send('GET', path);
      const look = (value: unknown, name: string): void => {
        expect(name).not.toMatch(/^(id|_id|.*Id)$(?<!versionId)/);
        const known = ['total', 'count', 'offset', 'rank', 'quantity'];
        if (typeof value === 'number') expect(known, `${path}: ${name}`).toContain(name);
        if (typeof value === 'object' && value !== null) {
          for (const [key, inner] of Object.entries(value)) look(inner, Array.isArray(value) ? name : key);
        }
      };
      look(body, 'body');
    }
  });
});
