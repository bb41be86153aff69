import { describe, expect, it } from 'vitest';
import { call } from '../testing/index.ts';
import { chairs, inStock, overShop, refusalOf, slugsOf } from './fixtures/over-shop.ts';

overShop('filters', (shop) => {
  describe('discovery', () => {
    const discovered = async (who: string) => (await shop.send('GET', '/article/_filters', undefined, who)).body;
    const namesOf = (list: { name: string }[]) => list.map(({ name }) => name);

    it('tells of each filter what a caller needs to use it, and of none its column', async () => {
      const { filters, presets, ...rest } = await discovered('full');
      expect(rest).toEqual({ resource: 'Article', allow_custom_filters: false, max_filter_complexity: 10 });
      expect(filters.find(({ name }: { name: string }) => name === 'made_on')).toEqual({
        name: 'made_on',
        field_path: 'madeOn',
        filter_type: 'range',
        label: 'Date of making',
        description: '',
        allowed_operators: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'],
        required: false,
        is_indexed: false,
      });
      expect(filters.find(({ name }: { name: string }) => name === 'sizes')).toMatchObject({ max_values: 3 });
      expect(presets).toContainEqual({ name: 'in_stock', label: 'In stock', description: 'What can be had.' });
    });

    it('hides what is inactive, private, or asks for a scope that the caller lacks', async () => {
      const [full, plain] = [await discovered('full'), await discovered('plain')];
      expect(namesOf(full.filters)).toContain('margin');
      expect(namesOf(plain.filters)).not.toContain('margin');
      expect(namesOf(full.filters)).not.toContain('retired');
      expect(namesOf(full.presets)).toEqual(['in_stock', 'lately', 'small_or_large', 'dear']);
      expect(namesOf(plain.presets)).toEqual(['in_stock', 'lately', 'small_or_large']);
    });

    it('hides what would tell of members that the caller is not shown', async () => {
      expect(namesOf((await discovered('plain')).filters)).toContain('cost');
      expect(namesOf((await discovered('clerk')).filters)).not.toContain('cost');
    });

    it('is for who may search or read, and for nobody else', async () => {
      expect((await shop.send('GET', '/article/_filters', undefined, 'reader')).status).toBe(200);
      expect(refusalOf(await shop.send('GET', '/article/_filters', undefined, 'poor'))).toEqual([
        403,
        'insufficient_scope',
      ]);
      const bare = await call(shop.api, 'GET', '/api/article/_filters');
      expect(bare.status).toBe(401);
    });

    it('stands before records: a key of that name is no way around it', async () => {
      expect((await shop.send('GET', '/article/%5Ffilters')).body.resource).toBe('Article');
      expect((await shop.send('GET', '/article/a')).body.slug).toBe('a');
    });
  });

  describe('searches by body', () => {
    it('joins conditions by AND and OR, nested', async () => {
      expect(slugsOf(await shop.search({}))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(slugsOf(await shop.search({ filters: [chairs, inStock] }))).toEqual(['a']);
      expect(slugsOf(await shop.search({ filters: [chairs, inStock], filter_logic: 'OR' }))).toEqual([
        'a',
        'b',
        'd',
        'e',
      ]);
      const small = { field: 'size', value: 'small' };
      const nested = {
        logic: 'OR',
        conditions: [small, { logic: 'AND', conditions: [chairs, { ...small, value: 'large' }] }],
      };
      expect(slugsOf(await shop.search({ filters: [nested] }))).toEqual(['a', 'b']);
    });

    it('answers QUERY as POST, with a tag that answers 304', async () => {
      const body = { filters: [chairs] };
      const answer = await shop.send('QUERY', '/article', body);
      expect(slugsOf(answer)).toEqual(['a', 'b']);
      const { etag } = answer.headers;
      expect((await shop.send('QUERY', '/article', body, 'full', { 'if-none-match': etag })).status).toBe(304);
      expect((await shop.send('QUERY', '/article', {}, 'full', { 'if-none-match': etag })).status).toBe(200);
    });

    it('tells what QUERY takes', async () => {
      expect((await shop.send('GET', '/article?limit=1')).headers['accept-query']).toBe('application/json');
      const xml = await shop.send('QUERY', '/article', '<a/>', 'full', { 'content-type': 'application/xml' });
      expect(xml).toMatchObject({ status: 415, headers: { 'accept-query': 'application/json' } });
      expect((await shop.send('QUERY', '/article')).status).toBe(400);
      const options = await shop.send('OPTIONS', '/article');
      expect(options.headers.allow).toBe('GET, HEAD, QUERY, OPTIONS');
    });

    it('applies presets, with more conditions beside them', async () => {
      expect(slugsOf(await shop.search({ preset: 'in_stock' }))).toEqual(['a', 'd', 'e']);
      expect(slugsOf(await shop.search({ preset: 'in_stock', additional_filters: [chairs] }))).toEqual(['a']);
      expect(slugsOf(await shop.search({ preset: 'small_or_large' }))).toEqual(['a', 'b', 'd']);
      expect(slugsOf(await shop.search({ preset: 'lately' }))).toEqual([]);
      // The preset takes the place of `filters`, which must be right all the same.
      expect(slugsOf(await shop.search({ preset: 'in_stock', filters: [{ ...inStock, operator: 'lt' }] }))).toEqual([
        'a',
        'd',
        'e',
      ]);
      expect(refusalOf(await shop.search({ preset: 'in_stock', filters: [{ field: 'x', value: 1 }] }))).toEqual([
        400,
        'filter_unknown',
      ]);
      // Without a preset they narrow all the same.
      expect(slugsOf(await shop.search({ additional_filters: [chairs] }))).toEqual(['a', 'b']);
    });

    it('sorts by filters that say so, and by what the resource sorts by', async () => {
      const sorted = async (sort: object[], who?: string) => slugsOf(await shop.search({ sort }, who));
      expect(await sorted([{ field: 'stock', direction: 'desc' }, { field: 'name' }])).toEqual([
        'd',
        'a',
        'e',
        'f',
        'b',
        'c',
      ]);
      expect(await sorted([{ field: 'price' }])).toEqual(['b', 'a', 'd', 'c', 'e', 'f']);
      expect((await sorted([{ field: 'cost' }])).slice(0, 2)).toEqual(['a', 'c']);
      for (const [field, who] of [
        ['id', 'full'],
        ['madeOn', 'full'],
        ['__proto__', 'full'],
        ['cost', 'clerk'],
      ] as const) {
        const answer = await shop.search({ sort: [{ field }] }, who);
        expect([field, ...refusalOf(answer)]).toEqual([field, 400, 'sort_field_unknown']);
      }
      expect((await shop.search({ sort: [{ field: 'name', direction: 'up' }] })).status).toBe(422);
    });

    it('pages by the body, and by the links with the same body', async () => {
      const body = { filters: [{ field: 'stock', operator: 'gte', value: 0 }], pagination: { count: 2 } };
      let answer = await shop.send('POST', '/article/_search?fields=name', body);
      const seen = slugsOf({
        ...answer,
        body: { data: answer.body.data.map(({ name }: { name: string }) => ({ slug: name })) },
      });
      expect(answer.body).toMatchObject({ total: 5, next: '/api/article/_search?fields=name&limit=2&offset=2' });
      while (answer.body.next !== undefined) {
        answer = await shop.send('POST', answer.body.next.replace('/api', ''), body);
        seen.push(...answer.body.data.map(({ name }: { name: string }) => name));
      }
      expect(seen).toEqual(['Chair', 'chair, low', 'Secret drawer', "O'Brien\\s; DROP TABLE article; --", '']);
      expect(slugsOf(await shop.send('POST', '/article/_search', { pagination: { count: 1, offset: 4 } }))).toEqual([
        'e',
      ]);
      expect((await shop.send('QUERY', '/article', { pagination: { count: 1 } })).body.next).toBe(
        '/api/article?limit=1&offset=1',
      );
      for (const pagination of [{ count: 0 }, { count: 51 }, { offset: -1 }, { count: '1' }]) {
        expect(refusalOf(await shop.search({ pagination }))).toEqual([422, 'invalid_body']);
      }
    });

    it('goes on by cursors in the order of the address only', async () => {
      const first = await shop.send('POST', '/article/_search?cursor=*&limit=2', { filters: [inStock] });
      expect(slugsOf(first)).toEqual(['a', 'd']);
      expect(slugsOf(await shop.send('POST', first.body.next.replace('/api', ''), { filters: [inStock] }))).toEqual([
        'e',
      ]);
      const other = await shop.send('POST', '/article/_search?cursor=*', { sort: [{ field: 'stock' }] });
      expect(refusalOf(other)).toEqual([400, 'invalid_parameter']);
    });

    it('keeps to the rules of the search: domain, fields, masks, the parameters of the address', async () => {
      expect(slugsOf(await shop.search({ filters: [{ field: 'exactly', value: 'Out of bounds' }] }))).toEqual([]);
      expect((await shop.search({ filters: [inStock] }, 'clerk')).body.data[0]).not.toHaveProperty('cost');
      expect(slugsOf(await shop.send('POST', '/article/_search?name=low', { filters: [chairs] }))).toEqual(['b']);
      const selected = await shop.send('POST', '/article/_search?fields=stock&limit=1', {});
      expect(selected.body.data).toEqual([{ stock: 3 }]);
      expect(refusalOf(await shop.search({}, 'poor'))).toEqual([403, 'insufficient_scope']);
      expect(refusalOf(await shop.send('QUERY', '/article', {}, 'reader'))).toEqual([403, 'insufficient_scope']);
    });

    it('finds no record by what is hidden of it, whatever the operator', async () => {
      const withNote = { field: 'has_note', operator: 'null', value: false };
      const behind = { field: 'note', operator: 'ilike', value: 'behind' };
      expect(slugsOf(await shop.search({ filters: [withNote] }))).toContain('d');
      for (const filters of [
        [withNote],
        [behind],
        [{ ...withNote, value: true }],
        [{ logic: 'OR', conditions: [behind, chairs] }],
      ]) {
        expect(slugsOf(await shop.search({ filters }, 'masked'))).not.toContain('d');
      }
      expect(slugsOf(await shop.search({}, 'masked'))).toContain('d');
      expect(slugsOf(await shop.search({ filters: [{ field: 'size', value: 'large' }] }, 'masked'))).toContain('d');
    });
  });
});
