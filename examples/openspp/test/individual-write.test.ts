import { expect, it } from 'vitest';
import { at, nationalId, outcome, overEachDatabase, person } from '../testing/index.ts';

const one = (value: string) => at('/Individual/{}', nationalId(value));

overEachDatabase('rules of writing individuals', (t) => {
  const make = (value: string, more: object = {}) => t.send('POST', '/Individual', { body: person(value, more) });

  it('9.2 a name of other parts is made up of those; nobody is without one', async () => {
    expect((await make('W-4', { name: { middle: 'Ann' } })).body.name.text).toBe(',  ANN');
    await make('W-5');
    for (const name of [null, { given: null, family: null }]) {
      expect(outcome(await t.send('PATCH', one('W-5'), { body: { name } }))).toEqual([422, 'name_required']);
    }
    const kept = await t.send('PATCH', one('W-5'), { body: { name: { given: 'Eve', family: '' } } });
    expect(kept.body.name).toMatchObject({ given: 'Eve', family: 'Family-W-5' });
  });

  it('9.4 the parts of an address are changed one by one', async () => {
    await make('W-9', { address: [{ line: ['14 Quarry Lane'], country: 'ZZ' }] });
    const patched = await t.send('PATCH', one('W-9'), { body: { address: [{ country: 'UG', city: 'Mbarara' }] } });
    expect(patched.body.address[0]).toMatchObject({ country: 'UG', text: '14 Quarry Lane, Mbarara' });
  });

  it('9.5 a photo is base64', async () => {
    await make('W-10');
    for (const photo of ['A', 'AA=A', '====', 'A===', 'A-_A', 'AAA=\n']) {
      expect((await t.send('PATCH', one('W-10'), { body: { photo } })).status, photo).toBe(422);
    }
    expect(outcome(await make('W-11', { photo: 'no base64!' }))).toEqual([422, 'individual_create_failed']);
  });

  it('9.9 K6 PUT without active makes the record active, and looks at the identifiers that it ignores', async () => {
    await make('W-12', { active: false });
    expect((await t.send('PUT', one('W-12'), { body: person('W-12') })).body.active).toBe(true);
    const body = { identifier: [{ system: 'urn:nobody:knows', value: '1' }] };
    expect(outcome(await t.send('PUT', one('W-12'), { body }))).toEqual([422, 'identifier_type_unknown']);
  });

  it('18 the tag is that of the record, whichever elements are shown', async () => {
    const made = await make('W-14');
    const elements = await t.send('GET', `${one('W-14')}?_elements=birthDate`);
    expect(elements.headers.etag).toBe(made.headers.etag);
  });
});
