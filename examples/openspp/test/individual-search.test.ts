import { beforeAll, expect, it } from 'vitest';
import { Identifier } from '../src/entities/index.ts';
import { at, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });
const names = (body: { data: { name: { text: string } }[] }) => body.data.map(({ name }) => name.text);

overEachDatabase('searching individuals', (t) => {
  const search = (query: Record<string, string> | string) =>
    t.send('GET', `/Individual?${typeof query === 'string' ? query : new URLSearchParams(query)}`);
  const found = async (query: Record<string, string> | string) => {
    const answer = await search(query);
    expect(answer.status, answer.text).toBe(200);
    return names(answer.body);
  };
  const refused = async (query: Record<string, string> | string) => {
    const { status, body } = await search(query);
    return [status, body.code];
  };

  beforeAll(async () => {
    const make = async (value: string, more: object) => {
      const answer = await t.send('POST', '/Individual', { body: person(value, more) });
      expect(answer.status, answer.text).toBe(201);
    };
    await make('S-1', { name: { given: 'Ada', family: 'Okello' }, birthDate: '1990-01-01', gender: gender('2') });
    await make('S-2', { name: { given: 'Ben', family: 'Okello' }, birthDate: '1985-06-15', gender: gender('1') });
    await make('S-3', { name: { given: 'Cid' }, birthDate: '1990-01-01', address: [{ city: 'Gulu', state: 'North' }] });
    await make('S-4', { name: { given: 'Dot 100%' }, address: [{ line: ['3 Gulu Road'] }] });
    await make('S-5', { name: { given: 'Archived' }, active: false });
    const roles = { system: 'urn:openspp:vocab:group-membership-type' };
    const member = (value: string, code?: string) => ({
      entity: { reference: `Individual/${nationalId(value)}` },
      ...(code === undefined ? {} : { role: { coding: [{ ...roles, code }] } }),
    });
    const group = async (value: string, members: readonly object[]) => {
      const identifier = [{ system: 'urn:openspp:vocab:id-type#household_id', value }];
      const answer = await t.send('POST', '/Group', { body: { identifier, name: value, member: members } });
      expect(answer.status, answer.text).toBe(201);
    };
    await group('G-1', [member('S-1', 'head'), member('S-2')]);
    await group('G-2', [member('S-2', 'head'), member('S-3')]);
    const entity = { reference: `Individual/${nationalId('S-3')}` };
    await t.send('POST', at('/Group/{}/$remove-member', householdId('G-2')), { body: { entity } });
  });

  it('B-122 B-123 B-144 B-148: pages by count and offset, with exact totals and links', async () => {
    const first = await search({ _count: '2' });
    expect(first.body.meta).toEqual({ total: 4, count: 2, offset: 0 });
    expect(first.body.links).toEqual({
      self: '/api/v2/spp/Individual?_count=2&_offset=0',
      next: '/api/v2/spp/Individual?_count=2&_offset=2',
    });
    const second = await search({ _count: '2', _offset: '2' });
    expect(second.body.links).toEqual({
      self: '/api/v2/spp/Individual?_count=2&_offset=2',
      prev: '/api/v2/spp/Individual?_count=2&_offset=0',
    });
    expect([...names(first.body), ...names(second.body)]).toEqual(['Ada Okello', 'Ben Okello', 'Cid', 'Dot 100%']);
    for (const query of ['_count=101', '_count=0', '_offset=-1', '_offset=9223372036854775808', '_count=x']) {
      const { status, body } = await search(query);
      expect([query, status, body.code]).toEqual([query, 422, 'schema_violation']);
      expect(body.detail[0].loc).toEqual(['query', query.split('=')[0]]);
    }
    expect((await search('_offset=9223372036854775807')).body.data).toEqual([]);
  });

  it('B-124 B-133 B-015: finds names by part, and ignores what it does not know', async () => {
    expect(await found({ name: 'oKEL' })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ name: '0%' })).toEqual(['Dot 100%']);
    expect(await found({ 'name:exact': 'Ada', bogus: '1' })).toHaveLength(4);
    expect(await found({ name: '' })).toHaveLength(4);
  });

  it('B-125 B-126 B-078: finds identifiers', async () => {
    expect(await refused({ identifier: 'S-1' })).toEqual([400, 'filter_identifier_malformed']);
    expect(await found({ identifier: nationalId('S-1') })).toEqual(['Ada Okello']);
    expect(await found({ identifier: 'urn:openspp:vocab:id-type#passport|S-1' })).toEqual([]);
    expect(await found({ identifier: nationalId('s-1') })).toEqual([]);
  });

  it('B-127 B-128: compares birth dates', async () => {
    const expected: Record<string, string[]> = {
      '1990-01-01': ['Ada Okello', 'Cid'],
      'eq1990-01-01': ['Ada Okello', 'Cid'],
      'ne1990-01-01': ['Ben Okello', 'Dot 100%'],
      'gt1985-06-15': ['Ada Okello', 'Cid'],
      'ge1985-06-15': ['Ada Okello', 'Ben Okello', 'Cid'],
      'lt1990-01-01': ['Ben Okello'],
      'le1985-06-15': ['Ben Okello'],
    };
    for (const [birthdate, wanted] of Object.entries(expected)) {
      expect([birthdate, await found({ birthdate })]).toEqual([birthdate, wanted]);
    }
    expect(await found('birthdate=ge1985-01-01&birthdate=lt1990-01-01')).toEqual(['Ben Okello']);
    for (const birthdate of ['1990', '1990-02-30', 'xx1990-01-01']) {
      expect(await refused({ birthdate })).toEqual([400, 'filter_date_malformed']);
    }
  });

  it('B-129 B-130: finds genders and addresses', async () => {
    expect(await found({ gender: 'urn:iso:std:iso:5218|2' })).toEqual(['Ada Okello']);
    expect(await found({ gender: 'urn:iso:std:iso:5218|8' })).toEqual([]);
    expect(await refused({ gender: '2' })).toEqual([400, 'filter_gender_malformed']);
    expect(await found({ address: 'gulu' })).toEqual(['Cid', 'Dot 100%']);
    expect(await found({ address: 'NORTH' })).toEqual(['Cid']);
  });

  it('B-131 B-134 B-135 B-136 B-137: finds members of groups, and who is in none', async () => {
    expect(await found({ group: householdId('G-1') })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ group: householdId('G-2') })).toEqual(['Ben Okello']);
    expect(await found({ group: householdId('G-9') })).toEqual([]);
    expect(await refused({ group: 'G-1' })).toEqual([400, 'filter_group_malformed']);
    expect(await found({ group: 'NONE' })).toEqual(['Cid', 'Dot 100%']);
    expect(await found({ 'membership-role': 'head' })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ 'membership-role': 'chief' })).toEqual([]);
    expect(await found({ group: householdId('G-1'), 'membership-role': 'head' })).toEqual(['Ada Okello']);
    expect(await found({ group: 'none', 'membership-role': 'head' })).toEqual([]);
  });

  it('B-139 B-140 B-141: filters by change and sorts', async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(await found({ _lastUpdated: `ge${today}` })).toHaveLength(4);
    expect(await found({ _lastUpdated: `lt${today}` })).toEqual([]);
    expect(await refused({ _lastUpdated: 'yesterday' })).toEqual([400, 'filter_date_malformed']);
    expect((await found({ _sort: '-birthDate', birthdate: 'gt1900-01-01' })).at(-1)).toBe('Ben Okello');
    expect((await found({ _sort: 'birthdate' }))[0]).toBe('Ben Okello');
    expect(await found({ _sort: '-name' })).toEqual(['Dot 100%', 'Cid', 'Ben Okello', 'Ada Okello']);
    expect(await found({ _sort: 'lastUpdated' })).toEqual(['Ada Okello', 'Ben Okello', 'Cid', 'Dot 100%']);
    expect((await found({ _sort: 'bogus' }))[0]).toBe('Ada Okello');
    expect(await found({ _sort: '-birthDate,-name', birthdate: '1990-01-01' })).toEqual(['Cid', 'Ada Okello']);
  });

  it('B-142 B-143: links carry everything, percent-encoded', async () => {
    const query = 'gender=urn%3Aiso%3Astd%3Aiso%3A5218%7C2&_sort=-name&_elements=name&_extensions=*&_count=1';
    const { links } = (await search(query)).body;
    expect(links.self).toBe(`/api/v2/spp/Individual?${query.replace('&_count=1', '')}&_count=1&_offset=0`);
  });

  it('B-119 B-120: shows elements', async () => {
    const path = at('/Individual/{}', nationalId('S-1'));
    expect((await t.send('GET', `${path}?_elements=name.family`)).body).toEqual({
      type: 'Individual',
      identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'S-1' }],
      name: { family: 'Okello' },
    });
    const bogus = await t.send('GET', `${path}?_elements=bogus,%20name.given`);
    expect(Object.keys(bogus.body)).toEqual(['type', 'identifier', 'name']);
    expect((await t.send('GET', `${path}?_elements=`)).body).toHaveProperty('meta');
    expect((await search('_elements=gender&_count=1')).body.data[0]).toEqual({
      type: 'Individual',
      identifier: expect.anything(),
      gender: expect.anything(),
    });
    expect((await t.send('GET', `${path}?_elements=birthDate`)).headers.etag).toMatch(/^"\d+"$/);
  });

  it('B-080 B-132: skips the archived and whoever cannot be addressed', async () => {
    expect(await found({ name: 'Archived' })).toEqual([]);
    await t.send('POST', '/Individual', { body: person('S-6', { name: { given: 'Nameless Id' } }) });
    await t.orm.em.fork().nativeUpdate(Identifier, { value: 'S-6' }, { status: 'invalid' });
    expect(await found({ name: 'Nameless' })).toEqual([]);
    expect((await search({})).body.meta.total).toBe(4);
  });

  it('B-175: lists the groups of a person', async () => {
    const path = at('/Individual/{}/groups', nationalId('S-3'));
    const all = await t.send('GET', path);
    expect(all.body).toEqual({
      type: 'GroupMembershipList',
      total: 1,
      entry: [
        {
          resource: {
            type: 'GroupMember',
            group: { reference: `Group/${householdId('G-2')}`, display: 'G-2' },
            entity: { reference: `Individual/${nationalId('S-3')}`, display: 'Cid' },
            startDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
            endedDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
            status: 'inactive',
          },
        },
      ],
    });
    expect((await t.send('GET', `${path}?status=active`)).body).toMatchObject({ total: 0, entry: [] });
    const wrong = await t.send('GET', `${path}?status=x`);
    expect([wrong.status, wrong.body.detail[0].type]).toEqual([422, 'literal_error']);
    expect((await t.send('GET', at('/Individual/{}/groups?_count=1', nationalId('S-2')))).body.total).toBe(1);
  });
});
