import { allOf } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../fixtures/over-api.ts';
import { call } from '../testing/index.ts';
import { chairs, inStock, overShop, refusalOf, slugsOf } from './fixtures/over-shop.ts';
import { articleFilters, articles, as, makers, shopOver } from './fixtures/shop.ts';
import type { FilterDeclaration, SearchFormat } from './index.ts';

overShop('filters with options', (shop) => {
  describe('in addresses', () => {
    it('narrow a search, each by itself, and are carried into links', async () => {
      expect(slugsOf(await shop.send('GET', '/article?limit=50&stock[gt]=0&name[like]=Chair'))).toEqual(['a']);
      expect(slugsOf(await shop.send('GET', '/article?stock%5Bgte%5D=0&stock%5Blt%5D=4&limit=50'))).toEqual([
        'a',
        'b',
        'e',
        'f',
      ]);
      expect(slugsOf(await shop.send('GET', '/article?sizes[in]=small,large&limit=50'))).toEqual(['a', 'b', 'd']);
      const answer = await shop.send('GET', '/article?stock[gt]=0&limit=1');
      expect(answer.body.next).toBe('/api/article?stock%5Bgt%5D=0&limit=1&offset=1');
      expect(slugsOf(await shop.send('GET', answer.body.next.replace('/api', '')))).toEqual(['d']);
    });

    it('join the conditions of a body', async () => {
      expect(slugsOf(await shop.send('QUERY', '/article?stock[gt]=0', { filters: [chairs] }))).toEqual(['a']);
      expect(slugsOf(await shop.send('POST', '/article/_search?stock[gt]=0', { filters: [chairs] }))).toEqual(['a']);
    });

    it('are checked as those of bodies are', async () => {
      for (const [query, expected] of [
        ['stock[gt]=many', 'malformed_filter'],
        ['made_on[gte]=1990-02-30', 'malformed_filter'],
        ['stock[gt]=', 'malformed_filter'],
        ['sizes[in]=small,medium', 'malformed_filter'],
        ['sizes[in]=small,large,small,large', 'filter_too_many_values'],
        [Array.from({ length: 11 }, () => 'stock[gt]=0').join('&'), 'filter_too_complex'],
      ] as const) {
        expect([query, ...refusalOf(await shop.send('GET', `/article?${query}`))]).toEqual([query, 400, expected]);
      }
      expect(refusalOf(await shop.send('GET', '/article?cost[gt]=1', undefined, 'clerk'))).toEqual([
        400,
        'filter_unknown',
      ]);
      expect(refusalOf(await shop.send('GET', '/article?retired[eq]=a'))).toEqual([400, 'filter_unknown']);
    });

    it('of bodies are ignored where unknown members are, and refused elsewhere', async () => {
      const lenient = await shopOver(shop.database, {}, { strictness: { unknownProperties: 'ignore' } });
      const search = async (body: object) =>
        refusalOf((await call(lenient, 'POST', '/api/article/_search', { headers: as('full'), body })) as Answer);
      expect((await search({ filters: [chairs] }))[0]).toBe(200);
      for (const body of [
        { filter: [chairs] },
        { filterLogic: 'OR' },
        { pagination: { limit: 1 } },
        { sort: [{ field: 'name', order: 'desc' }] },
      ]) {
        expect((await search(body))[0]).toBe(200);
        expect(refusalOf(await shop.search(body))).toEqual([422, 'invalid_body']);
      }
      await lenient.close();
    });

    it('are refused where unknown parameters are ignored, too', async () => {
      const lenient = await shopOver(shop.database, {}, { strictness: { unknownParameters: 'ignore' } });
      const code = async (query: string) =>
        refusalOf((await call(lenient, 'GET', `/api/article?${query}`, { headers: as('full') })) as Answer);
      expect(await code('shape[eq]=round')).toEqual([400, 'filter_unknown']);
      expect(await code('stock[between]=1')).toEqual([400, 'filter_operator_not_allowed']);
      expect((await code('stock=1'))[0]).toBe(200);
      await lenient.close();
      expect(refusalOf(await shop.send('GET', '/article?shape[eq]=round'))).toEqual([400, 'invalid_parameter']);
    });
  });

  describe('options', () => {
    it('a searchset, with the links of a Bundle', async () => {
      const other = await shopOver(shop.database, { format: 'searchset' });
      const request = { headers: as('full'), body: { filters: [inStock] } };
      const answer = (await call(other, 'POST', '/api/article/_search?limit=1&offset=1', request)) as Answer;
      expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 3 });
      expect(answer.body.entry).toHaveLength(1);
      expect(answer.body.entry[0]).toMatchObject({ resource: { slug: 'd' }, search: { mode: 'match', score: 1 } });
      expect(answer.body.entry[0].resource).not.toHaveProperty('madeOn');
      expect(answer.body.link).toEqual([
        { relation: 'self', url: '/api/article/_search?limit=1&offset=1' },
        { relation: 'next', url: '/api/article/_search?limit=1&offset=2' },
        { relation: 'previous', url: '/api/article/_search?limit=1&offset=0' },
      ]);
      await other.close();
    });

    it('required filters and defaults hold for searches by body', async () => {
      const resources = {
        article: {
          filters: {
            name: { type: 'contains', property: 'name', required: true },
            stock: { type: 'range', operators: ['gte'], property: 'stock', default: 1 },
          },
        },
      } as const;
      const other = await shopOver(shop.database, { resources });
      const ask = async (body: object) =>
        (await call(other, 'POST', '/api/article/_search', { headers: as('full'), body })) as Answer;
      expect(refusalOf(await ask({}))).toEqual([400, 'malformed_filter']);
      expect(slugsOf(await ask({ filters: [chairs] }))).toEqual(['a']);
      expect(slugsOf(await ask({ filters: [chairs, { field: 'stock', operator: 'gte', value: 0 }] }))).toEqual([
        'a',
        'b',
      ]);
      expect(((await call(other, 'GET', '/api/article', { headers: as('full') })) as Answer).body.total).toBe(6);
      await other.close();
    });

    it('a default is that of callers who have the filter', async () => {
      const margin = { ...articleFilters.filters.margin, default: 6, operators: ['gt'] } as FilterDeclaration;
      const other = await shopOver(shop.database, { resources: { article: { filters: { margin } } } });
      const found = async (who: string) => {
        const request = { headers: as(who), body: { pagination: { count: 50 } } };
        return slugsOf((await call(other, 'POST', '/api/article/_search', request)) as Answer);
      };
      expect(await found('full')).toEqual(['c']);
      expect(await found('plain')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      await other.close();
    });

    it('a format of your own, and nulls as it wants them', async () => {
      const format: SearchFormat = {
        nulls: 'omit',
        page: ({ items, offset }) => ({ rows: items, from: offset }),
        schema: (item) => ({
          type: 'object',
          properties: { rows: { type: 'array', items: item }, from: { type: 'integer' } },
          required: ['rows', 'from'],
          additionalProperties: false,
        }),
      };
      const other = await shopOver(shop.database, { format });
      const request = { headers: as('full'), body: { pagination: { count: 1, offset: 4 } } };
      const { body } = (await call(other, 'QUERY', '/api/article', request)) as Answer;
      expect(body.from).toBe(4);
      expect(Object.keys(body.rows[0])).toEqual(['slug', 'name', 'stock']);
      await other.close();
    });

    it('discovery asks for what the operations ask for', async () => {
      const searched = (operations: object) => ({ ...articles, operations }) as typeof articles;
      const status = async (operations: object, headers: Record<string, string>) => {
        const other = await shopOver(shop.database, {}, { resources: [makers, searched(operations)] });
        const answer = await call(other, 'GET', '/api/article/_filters', { headers });
        await other.close();
        return answer.status;
      };
      expect(await status({ search: { scope: 'public' }, read: true }, {})).toBe(200);
      expect(await status({ search: true }, as('reader'))).toBe(403);
      expect(await status({ search: true, read: { scope: ['article:read', 'x'] } }, as('reader'))).toBe(200);
      const both = allOf('article:read', 'article:margin');
      expect(await status({ search: { scope: both }, read: false }, as('full'))).toBe(200);
      expect(await status({ search: { scope: both }, read: { scope: both } }, as('plain'))).toBe(403);
    });

    it('custom filters are the fields that domains may name', async () => {
      const other = await shopOver(shop.database, { resources: { article: { filters: {}, allowCustom: true } } });
      const ask = async (filter: object, who = 'full') =>
        (await call(other, 'POST', '/api/article/_search', {
          headers: as(who),
          body: { filters: [filter] },
        })) as Answer;
      expect(slugsOf(await ask({ field: 'stock', operator: 'gt', value: 3 }))).toEqual(['d']);
      expect(slugsOf(await ask({ field: 'note', operator: 'null', value: true }))).toEqual(['e']);
      expect(slugsOf(await ask({ field: 'note', operator: 'ilike', value: 'A_' }))).toEqual(['b']);
      expect(slugsOf(await ask({ field: 'note', operator: 'ilike', value: 'behind' }, 'masked'))).toEqual([]);
      for (const field of ['price', 'secret', 'slug', 'token', 'maker.name', 'a.b.c.d.e.f.g.h.i', '']) {
        expect([field, ...refusalOf(await ask({ field, value: 'a' }))]).toEqual([field, 400, 'filter_unknown']);
      }
      expect(refusalOf(await ask({ field: 'stock', operator: 'ilike', value: '1' }))).toEqual([
        400,
        'filter_operator_not_allowed',
      ]);
      await other.close();
    });

    it('errors in words of the API', async () => {
      const errors = {
        filter_unknown: ({ facts }: { facts: object }) => ({ code: 'no_filter', detail: JSON.stringify(facts) }),
      };
      const other = await shopOver(shop.database, { errors });
      const answer = (await call(other, 'GET', '/api/article?retired[eq]=a', { headers: as('full') })) as Answer;
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'no_filter',
        detail: '{"filter":"\\"retired\\"","resource":"Article"}',
      });
      await other.close();
    });
  });
});
