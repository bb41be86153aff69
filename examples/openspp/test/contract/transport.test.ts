import { beforeAll, expect, it } from 'vitest';
import {
  at,
  basePath,
  household,
  householdId,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';
import { refusals } from './support/refusals.ts';

const publicPaths = ['/openapi.json', '/docs', '/redoc', '/metadata', '/oauth/token'];
const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });

overEveryServer('transport, errors, documentation', (t) => {
  const one = at('/Individual/{}', nationalId('T-1'));
  const nobody = at('/Individual/{}', nationalId('nobody'));
  const document = async () => (await t.send('GET', '/openapi.json', { as: null })).body;

  beforeAll(async () => {
    await t.send('POST', '/Individual', { body: person('T-1', { birthDate: '1990-01-01', gender: gender('1') }) });
    const member = [{ entity: personReference('T-1') }];
    await t.send('POST', '/Group', { body: household('T-G', { member }) });
    await t.addClient('reader', ['individual:read']);
  });

  it('B-001 the documents answer 200 without a token', async () => {
    for (const [path, type] of [
      ['/openapi.json', /json/],
      ['/docs', /html/],
      ['/redoc', /html/],
    ] as const) {
      const answer = await t.send('GET', path, { as: null });
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers['content-type']).toMatch(type);
    }
  });

  it('B-002 the OpenAPI document has title and version, and every $ref of it resolves', async () => {
    const body = await document();
    expect(body.info).toMatchObject({
      title: 'OpenSPP API V2',
      version: '2.0.0',
      contact: { name: 'OpenSPP', url: 'https://openspp.org' },
      license: { name: 'LGPL-3.0' },
    });
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      const found = reference.split('/').reduce((value, step) => value?.[step.replaceAll('~1', '/')], body);
      expect(found, reference).toBeDefined();
    }
    expect(JSON.stringify(body)).not.toMatch(/"\$ref":"(?!#\/)/);
  });

  it('B-003 OpenAPI declares OAuth2 client credentials with the tokenUrl of this API', async () => {
    const { components } = await document();
    const schemes: { type: string; flows?: { clientCredentials?: { tokenUrl: string } } }[] = Object.values(
      components.securitySchemes,
    );
    const flows = schemes
      .filter(({ type }) => type === 'oauth2')
      .map(({ flows }) => flows?.clientCredentials?.tokenUrl);
    expect(flows).toEqual([`${basePath}/oauth/token`]);
  });

  it('B-004 every route except token, metadata and documentation answers 401 without a token', async () => {
    const { paths } = await document();
    const key = encodeURIComponent(nationalId('T-1'));
    let asked = 0;
    for (const [path, item] of Object.entries(paths as Record<string, object>)) {
      if (publicPaths.includes(path)) continue;
      const target = path.replaceAll(/\{[^}]+\}/g, key);
      for (const method of Object.keys(item).filter((name) => /^(get|put|post|patch|delete|query)$/.test(name))) {
        const body = method === 'get' || method === 'delete' ? undefined : {};
        const answer = await t.send(method.toUpperCase(), target, { as: null, body });
        expect([method, target, ...outcome(answer)]).toEqual([method, target, 401, 'token_missing']);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(40);
  });

  it('B-005 success responses carry X-API-Version: 2.0.0', async () => {
    for (const path of [one, '/Individual', '/Group', '/Program', '/ProgramMembership', '/Individual/_filters']) {
      const { status, headers } = await t.send('GET', path);
      expect([path, status, headers['x-api-version']]).toEqual([path, 200, '2.0.0']);
    }
    const made = await t.send('POST', '/Individual', { body: person('T-005') });
    expect([made.status, made.headers['x-api-version']]).toEqual([201, '2.0.0']);
  });

  it('B-006 error responses carry X-API-Version too', async () => {
    const answers = await refusals(t);
    expect([...answers.keys()]).toEqual([400, 401, 403, 404, 405, 409, 422, 429, 500]);
    for (const [status, { headers }] of answers) expect([status, headers['x-api-version']]).toEqual([status, '2.0.0']);
  });

  it('B-007 every error body is an object with the property detail, and no other one but code', async () => {
    for (const [status, { body, headers }] of await refusals(t)) {
      expect(headers['content-type'], String(status)).toMatch(/^application\/json/);
      expect([status, Object.keys(body).sort()]).toEqual([status, ['code', 'detail']]);
      expect(body.code).toMatch(/^[a-z_]+$/);
    }
  });

  it('B-008 schema violations answer 422 with an array of {type, loc, msg, input}', async () => {
    const sent = { name: { given: 'X' }, birthDate: '14.02.2001', type: 'Group' };
    const { status, body } = await t.send('POST', '/Individual', { body: sent });
    expect([status, body.code]).toEqual([422, 'schema_violation']);
    const message = expect.any(String);
    expect(body.detail).toHaveLength(3);
    expect(body.detail).toEqual(
      expect.arrayContaining([
        { type: 'missing', loc: ['body', 'identifier'], msg: message, input: sent },
        { type: 'date_from_datetime_parsing', loc: ['body', 'birthDate'], msg: message, input: '14.02.2001' },
        { type: 'literal_error', loc: ['body', 'type'], msg: message, input: 'Group' },
      ]),
    );
    const query = await t.send('GET', '/Individual?_count=many');
    expect([query.status, query.body.detail[0].loc, query.body.detail[0].input]).toEqual([
      422,
      ['query', '_count'],
      'many',
    ]);
  });

  it('B-009 malformed JSON answers 422 even without a token', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const as of [null, 'full']) {
      const broken = await t.send('POST', '/Individual', { body: '{"a":', as, headers });
      expect([as, ...outcome(broken)]).toEqual([as, 422, 'schema_violation']);
      expect(broken.body.detail[0]).toMatchObject({ type: 'json_invalid', loc: ['body', 5] });
    }
  });

  it('B-010 valid JSON with a wrong schema and no token answers 401, not 422', async () => {
    const refused = await t.send('POST', '/Individual', { body: { identifier: 7 }, as: null });
    expect(outcome(refused)).toEqual([401, 'token_missing']);
  });

  it('B-011 without the scope, a schema-invalid body answers 422 and a valid one 403', async () => {
    const ask = (body: object) => t.send('POST', '/Individual', { body, as: 'reader' });
    expect(outcome(await ask({}))).toEqual([422, 'schema_violation']);
    expect(outcome(await ask(person('T-011')))).toEqual([403, 'scope_missing']);
    expect((await t.send('GET', at('/Individual/{}', nationalId('T-011')))).status).toBe(404);
  });

  it('B-012 an unknown path answers 404', async () => {
    for (const path of ['/Nowhere', '/Individual/a/b/c', '/$nothing', '/individual', '/%24nothing']) {
      for (const as of [null, 'full']) {
        expect([path, ...outcome(await t.send('GET', path, { as }))]).toEqual([path, 404, 'route_not_found']);
      }
    }
  });

  it('B-013 DELETE /Individual/{id} answers 405 with an Allow header', async () => {
    const refused = await t.send('DELETE', one);
    expect(outcome(refused)).toEqual([405, 'method_not_allowed']);
    const allowed = String(refused.headers.allow).split(/,\s*/);
    expect(allowed).toEqual(expect.arrayContaining(['GET', 'PUT', 'PATCH']));
    expect(allowed).not.toContain('DELETE');
    expect((await t.send('GET', one)).status).toBe(200);
  });

  it('B-014 unknown body properties are ignored on POST /Individual', async () => {
    const more = { bogus: 1, favourite_colour: 'green', name: { given: 'Ada', nickname: 'Queen' } };
    const { status, text } = await t.send('POST', '/Individual', { body: person('T-014', more) });
    expect(status).toBe(201);
    expect(text).not.toMatch(/bogus|colour|nickname|Queen/);
  });

  it('B-015 unknown query parameters are ignored on GET /Individual', async () => {
    const plain = await t.send('GET', '/Individual');
    const more = await t.send('GET', '/Individual?bogus=1&_unknown=x&_lastId=5');
    expect([more.status, more.body.data]).toEqual([200, plain.body.data]);
    expect(more.body.data.length).toBeGreaterThan(0);
  });

  it('B-016 snake_case aliases are accepted on input, camelCase is printed', async () => {
    const more = { birth_date: '1999-01-02', address: [{ line: ['1 Road'], postal_code: '77' }] };
    const made = await t.send('POST', '/Individual', { body: person('T-016', more) });
    expect(made.body).toMatchObject({ birthDate: '1999-01-02', address: [{ postalCode: '77' }] });
    const patched = await t.send('PATCH', at('/Individual/{}', nationalId('T-016')), {
      body: { birth_date_estimated: true },
    });
    expect(patched.body.birthDateEstimated).toBe(true);
    expect(made.text + patched.text).not.toMatch(/birth_date|postal_code/);
  });

  it('B-017 GET /Individual/{id} omits absent properties; POST /Individual prints them as null', async () => {
    const absent = ['gender', 'telecom', 'address', 'photo', 'groupMembership', 'extension', 'birthDate'];
    const { body: made } = await t.send('POST', '/Individual', { body: person('T-017') });
    const { body: read, text } = await t.send('GET', at('/Individual/{}', nationalId('T-017')));
    for (const name of absent) {
      expect([name, made[name]]).toEqual([name, null]);
      expect(read).not.toHaveProperty(name);
    }
    expect(text).not.toContain('null');
    expect(made).toMatchObject({ name: { prefix: null, suffix: null }, identifier: [{ period: null }] });
  });

  it('B-018 GET /Program/{id} prints absent properties as null', async () => {
    const body = {
      identifier: [{ system: 'urn:openspp:program', value: 't-018' }],
      name: 'Program T-018',
      programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      targetType: 'group',
    };
    await t.send('POST', '/Program', { body });
    const read = await t.send('GET', at('/Program/{}', 'urn:openspp:program|t-018'));
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ description: null, eligibilityCriteria: null, period: null });
    expect(read.body.identifier[0].period).toBeNull();
  });

  it('B-019 no response body contains a property id or an internal numeric key', async () => {
    const paths = ['/Individual', '/Group', '/Program', '/ProgramMembership', one, `${one}/groups`];
    const group = at('/Group/{}', householdId('T-G'));
    const known = ['total', 'count', 'offset', 'rank', 'quantity'];
    for (const path of [...paths, group, `${group}/membership-history`]) {
      const { body, status } = await t.send('GET', path);
      expect([path, status]).toEqual([path, 200]);
      const look = (value: unknown, name: string): void => {
        expect(name).not.toMatch(/^(id|_id|.*Id)$(?<!versionId)/);
        if (typeof value === 'number') expect(known, `${path}: ${name}`).toContain(name);
        if (typeof value === 'object' && value !== null) {
          for (const [key, inner] of Object.entries(value)) look(inner, Array.isArray(value) ? name : key);
        }
      };
      look(body, 'body');
    }
  });

  it('B-020 application/merge-patch+json is accepted on PATCH', async () => {
    await t.send('POST', '/Individual', { body: person('T-020') });
    const path = at('/Individual/{}', nationalId('T-020'));
    for (const [index, type] of ['application/merge-patch+json', 'application/json'].entries()) {
      const body = { birthDate: `198${index}-01-01` };
      const patched = await t.send('PATCH', path, { body, headers: { 'content-type': type } });
      expect([type, patched.status, patched.body.birthDate]).toEqual([type, 200, body.birthDate]);
    }
    const headers = { 'content-type': 'text/plain' };
    expect((await t.send('PATCH', path, { body: '{}', headers })).status).toBe(422);
  });

  it('B-021 Accept-Language never changes a status code', async () => {
    const calls = [
      ['GET', one, undefined],
      ['GET', nobody, undefined],
      ['GET', '/Individual?birthdate=1990', undefined],
      ['POST', '/Individual', {}],
      ['PATCH', one, { gender: gender('9000') }],
      ['GET', '/Nowhere', undefined],
    ] as const;
    for (const [method, path, body] of calls) {
      const plain = await t.send(method, path, { body });
      for (const language of ['fr', 'sw-UG, en;q=0.5', '*', 'not a language']) {
        const answer = await t.send(method, path, { body, headers: { 'accept-language': language } });
        expect([path, language, ...outcome(answer)]).toEqual([path, language, ...outcome(plain)]);
      }
    }
  });

  it('B-022 a failing request leaves no partial change behind', async () => {
    const group = at('/Group/{}', householdId('T-G'));
    const shown = async () => [(await t.send('GET', one)).text, (await t.send('GET', group)).text];
    const totals = async () =>
      Promise.all(['/Individual', '/Group'].map(async (path) => (await t.send('GET', path)).body.meta.total));
    const [before, counted] = [await shown(), await totals()];
    const changed = { name: { given: 'Changed' }, birthDate: '1970-01-01' };
    const house = household('T-022', {
      member: [{ entity: personReference('T-1') }, { entity: personReference('x') }],
    });
    const wrong = { ...changed, gender: gender('9000') };
    const entry = [
      { request: { method: 'POST', url: 'Individual' }, resource: { type: 'Individual', ...person('T-022') } },
      {
        request: { method: 'PUT', url: `Individual/${nationalId('T-1')}` },
        resource: { type: 'Individual', ...person('T-1', wrong) },
      },
    ];
    const stale = { 'if-match': '"1"' };
    const failing = [
      await t.send('PATCH', one, { body: wrong }),
      await t.send('PUT', one, { body: person('T-1', wrong) }),
      await t.send('PATCH', one, { body: changed, headers: stale }),
      await t.send('PUT', one, { body: person('T-1', changed), headers: stale }),
      await t.send('POST', '/Individual', { body: person('T-022', wrong) }),
      await t.send('POST', '/Group', { body: house }),
      await t.send('POST', `${group}/$add-member`, { body: { entity: personReference('x') } }),
      await t.send('POST', '/$batch', { body: { type: 'transaction', entry } }),
    ];
    expect(failing.map(({ status }) => status)).toEqual([422, 422, 409, 409, 422, 422, 404, 422]);
    expect(await shown()).toEqual(before);
    expect(await totals()).toEqual(counted);
  });
});
