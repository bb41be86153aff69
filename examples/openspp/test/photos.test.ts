import { beforeAll, expect, it } from 'vitest';
import { photoLimit } from '../src/fields/photo.ts';
import { photoPageLimit } from '../src/policies/photos.ts';
import { readSettings } from '../src/settings.ts';
import { at, household, nationalId, overEachDatabase, person } from '../testing/index.ts';

overEachDatabase('photos', (t) => {
  const photo = Buffer.from('a face').toString('base64');
  const one = at('/Individual/{}', nationalId('F-1'));
  const photosOf = async (query: string, as = 'full') => {
    const answer = await t.send('GET', `/Individual${query}`, { as });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toHaveLength(2);
    return answer.body.data.map((each: { photo?: string }) => each.photo);
  };

  beforeAll(async () => {
    await t.send('POST', '/Individual', { body: person('F-1', { photo }) });
    await t.send('POST', '/Individual', { body: person('F-2') });
    const member = [{ entity: { reference: `Individual/${nationalId('F-1')}` } }];
    await t.send('POST', '/Group', { body: household('F-G', { member }) });
  });

  it('9.6 a read of one shows the photo without being asked, and every write does', async () => {
    expect((await t.send('GET', one)).body.photo).toBe(photo);
    expect((await t.send('GET', `${one}?_elements=photo`)).body).toMatchObject({ photo });
    expect((await t.send('PATCH', one, { body: {} })).body.photo).toBe(photo);
  });

  it('9.7 a list shows photos only where _elements names them', async () => {
    const nobodys = [undefined, undefined];
    for (const query of ['', '?_count=100', '?_elements=', '?_elements=name', '?_elements=photos,photo.x']) {
      expect([query, await photosOf(query)]).toEqual([query, nobodys]);
    }
    for (const query of ['?_elements=photo', '?_elements=name,%20photo&_count=20', '?_elements=name&_elements=photo']) {
      expect([query, await photosOf(query)]).toEqual([query, [photo, undefined]]);
    }
    const whole = (await t.send('GET', '/Individual?_count=1')).body.data[0];
    const { photo: _, ...rest } = (await t.send('GET', one)).body;
    expect(whole).toEqual(rest);
    expect((await t.send('GET', '/Group')).text).not.toContain(photo);
  });

  it('9.7 a page with photos is short, and so it has a bound', async () => {
    const refused = await t.send('GET', `/Individual?_elements=photo&_count=${photoPageLimit + 1}`);
    expect([refused.status, refused.body.code]).toEqual([422, 'schema_violation']);
    expect(refused.body.detail).toEqual([
      {
        type: 'less_than_equal',
        loc: ['query', '_count'],
        msg: 'An answer with photos has 20 records at most.',
        input: photoPageLimit + 1,
      },
    ]);
    // Well below the longest text that the engine can make (2^29 characters); the most that one body may bring fits in too.
    expect(photoPageLimit * photoLimit).toBeLessThan(2 ** 27);
    expect(photoLimit).toBeLessThan(readSettings({}).bodyLimitBytes);
  });

  it('4.5 an allow-list without photos shows none, however it is asked', async () => {
    await t.addClient('faceless', [{ scope: 'individual:read', fields: ['name'] }]);
    await t.addClient('faces', [{ scope: 'individual:read', fields: ['photo'] }]);
    for (const query of ['', '?_elements=photo', '?_elements=photo,name']) {
      expect(await photosOf(query, 'faceless')).toEqual([undefined, undefined]);
    }
    expect(await photosOf('', 'faces')).toEqual([undefined, undefined]);
    expect(await photosOf('?_elements=photo', 'faces')).toEqual([photo, undefined]);
  });
});
