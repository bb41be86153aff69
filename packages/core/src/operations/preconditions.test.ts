import { describe, expect, it } from 'vitest';
import { call, testDatabases } from '../testing/index.ts';
import { as } from './fixtures/world.ts';
import { writingTo } from './fixtures/writing.ts';

for (const database of testDatabases()) {
  describe(`preconditions on ${database.name}`, () => {
    const world = writingTo(database);
    const { send, create, tagOf, stored } = world;

    it('follows the matrix of If-Match', async () => {
      const slug = await create();
      const tag = await tagOf(slug);
      const value = tag.replaceAll('"', '');
      const narrow = String((await send('GET', `/person/${slug}?fields=name`)).headers.etag);
      expect(narrow).not.toBe(tag);
      for (const [header, status] of [
        [tag, 200],
        ['*', 200],
        [narrow, 200],
        [`"other", ${tag}`, 200],
        [`"other-x", ${narrow}`, 200],
        [`${narrow}, "other"`, 200],
        ['"other"', 412],
        [`W/${tag}`, 412],
        [`W/${narrow}`, 412],
        [`"0${value}"`, 412],
        [`"${Number.parseInt(value, 10)}0"`, 412],
        ['"0"', 412],
        [value, 400],
        ['"unclosed', 400],
        ['', 400],
        [`${tag} ${tag}`, 400],
      ] as const) {
        const response = await send('PATCH', `/person/${slug}`, {}, { 'if-match': header });
        expect(response.status, `If-Match: ${header}`).toBe(status);
      }
      expect((await send('PATCH', '/person/absent', {}, { 'if-match': '*' })).status).toBe(404);
      const unchanged = await send('DELETE', `/person/${slug}`, undefined, { 'if-match': '"other"' });
      expect(unchanged.status).toBe(412);
      expect(await stored(slug)).not.toBeNull();
      const whole = { slug, name: 'X' };
      expect((await send('PUT', `/person/${slug}`, whole, { 'if-match': '"other"' })).status).toBe(412);
      expect((await send('PUT', `/person/${slug}`, whole, { 'if-none-match': '*' })).status).toBe(412);
      expect((await send('PATCH', `/person/${slug}`, { name: 1 }, { 'if-match': '"other"' })).status).toBe(422);
    });

    it('lets one of fifty writers through', async () => {
      const slug = await create();
      const tag = await tagOf(slug);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          send('PATCH', `/person/${slug}`, { family: `f${index}` }, { 'if-match': tag }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(49);
    });

    it('answers 304 to what is current, never to one who may not read', async () => {
      const slug = await create();
      const tag = await tagOf(slug);
      for (const [header, status] of [
        [tag, 304],
        [`W/${tag}`, 304],
        [`"x", ${tag}`, 304],
        ['*', 304],
        ['"x"', 200],
      ] as const) {
        const response = await send('GET', `/person/${slug}`, undefined, { 'if-none-match': header });
        expect(response.status, header).toBe(status);
        if (status === 304) expect([response.text, response.headers.etag]).toEqual(['', tag]);
      }
      expect((await call(world.api, 'GET', `/api/person/${slug}`, { headers: { 'if-none-match': tag } })).status).toBe(
        401,
      );
      expect((await send('GET', '/person/gone', undefined, { 'if-none-match': '*' })).status).toBe(404);
      expect((await send('GET', `/person/${slug}`, undefined, { 'if-none-match': 'x y' })).status).toBe(400);
    });

    it('tells representations apart', async () => {
      const slug = await create({ country: 'BE' });
      const tags = new Set<string>();
      for (const query of [
        '',
        '?fields=name',
        '?fields=name,family',
        '?expand=country',
        '?fields=country&expand=country',
      ]) {
        tags.add(String((await send('GET', `/person/${slug}${query}`)).headers.etag));
      }
      expect(tags.size).toBe(5);
      const narrow = await call(world.api, 'GET', `/api/person/${slug}`, { headers: as('narrow') });
      expect(tags.has(String(narrow.headers.etag))).toBe(false);
      // What is shown of another record belongs to the representation.
      const before = await send('GET', `/person/${slug}?expand=country`);
      const em = world.orm.em.fork();
      await em.getConnection().execute(`update country set region = 'EU' where code = 'BE'`);
      const headers = { 'if-none-match': String(before.headers.etag) };
      const after = await send('GET', `/person/${slug}?expand=country`, undefined, headers);
      expect(after.status).toBe(200);
      expect(after.headers.etag).not.toBe(before.headers.etag);
    });
  });
}
