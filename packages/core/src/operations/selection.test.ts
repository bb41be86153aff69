import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { standardQuery } from '../road/standard-query.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, entities, seed, startWorld } from './fixtures/world.ts';

for (const database of testDatabases()) {
  describe(`selection of fields below others, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let lenient: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open);
      lenient = await startWorld(open, { query: standardQuery({ unknownFields: 'ignore' }) });
    });
    afterAll(() => open?.close());

    const read = (query: string, who = 'full', on = api) =>
      call(on, 'GET', `/api/person/ada?${query}`, { headers: as(who) });

    it.each([
      'address.nope',
      'address.city.name',
      'phones.nope',
      'phones.secret',
      'name.nope',
      'name.length',
      'tags.label',
      'manager.name',
      'country.nonsense',
      'country.secret',
      'country.name.nope',
      'address.__proto__',
      'phones.length',
      'slug.x',
    ])('refuses %s, which nobody is shown', async (path) => {
      for (const query of [`fields=name,${path}`, `fields=${path}&expand=country`]) {
        const response = await read(query);
        expect([response.status, query]).toEqual([400, query]);
        expect(response.body).toMatchObject({ code: 'invalid_parameter', errors: [{ in: 'query' }] });
        const searched = await call(api, 'GET', `/api/person?${query}`, { headers: as('full') });
        expect(searched.status).toBe(400);
      }
    });

    it('narrows objects, lists and expansions to what is named', async () => {
      const { body } = await read('fields=address.city,phones.number,country.region&expand=country');
      expect(body).toEqual({
        slug: 'ada',
        address: { city: 'Gent' },
        phones: [{ number: '1' }, { number: '2' }],
        country: { region: 'Europe' },
      });
      expect((await read('fields=country.code,country.name&expand=country')).body).toMatchObject({
        country: { code: 'BE', name: 'Belgium' },
      });
      expect((await read('fields=country.name,country&expand=country')).body).toMatchObject({
        country: { code: 'BE', name: 'Belgium', region: 'Europe' },
      });
    });

    it('names below a relation only what is expanded, for whom it is', async () => {
      expect((await read('fields=country.name')).status).toBe(400);
      expect((await read('fields=country.name&expand=country', 'alone')).status).toBe(400);
      expect((await read('fields=country.name&expand=country', 'narrow')).status).toBe(200);
      const bare = async (path: string, who: string) => {
        const { status, text } = await read(`fields=${path}&expand=country`, who);
        return [status, text.replaceAll(path, '').replace(/urn:uuid:[^"]+/, '')];
      };
      // Hidden by a rule, by a policy, by a missing scope: all of it is as unknown as what is not there.
      expect(await bare('country.secret', 'full')).toEqual(await bare('country.secres', 'full'));
      expect(await bare('country.region', 'narrow')).toEqual(await bare('country.regios', 'narrow'));
      expect(await bare('country.name', 'alone')).toEqual(await bare('country.nume', 'alone'));
      expect(await bare('phones.number', 'narrow')).toEqual(await bare('fones.number', 'narrow'));
    });

    it('ignores them where unknown fields are ignored', async () => {
      const { status, body } = await read(
        'fields=name,country.nonsense,country.name,name.nope,address.nope&expand=country',
        'full',
        lenient,
      );
      expect([status, body]).toEqual([200, { slug: 'ada', name: 'Ada', country: { name: 'Belgium' } }]);
    });

    it('takes a field that is always shown from those who see little', async () => {
      const response = await call(api, 'GET', '/api/person/ada?fields=slug', { headers: as('narrow') });
      expect([response.status, response.body]).toEqual([200, { slug: 'ada' }]);
    });
  });
}
