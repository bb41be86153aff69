import { expect, it } from 'vitest';
import { at, nationalId, overEachDatabase, person } from '../testing/index.ts';

const one = (value: string) => at('/Individual/{}', nationalId(value));

overEachDatabase('writing individuals', (t) => {
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });

  it('B-149 B-150 B-017 B-118: creates with nulls printed, a Location that resolves, a source and a version', async () => {
    const created = await make('W-1', { birthDate: '2001-02-14' });
    expect(created.status, created.text).toBe(201);
    expect(created.body).toEqual({
      type: 'Individual',
      identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'W-1', period: null }],
      active: true,
      name: { family: 'Birungi', given: 'Ada', middle: '', prefix: null, suffix: null, text: 'Ada Birungi' },
      birthDate: '2001-02-14',
      birthDateEstimated: false,
      gender: null,
      telecom: null,
      address: null,
      photo: null,
      groupMembership: null,
      extension: null,
      meta: {
        versionId: expect.stringMatching(/^\d{16}$/),
        lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        source: 'urn:openspp:api-client:full',
      },
    });
    expect(created.headers.etag).toBe(`"${created.body.meta.versionId}"`);
    const location = String(created.headers.location);
    expect(location).toBe(`/api/v2/spp/Individual/${encodeURIComponent(nationalId('W-1'))}`);
    const read = await t.send('GET', location.replace('/api/v2/spp', ''));
    expect(read.status).toBe(200);
    expect(read.headers.etag).toBe(created.headers.etag);
    expect(read.body).not.toHaveProperty('gender');
    expect(read.body).not.toHaveProperty('photo');
    expect(read.body.identifier).toEqual([{ system: 'urn:openspp:vocab:id-type#national_id', value: 'W-1' }]);
  });

  it('B-151 B-008: refuses a body without identifiers, and one of another type', async () => {
    const without = await t.send('POST', '/Individual', { body: { name: { given: 'X' } } });
    expect(without.status).toBe(422);
    expect(without.body).toEqual({
      detail: [
        { type: 'missing', loc: ['body', 'identifier'], msg: expect.any(String), input: { name: { given: 'X' } } },
      ],
      code: 'schema_violation',
    });
    const empty = await t.send('POST', '/Individual', { body: { identifier: [], name: { given: 'X' } } });
    expect(empty.body.detail[0]).toMatchObject({ type: 'too_short', loc: ['body', 'identifier'] });
    const group = await make('W-0', { type: 'Group' });
    expect(group.status).toBe(422);
    expect(group.body.detail[0]).toMatchObject({ type: 'literal_error', loc: ['body', 'type'] });
    const date = await make('W-0', { birthDate: '14.02.2001' });
    expect(date.body.detail[0]).toMatchObject({ type: 'date_from_datetime_parsing', loc: ['body', 'birthDate'] });
  });

  it('B-014 B-016 B-161: ignores unknown, meta and groupMembership members, accepts snake case', async () => {
    const created = await make('W-2', {
      bogus: 1,
      birth_date: '1999-01-02',
      meta: { versionId: '1' },
      groupMembership: [{ bogus: true }],
      address: [{ line: ['1 Road'], postal_code: '77' }],
    });
    expect(created.status, created.text).toBe(201);
    expect(created.body).toMatchObject({ birthDate: '1999-01-02', groupMembership: null });
    expect(created.body.address[0]).toMatchObject({ postalCode: '77' });
    expect(created.body.meta.versionId).not.toBe('1');
  });

  it('B-152: the display name is the text, else given and family', async () => {
    expect((await make('W-3', { name: { given: 'Ada', text: 'Queen Ada' } })).body.name).toMatchObject({
      text: 'Queen Ada',
      family: '',
    });
    expect((await make('W-4', { name: { middle: 'Ann' } })).body.name.text).toBe(',  ANN');
    const nameless = await make('W-5', { name: undefined });
    expect([nameless.status, nameless.body.code]).toEqual([422, 'name_required']);
    const blank = await make('W-5', { name: {} });
    expect([blank.status, blank.body.code]).toEqual([422, 'name_required']);
  });

  it('B-153 B-154: refuses future birth dates and unknown genders', async () => {
    const future = await make('W-6', { birthDate: '2999-01-01' });
    expect([future.status, future.body.code]).toEqual([422, 'birth_date_in_future']);
    expect(future.body.detail).toContain('2999-01-01');
    const coding = [{ system: 'urn:iso:std:iso:5218', code: '7' }];
    const gender = await make('W-6', { gender: { coding } });
    expect([gender.status, gender.body.code]).toEqual([422, 'gender_unknown']);
    expect((await t.send('GET', one('W-6'))).status).toBe(404);
  });

  it('B-155: makes archived records', async () => {
    expect((await make('W-7', { active: false })).body.active).toBe(false);
    expect((await t.send('GET', one('W-7'))).status).toBe(200);
  });

  it('B-156 B-170: keeps three slots of telecom', async () => {
    const created = await make('W-8', {
      telecom: [
        { system: 'email', value: 'a@b.example' },
        { system: 'fax', value: '9' },
        { system: 'phone', value: '1' },
        { system: 'phone', value: '2', use: 'mobile' },
      ],
    });
    expect(created.body.telecom).toEqual([
      { system: 'phone', value: '1', use: 'home', rank: 1 },
      { system: 'phone', value: '2', use: 'mobile', rank: 2 },
      { system: 'email', value: 'a@b.example', use: 'work', rank: 3 },
    ]);
    const patched = await t.send('PATCH', one('W-8'), {
      body: { telecom: [{ system: 'phone', use: 'mobile', value: '3' }] },
    });
    expect(patched.body.telecom.map(({ value }: { value: string }) => value)).toEqual(['1', '3', 'a@b.example']);
  });

  it('B-157 B-158: stores addresses in parts', async () => {
    const street = await make('W-9', { address: [{ line: ['14 Quarry Lane'], country: 'ZZ' }] });
    expect(street.body.address).toEqual([
      {
        type: 'physical',
        text: '14 Quarry Lane',
        line: ['14 Quarry Lane'],
        city: null,
        district: null,
        state: null,
        postalCode: null,
        country: null,
      },
    ]);
    const read = await t.send('GET', one('W-9'));
    expect(read.body.address).toEqual([{ type: 'physical', text: '14 Quarry Lane', line: ['14 Quarry Lane'] }]);
    const patched = await t.send('PATCH', one('W-9'), { body: { address: [{ country: 'UG', city: 'Mbarara' }] } });
    expect(patched.body.address[0]).toMatchObject({ country: 'UG', text: '14 Quarry Lane, Mbarara' });
  });

  it('B-159 B-160: photos come back byte for byte, within the limit', async () => {
    const photo = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 256)).toString('base64');
    expect((await make('W-10', { photo })).body.photo).toBe(photo);
    expect((await t.send('GET', one('W-10'))).body.photo).toBe(photo);
    const largest = 'A'.repeat(5_242_880);
    const kept = await t.send('PATCH', one('W-10'), { body: { photo: largest } });
    expect([kept.status, kept.body.photo === largest]).toEqual([200, true]);
    for (const broken of ['A', 'AA=A', '====', 'A===', 'A-_A', 'AAA=\n']) {
      expect((await t.send('PATCH', one('W-10'), { body: { photo: broken } })).status, broken).toBe(422);
    }
    const large = 'A'.repeat(5_242_884);
    for (const [method, path, body] of [
      ['POST', '/Individual', person('W-11', { photo: large })],
      ['PUT', one('W-10'), person('W-10', { photo: large })],
      ['PATCH', one('W-10'), { photo: large }],
    ] as const) {
      const refused = await t.send(method, path, { body });
      expect([refused.status, refused.body.code], method).toEqual([422, 'photo_too_large']);
    }
    const broken = await make('W-11', { photo: 'no base64!' });
    expect([broken.status, broken.body.code]).toEqual([422, 'individual_create_failed']);
  });

  it('B-162 B-163 B-173: PUT keeps what is absent, identifiers and source', async () => {
    await t.addClient('other', ['individual:all']);
    await make('W-12', { birthDate: '1990-05-05', active: false });
    const body = person('W-12-other', { name: { given: 'Eve' }, photo: null });
    const replaced = await t.send('PUT', one('W-12'), { body, as: 'other' });
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body).toMatchObject({
      identifier: [{ value: 'W-12' }],
      birthDate: '1990-05-05',
      // K6: absent is true.
      active: true,
      name: { family: '', given: 'Eve', text: 'Eve' },
      meta: { source: 'urn:openspp:api-client:full' },
    });
    const unknown = { identifier: [{ system: 'urn:nobody:knows', value: '1' }] };
    const refused = await t.send('PUT', one('W-12'), { body: unknown });
    expect([refused.status, refused.body.code]).toEqual([422, 'identifier_type_unknown']);
  });

  it('B-164: PUT of nobody is 404', async () => {
    const answer = await t.send('PUT', one('W-nobody'), { body: person('W-nobody') });
    expect([answer.status, answer.body.code]).toEqual([404, 'individual_not_found']);
  });

  it('B-165 B-166 B-022: If-Match', async () => {
    const created = await make('W-13');
    const tag = String(created.headers.etag);
    const put = (ifMatch: string) =>
      t.send('PUT', one('W-13'), {
        body: person('W-13', { name: { given: 'New' } }),
        headers: { 'if-match': ifMatch },
      });
    const stale = await put('"1"');
    expect([stale.status, stale.body.code]).toEqual([409, 'version_conflict']);
    expect((await t.send('GET', one('W-13'))).headers.etag).toBe(tag);
    const first = await put(tag);
    expect(first.status).toBe(200);
    expect((await put(tag)).status).toBe(409);
    expect((await put('*')).status).toBe(200);
    const now = String((await t.send('GET', one('W-13'))).headers.etag);
    expect((await put(`W/${now}`)).status).toBe(200);
    const bare = String((await t.send('GET', one('W-13'))).headers.etag).replaceAll('"', '');
    expect((await put(`"7", ${bare}`)).status).toBe(200);
    expect((await t.send('PUT', one('W-13'), { body: person('W-13') })).status).toBe(200);
  });

  it('B-167 B-168 B-020: PATCH changes what it says, and an empty one nothing', async () => {
    const created = await make('W-14', { birthDate: '1980-01-01' });
    const empty = await t.send('PATCH', one('W-14'), { body: {} });
    expect(empty.status).toBe(200);
    expect(empty.body.meta.versionId).toBe(created.body.meta.versionId);
    const json = { 'content-type': 'application/json' };
    const changed = await t.send('PATCH', one('W-14'), { body: { birthDate: '1981-01-01' }, headers: json });
    expect(changed.body).toMatchObject({ birthDate: '1981-01-01', name: { text: 'Ada Birungi' } });
    expect(changed.body.meta.versionId).not.toBe(created.body.meta.versionId);
  });

  it('B-169 B-171 B-172: PATCH clears by null, merges names, refuses unknown genders', async () => {
    const coding = [{ system: 'urn:iso:std:iso:5218', code: '2' }];
    await make('W-15', {
      gender: { coding },
      telecom: [{ system: 'phone', value: '1' }],
      address: [{ city: 'Gulu' }],
      photo: 'AAEC',
    });
    const cleared = await t.send('PATCH', one('W-15'), {
      body: { gender: null, telecom: null, address: [], photo: null },
    });
    expect(cleared.body).toMatchObject({ gender: null, telecom: null, address: null, photo: null });
    const renamed = await t.send('PATCH', one('W-15'), { body: { name: { given: 'Eve', family: '' } } });
    expect(renamed.body.name).toMatchObject({ given: 'Eve', family: 'Birungi', text: 'Eve Birungi' });
    const none = await t.send('PATCH', one('W-15'), { body: { name: null } });
    expect([none.status, none.body.code]).toEqual([422, 'name_required']);
    const gender = await t.send('PATCH', one('W-15'), { body: { gender: { coding: [{ system: 'x', code: 'y' }] } } });
    expect([gender.status, gender.body.code]).toEqual([422, 'gender_unknown']);
  });

  it('B-174: PUT on the collection is addressed by the first identifier', async () => {
    await make('W-16');
    const replaced = await t.send('PUT', '/Individual', { body: person('W-16', { name: { given: 'Put' } }) });
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body.name.text).toBe('Put');
    const unknown = await t.send('PUT', '/Individual', { body: person('W-nobody') });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'individual_not_found']);
  });
});
