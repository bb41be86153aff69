import { expect, it } from 'vitest';
import { Identifier } from '../../src/entities/index.ts';
import {
  at,
  basePath,
  household,
  householdId,
  nameOf,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';

const gender = (code: string, system = 'urn:iso:std:iso:5218') => ({ coding: [{ system, code }] });

overEveryServer('writing individuals', (t) => {
  const one = (value: string) => at('/Individual/{}', nationalId(value));
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });
  const read = (value: string) => t.send('GET', one(value));
  const patch = (value: string, body: object) => t.send('PATCH', one(value), { body });
  const put = (value: string, more: object = {}, headers = {}, as = 'full') =>
    t.send('PUT', one(value), { body: person(value, more), headers, as });

  it('B-149 POST answers 201 with Location and meta.source of the client', async () => {
    const created = await make('W-149', { birthDate: '2001-02-14' });
    expect(created.status, created.text).toBe(201);
    expect(created.body).toEqual({
      type: 'Individual',
      identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: 'W-149', period: null }],
      active: true,
      name: {
        family: 'Family-W-149',
        given: 'Given-W-149',
        middle: '',
        prefix: null,
        suffix: null,
        text: nameOf('W-149'),
      },
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
    expect(created.headers.location).toMatch(/^\/api\/v2\/spp\/Individual\/./);
    expect(created.headers.etag).toBe(`"${created.body.meta.versionId}"`);
  });

  it('B-150 Location is percent-encoded and resolves when followed', async () => {
    const strange = ['W-150', 'a/b c', 'x|y|z', '100%25', 'q?a=b&c#d', 'é+ñ', '../up', "it's"];
    for (const value of strange) {
      const made = await make(value);
      const location = String(made.headers.location);
      expect(location).toBe(`${basePath}/Individual/${encodeURIComponent(nationalId(value))}`);
      const followed = await t.send('GET', location.slice(basePath.length));
      expect([followed.status, followed.body.identifier?.[0].value, followed.headers.etag]).toEqual([
        200,
        value,
        made.headers.etag,
      ]);
    }
  });

  it('B-151 without identifier, with an empty list, or of the type Group: 422', async () => {
    const name = { given: 'X' };
    const refused = async (body: object) => {
      const { status, body: answered } = await t.send('POST', '/Individual', { body });
      return [status, answered.code, answered.detail[0].type, answered.detail[0].loc];
    };
    const violation = [422, 'schema_violation'];
    expect(await refused({ name })).toEqual([...violation, 'missing', ['body', 'identifier']]);
    expect(await refused({ name, identifier: [] })).toEqual([...violation, 'too_short', ['body', 'identifier']]);
    expect(await refused({ ...person('W-151'), type: 'Group' })).toEqual([
      ...violation,
      'literal_error',
      ['body', 'type'],
    ]);
    expect((await read('W-151')).status).toBe(404);
  });

  it('B-152 the display name is text, else given and family', async () => {
    const shown = async (value: string, name: object) => (await make(value, { name })).body.name.text;
    expect(await shown('W-152-1', { given: 'Ada', family: 'Birungi', text: 'Queen Ada' })).toBe('Queen Ada');
    expect(await shown('W-152-2', { given: 'Ada', family: 'Birungi' })).toBe('Ada Birungi');
    expect(await shown('W-152-3', { given: 'Ada' })).toBe('Ada');
    expect(await shown('W-152-4', { family: 'Birungi' })).toBe('Birungi');
    for (const name of [undefined, {}])
      expect(outcome(await make('W-152-5', { name }))).toEqual([422, 'name_required']);
  });

  it('B-153 a birth date in the future is refused', async () => {
    const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    for (const birthDate of ['2999-01-01', tomorrow]) {
      const future = await make('W-153', { birthDate });
      expect(outcome(future)).toEqual([422, 'birth_date_in_future']);
      expect(future.body.detail).toContain(birthDate);
    }
    expect((await read('W-153')).status).toBe(404);
    expect((await make('W-153', { birthDate: new Date().toISOString().slice(0, 10) })).status).toBe(201);
  });

  it('B-154 a gender outside of ISO 5218 is refused', async () => {
    for (const wrong of [gender('7'), gender('female'), gender('1', 'urn:other')]) {
      expect(outcome(await make('W-154', { gender: wrong }))).toEqual([422, 'gender_unknown']);
    }
    expect((await read('W-154')).status).toBe(404);
    for (const code of ['0', '1', '2', '9']) {
      const made = await make(`W-154-${code}`, { gender: gender(code) });
      expect([made.status, made.body.gender.coding[0].code]).toEqual([201, code]);
    }
  });

  it('B-155 active:false on POST creates an archived registrant', async () => {
    expect((await make('W-155', { active: false })).body.active).toBe(false);
    expect((await read('W-155')).body.active).toBe(false);
    const search = await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId('W-155'))}`);
    expect(search.body.data).toEqual([]);
  });

  it('B-156 telecom has the slots mobile, phone and email, printed with the ranks 1, 2, 3', async () => {
    const created = await make('W-156', {
      telecom: [
        { system: 'email', value: 'w156@example.org' },
        { system: 'fax', value: '0156-9' },
        { system: 'phone', value: '0156-1' },
        { system: 'phone', value: '0156-2', use: 'mobile' },
      ],
    });
    const telecom = [
      { system: 'phone', value: '0156-1', use: 'home', rank: 1 },
      { system: 'phone', value: '0156-2', use: 'mobile', rank: 2 },
      { system: 'email', value: 'w156@example.org', use: 'work', rank: 3 },
    ];
    expect(created.body.telecom).toEqual(telecom);
    expect((await read('W-156')).body.telecom).toEqual(telecom);
  });

  it('B-157 an unknown country code is ignored; the ISO code is printed', async () => {
    const country = async (value: string, code: string) =>
      (await make(value, { address: [{ city: 'Gulu', country: code }] })).body.address[0].country;
    expect(await country('W-157-1', 'ZZ')).toBeNull();
    expect(await country('W-157-2', 'UG')).toBe('UG');
    const { address } = (await read('W-157-1')).body;
    expect(address).toMatchObject([{ text: 'Gulu', city: 'Gulu' }]);
    expect(address[0]).not.toHaveProperty('country');
  });

  it('B-158 an address with only a street round-trips without error', async () => {
    expect((await make('W-158', { address: [{ line: ['14 Quarry Lane'] }] })).status).toBe(201);
    const address = [{ type: 'physical', text: '14 Quarry Lane', line: ['14 Quarry Lane'] }];
    expect((await read('W-158')).body.address).toEqual(address);
    expect((await patch('W-158', { address })).status).toBe(200);
    expect((await read('W-158')).body.address).toEqual(address);
  });

  it('B-159 a photo round-trips byte for byte', async () => {
    const photo = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 256)).toString('base64');
    expect((await make('W-159', { photo })).body.photo).toBe(photo);
    expect((await read('W-159')).body.photo).toBe(photo);
    const largest = 'A'.repeat(5_242_880);
    const kept = await patch('W-159', { photo: largest });
    expect([kept.status, kept.body.photo === largest]).toEqual([200, true]);
    expect((await read('W-159')).body.photo === largest).toBe(true);
  });

  it('B-160 a photo over 5 MiB is refused on POST, PUT and PATCH', async () => {
    const [photo, large] = ['AAEC', 'A'.repeat(5_242_884)];
    await make('W-160', { photo });
    for (const refused of [
      await make('W-160-new', { photo: large }),
      await put('W-160', { photo: large }),
      await patch('W-160', { photo: large }),
    ]) {
      expect(outcome(refused)).toEqual([422, 'photo_too_large']);
    }
    expect((await read('W-160-new')).status).toBe(404);
    expect((await read('W-160')).body.photo).toBe(photo);
  });

  it('B-161 groupMembership and meta in the body are ignored', async () => {
    const ignored = {
      meta: { versionId: '1', lastUpdated: '2000-01-01T00:00:00Z', source: 'urn:openspp:api-client:other' },
      groupMembership: [{ group: { reference: `Group/${householdId('W-161')}` } }],
    };
    await t.send('POST', '/Group', { body: household('W-161') });
    const created = await make('W-161', ignored);
    expect(created.status, created.text).toBe(201);
    for (const { body } of [created, await put('W-161', ignored), await patch('W-161', ignored), await read('W-161')]) {
      expect(body.groupMembership ?? null).toBeNull();
      expect(body.meta.versionId).not.toBe('1');
      expect(body.meta.source).toBe('urn:openspp:api-client:full');
    }
    expect((await t.send('GET', at('/Group/{}', householdId('W-161')))).body).not.toHaveProperty('member');
  });

  it('B-162 PUT keeps absent optional properties', async () => {
    const kept = {
      birthDate: '1990-05-05',
      gender: gender('2'),
      telecom: [{ system: 'phone', value: '0162-1' }],
      address: [{ city: 'Gulu' }],
      photo: 'AAEC',
    };
    await make('W-162', kept);
    const replaced = await put('W-162', { name: { given: 'Eve' } });
    expect(replaced.status, replaced.text).toBe(200);
    expect((await read('W-162')).body).toMatchObject({ ...kept, name: { given: 'Eve', text: 'Eve' } });
  });

  it('B-163 PUT cannot change identifiers', async () => {
    await make('W-163');
    const system = 'urn:openspp:vocab:id-type#national_id';
    const identifier = [{ system, value: 'W-163-other' }];
    const replaced = await t.send('PUT', one('W-163'), { body: person('W-163', { identifier }) });
    expect([replaced.status, replaced.body.identifier]).toEqual([200, [{ system, value: 'W-163', period: null }]]);
    expect((await read('W-163')).body.identifier).toEqual([{ system, value: 'W-163' }]);
    expect((await read('W-163-other')).status).toBe(404);
    expect(await t.orm.em.fork().count(Identifier, { value: 'W-163-other' })).toBe(0);
  });

  it('B-164 PUT of an unknown identifier is 404 on a legal basis, 403 for a consent client', async () => {
    await t.addClient('by-consent', ['individual:all'], 'consent');
    expect(outcome(await put('W-164'))).toEqual([404, 'individual_not_found']);
    expect(outcome(await put('W-164', {}, {}, 'by-consent'))).toEqual([403, 'access_denied']);
    expect((await read('W-164')).status).toBe(404);
  });

  it('B-165 PUT with a stale If-Match is 409; with the current ETag, and without, 200', async () => {
    const tag = String((await make('W-165')).headers.etag);
    const stale = await put('W-165', { name: { given: 'Stale' } }, { 'if-match': '"1"' });
    expect(outcome(stale)).toEqual([409, 'version_conflict']);
    const { headers, body } = await read('W-165');
    expect([headers.etag, body.name.text]).toEqual([tag, nameOf('W-165')]);
    expect((await put('W-165', {}, { 'if-match': tag })).status).toBe(200);
    expect(outcome(await put('W-165', {}, { 'if-match': tag }))).toEqual([409, 'version_conflict']);
    const now = String((await read('W-165')).headers.etag);
    for (const form of [`W/${now}`, `"7", ${now}`]) {
      const changed = await put(
        'W-165',
        {},
        { 'if-match': form.replace(now, String((await read('W-165')).headers.etag)) },
      );
      expect([form, changed.status]).toEqual([form, 200]);
    }
    expect((await put('W-165')).status).toBe(200);
  });

  it('B-166 If-Match: * matches any version', async () => {
    await make('W-166');
    for (const given of ['One', 'Two']) {
      const changed = await put('W-166', { name: { given } }, { 'if-match': '*' });
      expect([changed.status, changed.body.name.text]).toEqual([200, given]);
    }
  });

  it('B-167 PATCH {} answers 200 and the same versionId', async () => {
    const { body } = await make('W-167', { birthDate: '1980-01-01' });
    const empty = await patch('W-167', {});
    expect([empty.status, empty.body.meta]).toEqual([200, body.meta]);
    expect((await read('W-167')).body.meta).toEqual(body.meta);
  });

  it('B-168 PATCH of one field leaves the others; versionId changes', async () => {
    await make('W-168', { birthDate: '1980-01-01', gender: gender('1'), address: [{ city: 'Gulu' }] });
    const { meta, ...before } = (await read('W-168')).body;
    expect((await patch('W-168', { birthDate: '1981-01-01' })).status).toBe(200);
    const { meta: after, ...now } = (await read('W-168')).body;
    expect(now).toEqual({ ...before, birthDate: '1981-01-01' });
    expect(Number(after.versionId)).toBeGreaterThan(Number(meta.versionId));
  });

  it('B-169 PATCH with gender:null, telecom:null, address:[] and photo:null clears', async () => {
    await make('W-169', {
      gender: gender('2'),
      telecom: [{ system: 'phone', value: '0169-1' }],
      address: [{ city: 'Gulu' }],
      photo: 'AAEC',
    });
    const cleared = await patch('W-169', { gender: null, telecom: null, address: [], photo: null });
    expect(cleared.body).toMatchObject({ gender: null, telecom: null, address: null, photo: null });
    const { body } = await read('W-169');
    for (const name of ['gender', 'telecom', 'address', 'photo']) expect(body).not.toHaveProperty(name);
  });

  it('B-170 PATCH of telecom with one slot keeps the other slots', async () => {
    const telecom = [
      { system: 'phone', value: '0170-1' },
      { system: 'phone', value: '0170-2', use: 'mobile' },
      { system: 'email', value: 'w170@example.org' },
    ];
    await make('W-170', { telecom });
    await patch('W-170', { telecom: [{ system: 'phone', use: 'mobile', value: '0170-3' }] });
    const values = (await read('W-170')).body.telecom.map(({ value }: { value: string }) => value);
    expect(values).toEqual(['0170-1', '0170-3', 'w170@example.org']);
  });

  it('B-171 PATCH of only given keeps the family name in the display name', async () => {
    await make('W-171', { name: { given: 'Ada', family: 'Birungi' } });
    const renamed = await patch('W-171', { name: { given: 'Eve' } });
    expect(renamed.body.name).toMatchObject({ given: 'Eve', family: 'Birungi', text: 'Eve Birungi' });
    expect((await read('W-171')).body.name.text).toBe('Eve Birungi');
  });

  it('B-172 PATCH with an unknown gender code is refused', async () => {
    await make('W-172', { gender: gender('1') });
    for (const wrong of [gender('7'), gender('1', 'urn:other')]) {
      expect(outcome(await patch('W-172', { gender: wrong, birthDate: '1990-01-01' }))).toEqual([
        422,
        'gender_unknown',
      ]);
    }
    const { body } = await read('W-172');
    expect([body.gender.coding[0].code, body.birthDate]).toEqual(['1', undefined]);
  });

  it('B-173 meta.source never changes on update by another client', async () => {
    await t.addClient('other', ['individual:all']);
    await make('W-173');
    const source = 'urn:openspp:api-client:full';
    expect((await put('W-173', {}, {}, 'other')).body.meta.source).toBe(source);
    const body = { birthDate: '1990-01-01' };
    expect((await t.send('PATCH', one('W-173'), { body, as: 'other' })).body.meta.source).toBe(source);
    expect((await read('W-173')).body.meta.source).toBe(source);
  });

  it('B-174 PUT /Individual addresses by the body identifier and is as PUT /Individual/{id}', async () => {
    await make('W-174', { birthDate: '1990-01-01' });
    const byBody = (value: string, more: object = {}, headers = {}) =>
      t.send('PUT', '/Individual', { body: person(value, more), headers });
    const replaced = await byBody('W-174', { name: { given: 'Put' } });
    expect([replaced.status, replaced.body.name.text, replaced.body.birthDate]).toEqual([200, 'Put', '1990-01-01']);
    expect((await read('W-174')).body.name.text).toBe('Put');
    expect(outcome(await byBody('W-174', {}, { 'if-match': '"1"' }))).toEqual([409, 'version_conflict']);
    expect(outcome(await byBody('W-174-nobody'))).toEqual([404, 'individual_not_found']);
    expect(outcome(await byBody('W-174', { gender: gender('7') }))).toEqual([422, 'gender_unknown']);
  });

  it('B-175 /Individual/{id}/groups lists memberships, by status and count', async () => {
    await make('W-175');
    const member = [{ entity: personReference('W-175') }];
    await t.send('POST', '/Group', { body: household('W-175-left', { member }) });
    await t.send('POST', '/Group', { body: household('W-175-now', { member }) });
    const removal = { body: { entity: personReference('W-175') } };
    await t.send('POST', at('/Group/{}/$remove-member', householdId('W-175-left')), removal);
    const ask = (query = '') => t.send('GET', `${one('W-175')}/groups${query}`);
    const entity = { ...personReference('W-175'), display: nameOf('W-175') };
    const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
    const entry = (value: string, more: object) => ({
      resource: {
        type: 'GroupMember',
        group: { reference: `Group/${householdId(value)}`, display: `House ${value}` },
        entity,
        startDate: day,
        ...more,
      },
    });
    const left = entry('W-175-left', { endedDate: day, status: 'inactive' });
    const now = entry('W-175-now', { status: 'active' });
    const all = await ask();
    expect(all.body).toMatchObject({ type: 'GroupMembershipList', total: 2 });
    expect(all.body.entry).toEqual(expect.arrayContaining([left, now]));
    expect((await ask('?status=active')).body).toEqual({ type: 'GroupMembershipList', total: 1, entry: [now] });
    expect((await ask('?status=inactive')).body).toEqual({ type: 'GroupMembershipList', total: 1, entry: [left] });
    expect((await ask('?_count=1')).body).toMatchObject({ total: 1, entry: [{}] });
    const wrong = await ask('?status=x');
    expect([wrong.status, wrong.body.detail[0].type]).toEqual([422, 'literal_error']);
  });
});
