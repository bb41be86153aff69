import { beforeAll, expect, it } from 'vitest';
import type { Bootstrap } from '../src/bootstrap/index.ts';
import { type Answer, householdId, overEachDatabase, personReference } from '../testing/index.ts';
import { daysAgo, is, programReference, searches, someToFind } from './contract/support/filters.ts';

overEachDatabase('filters', (t) => {
  const { search, found, people, states, refusal } = searches(t);

  beforeAll(() => someToFind(t));

  it('15 every filter of the contract finds what it names', async () => {
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
      [is('partner_id', 'eq', personReference('F-2').reference), ['paused']],
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

  it('15 a field that a consent hides finds nobody', async () => {
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
          signatory: personReference('F-2').reference,
          scopes: [scope],
        },
      ],
    } as unknown as Bootstrap);
    await t.addClient('by-consent-2', ['individual:all'], 'consent');
    t.people.open('by-consent-2', 'Ben');
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

  it('15 a page with photos is short, wherever its length is said', async () => {
    const ask = (body: object, query: string) => search('Individual', body, 'full', `?_elements=photo${query}`);
    expect((await ask({ pagination: { count: 20 } }, '')).status).toBe(200);
    const long = await ask({ pagination: { count: 21 } }, '');
    expect(long.status).toBe(422);
    expect(long.body.detail[0].loc).toEqual(['body', 'pagination', 'count']);
    expect((await ask({}, '&_count=21')).body.detail[0].loc).toEqual(['query', '_count']);
    expect((await ask({ pagination: { count: 21 } }, '&_count=20')).status).toBe(200);
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

  it('a member of a body that there is none of is ignored, as in every body (contract 1)', async () => {
    for (const body of [{ filter: [is('name', 'like', 'Ada')] }, { filterLogic: 'OR' }, { pagination: { limit: 1 } }]) {
      const answer = await search('Individual', body);
      expect([body, answer.status]).toEqual([body, 200]);
    }
  });

  it('says of active that archived people are found by no search', async () => {
    const { filters } = (await t.send('GET', '/Individual/_filters')).body;
    const { description } = filters.find(({ name }: { name: string }) => name === 'active');
    expect(description).toBe('Whether it is not archived. Searches find none that is: `false` finds nothing.');
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
