import { beforeAll, expect, it } from 'vitest';
import { Identifier } from '../../src/entities/index.ts';
import {
  at,
  household,
  householdId,
  namesOf,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
  role,
} from '../../testing/index.ts';
import { consents } from './support/consents.ts';
import { makeTwin } from './support/twins.ts';

const gender = (code: string) => ({ coding: [{ system: 'urn:iso:std:iso:5218', code }] });
type Query = Readonly<Record<string, string>> | string;
interface Page {
  readonly data: readonly { readonly name: { readonly text: string } }[];
}
const named = ({ data }: Page) => data.map(({ name }) => name.text);

overEveryServer('reading and searching individuals', (t) => {
  const target = (query: Query) =>
    `/Individual?${typeof query === 'string' ? query : new URLSearchParams(query as Record<string, string>)}`;
  const search = (query: Query, as = 'full') => t.send('GET', target(query), { as });
  const found = async (query: Query) => {
    const answer = await search(query);
    expect(answer.status, answer.text).toBe(200);
    return named(answer.body);
  };
  const refused = async (query: Query) => outcome(await search(query));
  const one = at('/Individual/{}', nationalId('S-1'));
  const { as, registered, fresh } = consents(t);
  const idsOf = ({ data }: { data: readonly { identifier: { value: string }[] }[] }) =>
    data.map(({ identifier }) => identifier[0]?.value);

  beforeAll(async () => {
    const make = async (path: string, body: object) => {
      const answer = await t.send('POST', path, { body });
      expect(answer.status, answer.text).toBe(201);
    };
    const made = (value: string, more: object) => make('/Individual', person(value, more));
    await made('S-1', { name: { given: 'Ada', family: 'Okello' }, birthDate: '1990-01-01', gender: gender('2') });
    await made('S-2', { name: { given: 'Ben', family: 'Okello' }, birthDate: '1985-06-15', gender: gender('1') });
    await made('S-3', { name: { given: 'Cid' }, birthDate: '1990-01-01', address: [{ city: 'Gulu', state: 'North' }] });
    await made('S-4', { name: { given: 'Dot 100%' }, address: [{ line: ['3 Gulu Road'] }] });
    await made('S-5', { name: { given: 'Archived' }, active: false });
    const member = (value: string, code?: string) => ({
      entity: personReference(value),
      ...(code === undefined ? {} : { role: role(code) }),
    });
    await make('/Group', household('G-1', { member: [member('S-1', 'head'), member('S-2')] }));
    await make('/Group', household('G-2', { member: [member('S-2', 'head'), member('S-3')] }));
    const body = { entity: personReference('S-3') };
    await t.send('POST', at('/Group/{}/$remove-member', householdId('G-2')), { body });
  });

  it('B-118 ETag equals " + meta.versionId + "', async () => {
    const { body, headers } = await t.send('GET', one);
    expect(body.meta.versionId).toMatch(/^\d{16}$/);
    expect(headers.etag).toBe(`"${body.meta.versionId}"`);
  });

  it('B-119 _elements=name.family shows type, identifier and name with family only', async () => {
    const { body } = await t.send('GET', `${one}?_elements=name.family`);
    const identifier = [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'S-1' }];
    expect(body).toEqual({ type: 'Individual', identifier, name: { family: 'Okello' } });
    const list = await search(`identifier=${encodeURIComponent(nationalId('S-1'))}&_elements=gender`);
    expect(list.body.data).toEqual([{ type: 'Individual', identifier, gender: expect.anything() }]);
  });

  it('B-120 unknown names in _elements are ignored; an empty one shows all', async () => {
    const bogus = await t.send('GET', `${one}?_elements=bogus,%20name.given`);
    expect(bogus.body).toEqual({ type: 'Individual', identifier: expect.anything(), name: { given: 'Ada' } });
    expect((await t.send('GET', `${one}?_elements=`)).body).toEqual((await t.send('GET', one)).body);
  });

  it('B-121 _elements cannot reveal what consent hides', async () => {
    const id = await registered([{ fieldAccess: 'custom', customFields: ['birthDate'] }]);
    const path = at('/Individual/{}', nationalId(id));
    for (const [elements, shown] of [
      ['name,telecom,address', []],
      ['name.family,birthDate', ['birthDate']],
      ['*', []],
      ['', ['birthDate']],
    ] as const) {
      const { body } = await t.send('GET', `${path}?_elements=${elements}`, { as });
      expect([elements, Object.keys(body)]).toEqual([elements, ['type', 'identifier', ...shown]]);
    }
    const list = await search(`identifier=${encodeURIComponent(nationalId(id))}&_elements=name`, as);
    expect(Object.keys(list.body.data[0])).toEqual(['type', 'identifier']);
  });

  it('B-122 the list envelope has data, meta.total, count and offset, and links.self always', async () => {
    for (const query of ['', 'name=nobody-at-all', '_offset=50']) {
      const { body } = await search(query);
      expect(Object.keys(body)).toEqual(['data', 'meta', 'links']);
      expect(body.meta).toEqual({
        total: expect.any(Number),
        count: body.data.length,
        offset: query.includes('50') ? 50 : 0,
      });
      expect(body.links.self).toMatch(/^\/api\/v2\/spp\/Individual\?/);
    }
  });

  it('B-123 a page has 20; _count of 0 or 101, a negative _offset and one above 2^63−1 are refused', async () => {
    expect((await search('')).body.links.self).toBe('/api/v2/spp/Individual?_count=20&_offset=0');
    for (const query of ['_count=101', '_count=0', '_count=x', '_offset=-1', '_offset=9223372036854775808']) {
      const { status, body } = await search(query);
      expect([query, status, body.code]).toEqual([query, 422, 'schema_violation']);
      expect(body.detail[0].loc).toEqual(['query', query.split('=')[0]]);
    }
    expect((await search('_offset=9223372036854775807')).body.data).toEqual([]);
    expect((await search('_count=100')).status).toBe(200);
  });

  it('B-124 name is a case-insensitive substring', async () => {
    expect(await found({ name: 'oKEL' })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ name: '100%' })).toEqual(['Dot 100%']);
    expect(await found({ name: '1_0' })).toEqual([]);
  });

  it('B-125 identifier without a bar is refused', async () => {
    expect(await refused({ identifier: 'S-1' })).toEqual([400, 'filter_identifier_malformed']);
  });

  it('B-126 identifier needs system and value on the same identifier', async () => {
    const identifier = ['national_id', 'passport'].map((code) => ({
      system: `urn:openspp:vocab:id-type#${code}`,
      value: `S-126-${code}`,
    }));
    await t.send('POST', '/Individual', { body: person('', { identifier, name: { text: 'Both' }, active: true }) });
    const by = (code: string, value: string) =>
      found({ identifier: `urn:openspp:vocab:id-type#${code}|S-126-${value}` });
    expect(await by('national_id', 'national_id')).toEqual(['Both']);
    expect(await by('passport', 'passport')).toEqual(['Both']);
    expect(await by('national_id', 'passport')).toEqual([]);
    expect(await by('passport', 'national_id')).toEqual([]);
    const archive = at('/Individual/{}', 'urn:openspp:vocab:id-type#passport|S-126-passport');
    await t.send('PATCH', archive, { body: { active: false } });
  });

  it('B-127 birthdate with each prefix and none; what is no date is refused', async () => {
    const expected: Record<string, string[]> = {
      '1990-01-01': ['Ada Okello', 'Cid'],
      'eq1990-01-01': ['Ada Okello', 'Cid'],
      'ne1990-01-01': ['Ben Okello', 'Dot 100%'],
      'gt1985-06-15': ['Ada Okello', 'Cid'],
      'ge1985-06-15': ['Ada Okello', 'Ben Okello', 'Cid'],
      'lt1990-01-01': ['Ben Okello'],
      'le1985-06-15': ['Ben Okello'],
    };
    const ours = (names: readonly string[]) => names.filter((name) => /Okello|Cid|Dot/.test(name));
    for (const [birthdate, wanted] of Object.entries(expected)) {
      expect([birthdate, ours(await found({ birthdate, _count: '100' }))]).toEqual([birthdate, wanted]);
    }
    for (const birthdate of ['1990', '1990-02-30', 'xx1990-01-01', '']) {
      const wanted = birthdate === '' ? 200 : 400;
      expect([birthdate, (await search({ birthdate })).status]).toEqual([birthdate, wanted]);
    }
    expect(await refused({ birthdate: '1990' })).toEqual([400, 'filter_date_malformed']);
  });

  it('B-128 repeated birthdate bounds form a range', async () => {
    const between = 'birthdate=ge1985-01-01&birthdate=lt1990-01-01';
    expect(await found(between)).toEqual(['Ben Okello']);
    expect(await found('birthdate=lt1990-01-01&birthdate=ge1985-01-01')).toEqual(['Ben Okello']);
    expect(await found('birthdate=gt1990-01-01&birthdate=lt1990-01-01')).toEqual([]);
    expect((await search(between)).body.links.self).toContain(between);
  });

  it('B-129 gender=system|code filters; an unknown code is empty, no bar refused', async () => {
    expect(await found('gender=urn:iso:std:iso:5218|2')).toEqual(['Ada Okello']);
    expect(await found({ gender: 'urn:iso:std:iso:5218|1' })).toEqual(['Ben Okello']);
    expect(await found({ gender: 'urn:iso:std:iso:5218|8' })).toEqual([]);
    expect(await refused({ gender: '2' })).toEqual([400, 'filter_gender_malformed']);
  });

  it('B-130 address matches street, city or state', async () => {
    expect(await found({ address: 'gulu' })).toEqual(['Cid', 'Dot 100%']);
    expect(await found({ address: 'NORTH' })).toEqual(['Cid']);
    expect(await found({ address: 'road' })).toEqual(['Dot 100%']);
  });

  it('B-131 group= lists active members only; unknown is empty, malformed refused', async () => {
    expect(await found({ group: householdId('G-1') })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ group: householdId('G-2') })).toEqual(['Ben Okello']);
    expect(await found({ group: householdId('G-9') })).toEqual([]);
    expect(await refused({ group: 'G-1' })).toEqual([400, 'filter_group_malformed']);
  });

  it('B-132 a registrant without live identifier is skipped in lists and never breaks them', async () => {
    await t.send('POST', '/Individual', { body: person('S-132', { name: { given: 'Nameless Id' } }) });
    expect(await found({ name: 'Nameless' })).toEqual(['Nameless Id']);
    const before = (await search({})).body.meta.total;
    await t.orm.em.fork().nativeUpdate(Identifier, { value: 'S-132' }, { status: 'invalid' });
    expect(await found({ name: 'Nameless' })).toEqual([]);
    expect((await search({})).body.meta.total).toBe(before - 1);
  });

  it('B-133 unsupported modifiers such as name:exact are ignored', async () => {
    const plain = await found('_count=100');
    expect(await found('name:exact=Ada&_count=100')).toEqual(plain);
    expect(await found('name%3Aexact=Ada&birthdate:missing=true&_count=100')).toEqual(plain);
  });

  it('B-134 who has left the group but is active in another is not listed', async () => {
    await t.send('POST', '/Group', { body: household('G-134', { member: [{ entity: personReference('S-1') }] }) });
    await t.send('POST', at('/Group/{}/$remove-member', householdId('G-134')), {
      body: { entity: personReference('S-1') },
    });
    expect(await found({ group: householdId('G-134') })).toEqual([]);
    expect(await found({ group: householdId('G-1') })).toContain('Ada Okello');
  });

  it('B-135 group=none lists individuals without active membership', async () => {
    for (const group of ['none', 'NONE']) {
      const names = await found({ group, _count: '100' });
      expect(names).toEqual(expect.arrayContaining(['Cid', 'Dot 100%']));
      for (const member of ['Ada Okello', 'Ben Okello']) expect(names).not.toContain(member);
    }
  });

  it('B-136 membership-role needs the role on an active membership; an unknown role is empty', async () => {
    expect(await found({ 'membership-role': 'head' })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ 'membership-role': 'chief' })).toEqual([]);
    const member = [{ entity: personReference('S-4'), role: role('head') }];
    await t.send('POST', '/Group', { body: household('G-136', { member }) });
    expect(await found({ 'membership-role': 'head' })).toContain('Dot 100%');
    await t.send('POST', at('/Group/{}/$remove-member', householdId('G-136')), {
      body: { entity: personReference('S-4') },
    });
    expect(await found({ 'membership-role': 'head' })).toEqual(['Ada Okello', 'Ben Okello']);
  });

  it('B-137 group and membership-role must hold on the same membership', async () => {
    expect(await found({ group: householdId('G-1'), 'membership-role': 'head' })).toEqual(['Ada Okello']);
    expect(await found({ group: householdId('G-2'), 'membership-role': 'head' })).toEqual(['Ben Okello']);
    expect(await found({ group: 'none', 'membership-role': 'head' })).toEqual([]);
  });

  it('B-138 an ambiguous group= is 409 on a legal basis, an empty page for a consent client', async () => {
    await t.send('POST', '/Group', {
      body: household('x', { identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'S-138' }] }),
    });
    await makeTwin(t, 'S-138', 'group');
    await registered();
    const [group, unknown] = ['S-138', 'S-none'].map(nationalId) as [string, string];
    for (const more of [{}, { 'membership-role': 'head' }, { name: 'nobody at all' }]) {
      expect(await refused({ group, ...more })).toEqual([409, 'identifier_ambiguous']);
    }
    const page = async (value: string) => {
      const { status, text } = await search({ group: value }, as);
      return [status, text.replaceAll(encodeURIComponent(value), 'X')];
    };
    expect(await page(group)).toEqual(await page(unknown));
    expect((await search({ group }, as)).body).toMatchObject({ data: [], meta: { total: 0, count: 0, offset: 0 } });
  });

  it('B-139 _lastUpdated=ge<date> filters; malformed is refused', async () => {
    const [today, tomorrow] = [0, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
    const all = (await search({})).body.meta.total;
    expect((await search({ _lastUpdated: `ge${today}` })).body.meta.total).toBe(all);
    expect(await found({ _lastUpdated: `lt${today}` })).toEqual([]);
    expect(await found({ _lastUpdated: `ge${tomorrow}` })).toEqual([]);
    expect(await refused({ _lastUpdated: 'yesterday' })).toEqual([400, 'filter_date_malformed']);
  });

  it('B-140 _sort=-birthDate sorts descending; an unknown key sorts by name; ties are stable across pages', async () => {
    const only = { name: 'o', birthdate: 'lt2000-01-01', group: householdId('G-1') };
    expect(await found({ ...only, _sort: '-birthDate' })).toEqual(['Ada Okello', 'Ben Okello']);
    expect(await found({ ...only, _sort: 'birthDate' })).toEqual(['Ben Okello', 'Ada Okello']);
    expect(await found({ ...only, _sort: 'bogus' })).toEqual(await found({ ...only, _sort: 'name' }));
    const city = fresh('Tied');
    for (let index = 0; index < 7; index += 1) {
      await t.send('POST', '/Individual', {
        body: person(`S-140-${index}`, { name: { text: 'Same' }, address: [{ city }] }),
      });
    }
    const seen = [];
    for (let offset = 0; offset < 7; offset += 2) {
      const page = await search({ address: city, _sort: 'name', _count: '2', _offset: String(offset) });
      seen.push(...idsOf(page.body));
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toEqual(idsOf((await search({ address: city, _sort: 'name' })).body));
  });

  it('B-141 _sort=birthdate and _sort=name,-birthDate are honoured', async () => {
    const group = householdId('G-1');
    expect(await found({ group, _sort: 'birthdate' })).toEqual(['Ben Okello', 'Ada Okello']);
    expect(await found({ group, _sort: '-name' })).toEqual(['Ben Okello', 'Ada Okello']);
    const city = fresh('Namesakes');
    for (const [value, birthDate] of [
      ['S-141-a', '1990-01-01'],
      ['S-141-b', '1995-01-01'],
    ] as const) {
      await t.send('POST', '/Individual', {
        body: person(value, { name: { text: 'Twin' }, birthDate, address: [{ city }] }),
      });
    }
    expect(idsOf((await search({ address: city, _sort: 'name,-birthDate' })).body)).toEqual(['S-141-b', 'S-141-a']);
    expect(idsOf((await search({ address: city, _sort: 'name,birthDate' })).body)).toEqual(['S-141-a', 'S-141-b']);
  });

  it('B-142 links are relative, percent-encoded, and carry filters and _sort', async () => {
    const query = 'gender=urn%3Aiso%3Astd%3Aiso%3A5218%7C2&_sort=-name';
    const { links } = (await search(`${query}&_count=1`)).body;
    expect(links.self).toBe(`/api/v2/spp/Individual?${query}&_count=1&_offset=0`);
    const { next } = (await search('name=O%26k%20e&address=%25&_sort=birthDate&_count=1&name=o')).body.links;
    expect(next ?? '/api/v2/spp/').toMatch(/^\/api\/v2\/spp\/[^ |<>"]*$/);
    const raw = (await search('gender=urn:iso:std:iso:5218|2&_count=1')).body.links.self;
    expect(raw).not.toContain('|');
    expect((await t.send('GET', links.self.replace('/api/v2/spp', ''))).body.links).toEqual(links);
  });

  it('B-143 links carry _elements and _extensions', async () => {
    const { links } = (await search('name=o&_elements=name&_extensions=*&_count=1')).body;
    expect(links.next).toBe('/api/v2/spp/Individual?name=o&_elements=name&_extensions=*&_count=1&_offset=1');
    const { body } = await t.send('GET', links.next.replace('/api/v2/spp', ''));
    expect(Object.keys(body.data[0])).toEqual(['type', 'identifier', 'name']);
  });

  it('B-144 on a legal basis the total is exact; next is there when the page is full', async () => {
    const group = householdId('G-1');
    const first = await search({ group, _count: '1' });
    expect(first.body.meta).toEqual({ total: 2, count: 1, offset: 0 });
    expect(first.body.links.next).toContain('_offset=1');
    const last = await search({ group, _count: '5' });
    expect([last.body.meta.total, last.body.links.next]).toEqual([2, undefined]);
  });

  /** Seven people of a city, of whom a consent client may read each second one. */
  async function sevenOf(city: string): Promise<readonly string[]> {
    const opened = [];
    for (let index = 0; index < 7; index += 1) {
      const id = await registered(index % 2 === 0 ? [{ fieldAccess: 'all' }] : undefined, {}, { address: [{ city }] });
      if (index % 2 === 0) opened.push(id);
    }
    for (const id of opened) t.people.open(as, ...namesOf(id));
    return opened;
  }

  it('B-145 the total of a consent client equals the items on a page that holds all of it', async () => {
    const city = fresh('Total');
    await sevenOf(city);
    expect((await search({ address: city }, as)).body.meta).toEqual({ total: 4, count: 4, offset: 0 });
    expect((await search({ address: city }, 'private')).body.meta).toEqual({ total: 0, count: 0, offset: 0 });
    const whole = fresh('Unhidden');
    const id = await registered([{ fieldAccess: 'all' }], {}, { address: [{ city: whole }] });
    t.people.open(as, ...namesOf(id));
    expect((await search({ address: whole }, as)).body.meta).toEqual({ total: 1, count: 1, offset: 0 });
  });

  it('B-146 a consent client that follows next reads every readable row exactly once', async () => {
    const city = fresh('Walk');
    const opened = await sevenOf(city);
    const seen: unknown[] = [];
    let path: string | undefined = `/Individual?address=${encodeURIComponent(city)}&_count=3`;
    for (let pages = 0; path !== undefined; pages += 1) {
      expect(pages).toBeLessThan(8);
      const { body } = await t.send('GET', path, { as });
      seen.push(...idsOf(body));
      path = body.links.next?.replace('/api/v2/spp', '');
    }
    expect(seen.toSorted()).toEqual([...opened].toSorted());
  });

  it('B-147 identifier= of a hidden registrant with _offset=1 looks exactly like an unknown one', async () => {
    const hidden = await registered();
    const ask = async (value: string) => {
      const { status, text, headers } = await search({ identifier: nationalId(value), _offset: '1' }, as);
      return [status, text.replaceAll(value, 'X'), Object.keys(headers)];
    };
    expect(await ask(hidden)).toEqual(await ask(`${hidden}0`.replace(/.$/, 'x')));
    const { body } = await search({ identifier: nationalId(hidden), _offset: '1' }, as);
    expect(body.meta).toEqual({ total: 0, count: 0, offset: 1 });
  });

  it('B-148 prev is max(0, offset − count), absent on the first page', async () => {
    const linksAt = async (offset: number) => (await search({ _count: '3', _offset: String(offset) })).body.links;
    expect(await linksAt(0)).not.toHaveProperty('prev');
    expect((await linksAt(2)).prev).toBe('/api/v2/spp/Individual?_count=3&_offset=0');
    expect((await linksAt(4)).prev).toBe('/api/v2/spp/Individual?_count=3&_offset=1');
  });
});
