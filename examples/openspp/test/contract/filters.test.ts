import { beforeAll, expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { type Answer, overEveryServer, personReference } from '../../testing/index.ts';
import { allResources, daysAgo, is, programReference, searches, someToFind } from './support/filters.ts';

overEveryServer('filters and advanced search', (t) => {
  const { search, people, states, refusal } = searches(t);

  beforeAll(() => someToFind(t));

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

  it('B-261 filters of what the client is not shown, and private presets, are not listed and as good as unknown', async () => {
    await t.addClient('only-names', [{ scope: 'individual:read', fields: ['name'] }]);
    const { body } = await t.send('GET', '/Individual/_filters', { as: 'only-names' });
    expect(body.filters.map(({ name }: { name: string }) => name)).toEqual(['name']);
    const answer = await search('Individual', { filters: [is('city', 'ilike', 'mba')] }, 'only-names');
    expect([answer.status, answer.body.code]).toEqual([400, 'filter_unknown']);
    expect(await people([is('name', 'ilike', 'ada')], {}, 'only-names')).toEqual(['Ada']);
    // A private preset is not told of, neither in the list nor to who names it.
    const { presets } = (await t.send('GET', '/ProgramMembership/_filters')).body;
    expect(presets.map(({ name }: { name: string }) => name)).not.toContain('suspected_duplicates');
    const named = await refusal('ProgramMembership', { preset: 'suspected_duplicates' });
    const unknown = await refusal('ProgramMembership', { preset: 'no_such_preset' });
    expect(unknown.slice(0, 2)).toEqual([400, 'preset_unknown']);
    expect(named).toEqual([...unknown.slice(0, 2), unknown[2].replace('no_such_preset', 'suspected_duplicates')]);
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

  it('B-263 more than 10 leaf conditions are refused', async () => {
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

  it('B-265 without a scope to read or search: 403', async () => {
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
      consents: [{ ...consent, signatory: personReference('F-1').reference, scopes: [scope] }],
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

  it('B-268 sort by an unlisted field is refused', async () => {
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

  it('B-269 preset active_members returns enrolled and paused only; recently_enrolled the last 30 days', async () => {
    expect(await states({ preset: 'active_members' })).toEqual(['enrolled', 'paused']);
    expect(await states({ preset: 'recently_enrolled' })).toEqual(['enrolled', 'exited']);
    expect(
      await states({ preset: 'active_members', additional_filters: [is('enrollment_date', 'gt', daysAgo(50))] }),
    ).toEqual(['enrolled']);
  });
});
