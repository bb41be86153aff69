import { beforeAll, expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { type Answer, household, householdId, nationalId, overEachDatabase, person } from '../../testing/index.ts';

const programReference = (value: string) => `Program/urn:openspp:program|${value}`;
const personReference = (value: string) => `Individual/${nationalId(value)}`;
const is = (field: string, operator: string, value: unknown) => ({ field, operator, value });
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const allResources = ['Individual', 'Group', 'Program', 'ProgramMembership'];

overEachDatabase('filters and advanced search', (t) => {
  const search = (resource: string, body: unknown, as = 'full', query = '') =>
    t.send('POST', `/${resource}/_search${query}`, { body, as });
  const found = async (resource: string, body: unknown, as = 'full'): Promise<Answer['body'][]> => {
    const answer = await search(resource, body, as);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.entry.map((entry: { resource: unknown }) => entry.resource);
  };
  const people = async (filters: unknown[], more: object = {}, as = 'full') =>
    (await found('Individual', { filters, sort: [{ field: 'name' }], ...more }, as)).map(({ name }) => name.given);
  const states = async (body: object, as = 'full') =>
    (await found('ProgramMembership', body, as)).map(({ status }) => status).sort();
  const refusal = async (resource: string, body: unknown) => {
    const { status, body: answered } = await search(resource, body);
    return [status, answered.code, answered.detail];
  };

  beforeAll(async () => {
    const make = async (path: string, body: object) => {
      const answer = await t.send('POST', path, { body });
      expect(answer.status, answer.text).toBe(201);
    };
    const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });
    const made = (value: string, given: string, more: object) =>
      make('/Individual', person(value, { name: { given }, ...more }));
    await made('F-1', 'Ada', {
      birthDate: '1990-01-01',
      gender: gender('2'),
      address: [{ city: 'Mbarara', state: 'West', country: 'UG' }],
      telecom: [{ system: 'phone', value: '+256 100%' }],
    });
    await made('F-2', 'Ben', {
      birthDate: '1985-06-15',
      gender: gender('1'),
      address: [{ city: 'MBALE', state: 'East', country: 'KE' }],
      telecom: [{ system: 'email', value: 'Ben@example.org' }],
    });
    await made('F-3', 'Cid', { address: [{ city: 'Gulu' }] });
    await made('F-4', 'Dot', {});
    await made('F-5', 'Archived', { active: false });
    await make('/Group', household('FG-1', { address: [{ city: 'Mbarara' }] }));
    const program = (value: string, name: string) => ({
      identifier: [{ system: 'urn:openspp:program', value }],
      name,
      programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      targetType: 'individual',
    });
    await make('/Program', program('filters', 'Filtered cash'));
    await make('/Program', program('other', 'Other'));
    const enrol = (value: string, status: string, more: object = {}) =>
      make('/ProgramMembership', {
        program: { reference: programReference('filters') },
        beneficiary: { reference: personReference(value) },
        status,
        ...more,
      });
    await enrol('F-1', 'enrolled', { enrollmentDate: daysAgo(3) });
    await enrol('F-2', 'paused', { enrollmentDate: daysAgo(100) });
    await enrol('F-3', 'exited', { enrollmentDate: daysAgo(10), exitDate: daysAgo(1) });
    await enrol('F-4', 'draft');
  });

  it('B-260 GET /R/_filters answers filters and presets, in front of the records', async () => {
    for (const resource of allResources) {
      const { status, body } = await t.send('GET', `/${resource}/_filters`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ resource, allow_custom_filters: false, max_filter_complexity: 10 });
      expect(body.filters.length).toBeGreaterThan(4);
    }
    const { body } = await t.send('GET', '/Individual/_filters');
    expect(body.filters).toContainEqual({
      name: 'city',
      field_path: 'city',
      filter_type: 'contains',
      label: 'City',
      description: '',
      allowed_operators: ['ilike'],
      required: false,
      is_indexed: false,
    });
    const listed = body.filters.find(({ name }: { name: string }) => name === 'state_id');
    expect(listed).toMatchObject({ filter_type: 'in', max_values: 50 });
    expect(body.presets).toEqual([]);
    const { presets } = (await t.send('GET', '/ProgramMembership/_filters')).body;
    expect(presets.map(({ name }: { name: string }) => name)).toEqual(['active_members', 'recently_enrolled']);
  });

  it('B-261 filters of fields that the client is not shown are not listed, and are as good as unknown', async () => {
    await t.addClient('only-names', [{ scope: 'individual:read', fields: ['name'] }]);
    const { body } = await t.send('GET', '/Individual/_filters', { as: 'only-names' });
    expect(body.filters.map(({ name }: { name: string }) => name)).toEqual(['name']);
    const answer = await search('Individual', { filters: [is('city', 'ilike', 'mba')] }, 'only-names');
    expect([answer.status, answer.body.code]).toEqual([400, 'filter_unknown']);
    expect(await people([is('name', 'ilike', 'ada')], {}, 'only-names')).toEqual(['Ada']);
  });

  it('B-262 _search with AND, OR and nested conditions returns a searchset bundle', async () => {
    const filters = [
      is('city', 'ilike', 'mba'),
      { logic: 'OR', conditions: [is('gender_id', 'eq', '1'), is('phone_exists', 'null', false)] },
    ];
    expect(await people(filters)).toEqual(['Ada', 'Ben']);
    expect(await people([is('city', 'ilike', 'gulu'), is('gender_id', 'eq', '1')], { filter_logic: 'OR' })).toEqual([
      'Ben',
      'Cid',
    ]);
    const { body } = await search('Individual', { filters: [is('city', 'ilike', 'mbar')], pagination: { count: 20 } });
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1 });
    expect(body.entry).toEqual([
      {
        resource: expect.objectContaining({ type: 'Individual', birthDate: '1990-01-01' }),
        search: { mode: 'match', score: 1 },
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('null');
  });

  it('B-262 every filter of the contract finds what it names', async () => {
    const cases: [object, string[]][] = [
      [is('name', 'like', 'Ada'), ['Ada']],
      [is('name', 'like', 'ada'), []],
      [is('birthdate', 'gte', '1985-06-16'), ['Ada']],
      [is('birthdate', 'ne', '1990-01-01'), ['Ben', 'Cid', 'Dot']],
      [is('gender_id', 'eq', 'urn:iso:std:iso:5218|2'), ['Ada']],
      [is('gender_id', 'eq', 'urn:other|2'), []],
      [is('gender_id', 'ne', '2'), ['Ben', 'Cid', 'Dot']],
      [is('state_id', 'in', ['West', 'East']), ['Ada', 'Ben']],
      [is('state_id', 'in', 'West'), ['Ada']],
      [is('country_id', 'eq', 'UG'), ['Ada']],
      [is('country_id', 'eq', 'XX'), []],
      [is('phone', 'like', '0%'), ['Ada']],
      [is('phone', 'like', '2%6'), []],
      [is('email', 'ilike', 'BEN@'), ['Ben']],
      // Archived people are not found by searching.
      [is('active', 'eq', false), []],
      [is('active', 'eq', 'yes'), ['Ada', 'Ben', 'Cid', 'Dot']],
      [is('write_date', 'gte', daysAgo(1)), ['Ada', 'Ben', 'Cid', 'Dot']],
      [is('create_date', 'lt', '2000-01-01T00:00:00Z'), []],
    ];
    for (const [filter, expected] of cases) expect([filter, await people([filter])]).toEqual([filter, expected]);
    expect(await found('Group', { filters: [is('city', 'ilike', 'MBAR')] })).toMatchObject([{ type: 'Group' }]);
    const programs = async (filter: object) =>
      (await found('Program', { filters: [filter], sort: [{ field: 'name' }] })).map(({ name }) => name);
    expect(await programs(is('name', 'ilike', 'CASH'))).toEqual(['Filtered cash']);
    expect(await programs(is('state', 'in', ['active']))).toEqual(['Filtered cash', 'Other']);
    expect(await programs(is('target_type', 'ne', 'individual'))).toEqual([]);
    expect(await programs(is('active', 'eq', false))).toEqual([]);
    const memberships: [object, string[]][] = [
      [is('program_id', 'eq', programReference('filters')), ['draft', 'enrolled', 'exited', 'paused']],
      [is('program_id', 'eq', programReference('other')), []],
      [is('program_id', 'ne', programReference('filters')), []],
      // What names nothing finds nothing, its opposite neither.
      [is('program_id', 'ne', programReference('unknown')), []],
      [is('partner_id', 'eq', personReference('F-2')), ['paused']],
      [is('partner_id', 'eq', `Group/${householdId('FG-1')}`), []],
      [is('enrollment_date', 'lt', daysAgo(50)), ['paused']],
      [is('exit_date', 'gte', daysAgo(1)), ['exited']],
      [is('has_exited', 'null', true), ['draft', 'enrolled', 'paused']],
    ];
    for (const [filter, expected] of memberships) {
      expect([filter, await states({ filters: [filter] })]).toEqual([filter, expected]);
    }
    const malformed = { filters: [is('program_id', 'eq', '1')] };
    expect((await refusal('ProgramMembership', malformed)).slice(0, 2)).toEqual([400, 'filter_program_malformed']);
    const beneficiary = { filters: [is('partner_id', 'eq', 'Program/a|b')] };
    expect((await refusal('ProgramMembership', beneficiary)).slice(0, 2)).toEqual([
      400,
      'filter_beneficiary_malformed',
    ]);
    expect(await refusal('Individual', { filters: [is('birthdate', 'gt', '1990')] })).toEqual([
      400,
      'request_rejected',
      'The filter "birthdate" takes a date in the form YYYY-MM-DD.',
    ]);
  });

  it('B-263 more than 10 leaf conditions are refused [S8]', async () => {
    const many = (count: number) => Array.from({ length: count }, () => is('active', 'eq', true));
    expect((await search('Individual', { filters: many(10) })).status).toBe(200);
    const tooMany = [400, 'filter_too_complex', 'The search has 11 conditions; the maximum is 10.'];
    expect(await refusal('Individual', { filters: many(11) })).toEqual(tooMany);
    expect(
      await refusal('ProgramMembership', { preset: 'active_members', filters: [], additional_filters: many(11) }),
    ).toEqual(tooMany);
    const deep = Array.from({ length: 8 }).reduce(
      (inner: unknown) => ({ logic: 'AND', conditions: [inner] }),
      is('active', 'eq', true),
    );
    expect(await refusal('Individual', { filters: [deep] })).toEqual([
      400,
      'filter_too_complex',
      'Conditions may be nested 5 levels deep.',
    ]);
  });

  it('B-264 unknown field [S11], forbidden operator [S12], too many values [S13], unknown preset [S14]', async () => {
    expect(await refusal('Individual', { filters: [is('shoe_size', 'eq', 1)] })).toEqual([
      400,
      'filter_unknown',
      'Individual has no filter "shoe_size".',
    ]);
    expect(await refusal('Individual', { filters: [is('city', 'like', 'a')] })).toEqual([
      400,
      'filter_operator_not_allowed',
      'The filter "city" does not take the operator "like", but ilike.',
    ]);
    const values = Array.from({ length: 51 }, (_, index) => `State ${index}`);
    expect(await refusal('Individual', { filters: [is('state_id', 'in', values)] })).toEqual([
      400,
      'filter_too_many_values',
      'The filter "state_id" takes 50 values at most; 51 were sent.',
    ]);
    expect(await refusal('Individual', { preset: 'everybody' })).toEqual([
      400,
      'preset_unknown',
      'Individual has no preset "everybody".',
    ]);
  });

  it('B-265 without a scope to read or search: 403 [A8]', async () => {
    await t.addClient('writes-only', ['individual:create', 'group:create', 'program:create']);
    await t.addClient('searches', ['individual:search', 'group:search', 'program:search', 'program_membership:search']);
    for (const resource of allResources) {
      for (const [method, path] of [
        ['POST', '_search'],
        ['GET', '_filters'],
      ] as const) {
        const body = method === 'POST' ? { body: {} } : {};
        const refused = await t.send(method, `/${resource}/${path}`, { as: 'writes-only', ...body });
        expect([refused.status, refused.body.code]).toEqual([403, 'scope_missing']);
        expect((await t.send(method, `/${resource}/${path}`, { as: 'searches', ...body })).status).toBe(200);
        expect((await t.send(method, `/${resource}/${path}`, { as: null, ...body })).status).toBe(401);
      }
      const query = await t.send('QUERY', `/${resource}`, { as: 'writes-only', body: {} });
      expect([query.status, query.body.code]).toEqual([403, 'scope_missing']);
    }
  });

  it('B-266 _search of ProgramMembership respects consent', async () => {
    const scopes = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
    await t.addClient('by-consent', scopes, 'consent');
    expect(await states({}, 'by-consent')).toEqual([]);
    expect(await states({ preset: 'active_members' }, 'by-consent')).toEqual([]);
    const scope = { resourceType: 'program_membership', purpose: 'service_delivery', fieldAccess: 'all' };
    const consent = { status: 'given', recipients: ['Tests'], effectiveDate: '2020-01-01' };
    await t.load({
      consents: [{ ...consent, signatory: personReference('F-1'), scopes: [scope] }],
    } as unknown as Bootstrap);
    expect(await states({}, 'by-consent')).toEqual(['enrolled']);
    expect(await states({ filters: [is('state', 'in', ['paused', 'exited'])] }, 'by-consent')).toEqual([]);
    // Nobody else is found by naming them, and none of them is counted.
    const { body } = await search(
      'ProgramMembership',
      { filters: [is('program_id', 'eq', programReference('filters'))] },
      'by-consent',
    );
    expect(body).toMatchObject({ total: 1, entry: [{}] });
  });

  it('B-266 a field that a consent hides finds nobody', async () => {
    const scope = {
      resourceType: 'individual',
      purpose: 'service_delivery',
      fieldAccess: 'custom',
      customFields: ['name'],
    };
    await t.load({
      consents: [
        {
          status: 'given',
          recipients: ['Tests'],
          effectiveDate: '2020-01-01',
          signatory: personReference('F-2'),
          scopes: [scope],
        },
      ],
    } as unknown as Bootstrap);
    await t.addClient('by-consent-2', ['individual:all'], 'consent');
    expect(await people([is('name', 'ilike', 'ben')], {}, 'by-consent-2')).toEqual(['Ben']);
    // An order by what is hidden would tell of it, too.
    expect(await people([], { sort: [{ field: 'birthdate' }] }, 'by-consent-2')).toEqual([]);
    for (const filter of [
      is('city', 'ilike', 'mbale'),
      is('birthdate', 'ne', '1990-01-01'),
      is('phone_exists', 'null', true),
    ]) {
      expect(await people([filter], {}, 'by-consent-2')).toEqual([]);
      expect(
        await people([{ logic: 'OR', conditions: [filter, is('name', 'ilike', 'ben')] }], {}, 'by-consent-2'),
      ).toEqual([]);
    }
  });

  it('B-267 pagination.offset is honoured; links carry no internal ids', async () => {
    const body = { pagination: { count: 2, offset: 2 }, sort: [{ field: 'name' }] };
    const second = await search('Individual', body);
    expect(second.body.entry.map((entry: Answer['body']) => entry.resource.name.given)).toEqual(['Cid', 'Dot']);
    expect(second.body).toMatchObject({
      total: 4,
      link: [
        { relation: 'self', url: '/api/v2/spp/Individual/_search?_count=2&_offset=2' },
        { relation: 'previous', url: '/api/v2/spp/Individual/_search?_count=2&_offset=0' },
      ],
    });
    const first = await search(
      'Individual',
      { ...body, pagination: { count: 2 } },
      'full',
      '?_extensions=*&_elements=name',
    );
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    expect(next).toBe('/api/v2/spp/Individual/_search?_extensions=*&_elements=name&_count=2&_offset=2');
    const followed = await search('Individual', body, 'full', next.slice(next.indexOf('?')));
    expect(followed.body.entry.map((entry: Answer['body']) => Object.keys(entry.resource))).toEqual([
      ['type', 'identifier', 'name'],
      ['type', 'identifier', 'name'],
    ]);
    const { text } = await search('ProgramMembership', { pagination: { count: 1 } });
    expect(text).not.toMatch(/_lastId|"id"/);
    for (const pagination of [{ count: 101 }, { count: 0 }, { offset: -1 }]) {
      expect((await refusal('Individual', { pagination })).slice(0, 2)).toEqual([422, 'schema_violation']);
    }
  });

  it('B-267 a page with photos is short, wherever its length is said', async () => {
    const ask = (body: object, query: string) => search('Individual', body, 'full', `?_elements=photo${query}`);
    expect((await ask({ pagination: { count: 20 } }, '')).status).toBe(200);
    const long = await ask({ pagination: { count: 21 } }, '');
    expect(long.status).toBe(422);
    expect(long.body.detail[0].loc).toEqual(['body', 'pagination', 'count']);
    expect((await ask({}, '&_count=21')).body.detail[0].loc).toEqual(['query', '_count']);
    expect((await ask({ pagination: { count: 21 } }, '&_count=20')).status).toBe(200);
  });

  it('B-268 sort by an unlisted field is refused [S15]', async () => {
    for (const field of ['write_uid', 'id', 'registrant.id', 'family_name', '__proto__']) {
      expect(await refusal('Individual', { sort: [{ field }] })).toEqual([
        400,
        'sort_field_unknown',
        `"${field}" cannot be sorted by.`,
      ]);
    }
    expect(await people([], { sort: [{ field: 'name', direction: 'desc' }] })).toEqual(['Dot', 'Cid', 'Ben', 'Ada']);
    expect((await people([], { sort: [{ field: 'birthdate' }] })).slice(0, 2)).toEqual(['Ben', 'Ada']);
  });

  it('B-269 preset active_members returns enrolled and paused only; recently_enrolled the last 30 days (F44)', async () => {
    expect(await states({ preset: 'active_members' })).toEqual(['enrolled', 'paused']);
    expect(await states({ preset: 'recently_enrolled' })).toEqual(['enrolled', 'exited']);
    expect(
      await states({ preset: 'active_members', additional_filters: [is('enrollment_date', 'gt', daysAgo(50))] }),
    ).toEqual(['enrolled']);
  });

  it('§15.4 field[operator]=value narrows a plain search by the same filters', async () => {
    const named = async (query: string) => {
      const answer = await t.send('GET', `/Individual?${query}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.body.data.map((each: Answer['body']) => each.name.given);
    };
    expect(await named('birthdate[gte]=1990-01-01')).toEqual(['Ada']);
    expect(await named('city[ilike]=mba&gender_id[ne]=2')).toEqual(['Ben']);
    const { body } = await t.send('GET', '/Individual?city%5Bilike%5D=mba&_count=1');
    expect(body.links.next).toBe('/api/v2/spp/Individual?city%5Bilike%5D=mba&_count=1&_offset=1');
    for (const [query, code] of [
      ['shoe_size[eq]=1', 'filter_unknown'],
      ['city[like]=a', 'filter_operator_not_allowed'],
      ['birthdate[gte]=1990', 'request_rejected'],
    ] as const) {
      const answer = await t.send('GET', `/Individual?${query}`);
      expect([query, answer.status, answer.body.code]).toEqual([query, 400, code]);
    }
  });

  it('HTTP QUERY (RFC 10008) answers as _search does, with a tag', async () => {
    const body = { filters: [is('city', 'ilike', 'mbar')] };
    const answer = await t.send('QUERY', '/Individual', { body });
    expect(answer.body.entry).toEqual((await search('Individual', body)).body.entry);
    expect(answer.headers['accept-query']).toBe('application/json');
    const headers = { 'if-none-match': String(answer.headers.etag) };
    expect((await t.send('QUERY', '/Individual', { body, headers })).status).toBe(304);
  });
});
