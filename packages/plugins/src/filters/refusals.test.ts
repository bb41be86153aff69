import { describe, expect, it } from 'vitest';
import { chairs, inStock, overShop, refusalOf, slugsOf } from './fixtures/over-shop.ts';

overShop('filters that are refused', (shop) => {
  describe('refuses', () => {
    const code = async (body: unknown, who?: string) => refusalOf(await shop.search(body, who));

    it('filters that are not there and filters that are not for the caller in the same words', async () => {
      for (const [field, who] of [
        ['margin', 'plain'],
        ['cost', 'clerk'],
        ['retired', 'full'],
        ['nothing', 'full'],
        ['id', 'full'],
        ['__proto__', 'full'],
        ['constructor', 'full'],
        ['toString', 'full'],
      ] as const) {
        const answer = await shop.search({ filters: [{ field, value: 1 }] }, who);
        expect(answer.body).toMatchObject({
          status: 400,
          code: 'filter_unknown',
          detail: `Article has no filter "${field}".`,
        });
      }
      const long = await shop.search({ filters: [{ field: 'x'.repeat(1000), value: 1 }] });
      expect(long.body.detail.length).toBeLessThan(120);
    });

    it('operators that the filter does not have', async () => {
      const answer = await shop.search({ filters: [{ field: 'note', operator: 'like', value: 'a' }] });
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'filter_operator_not_allowed',
        detail: 'The filter "note" takes ilike, not "like".',
      });
      for (const operator of ['eq', '=', 'constructor', 'not in', '']) {
        expect(await code({ filters: [{ field: 'name', operator, value: 'a' }] })).toEqual([
          400,
          'filter_operator_not_allowed',
        ]);
      }
    });

    it('presets that are not there, private ones and those of filters that are not for the caller', async () => {
      for (const [preset, who] of [
        ['nothing', 'full'],
        ['hidden', 'full'],
        ['dear', 'plain'],
        ['__proto__', 'full'],
      ] as const) {
        expect(await code({ preset }, who)).toEqual([400, 'preset_unknown']);
      }
      expect((await shop.search({ preset: 'dear' })).status).toBe(200);
    });

    it('lists of too many values', async () => {
      const list = (value: unknown) => ({ filters: [{ field: 'sizes', operator: 'in', value }] });
      const answer = await shop.search(list(['small', 'large', 'small', 'large']));
      expect(answer.body).toMatchObject({ status: 400, code: 'filter_too_many_values' });
      expect(answer.body.detail).toContain('4 values');
      expect(await code(list('small,large,small,large'))).toEqual([400, 'filter_too_many_values']);
      const numbers = Array.from({ length: 101 }, (_, index) => index);
      expect(await code({ filters: [{ field: 'stocks', operator: 'in', value: numbers }] })).toEqual([
        400,
        'filter_too_many_values',
      ]);
      expect(
        slugsOf(await shop.search({ filters: [{ field: 'stocks', operator: 'in', value: numbers.slice(1) }] })),
      ).toEqual(['a', 'd', 'e']);
    });

    it('more conditions than it may have, wherever they stand', async () => {
      const many = (count: number) => Array.from({ length: count }, () => inStock);
      expect((await shop.search({ filters: many(10) })).status).toBe(200);
      const answer = await shop.search({ filters: many(11) });
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'filter_too_complex',
        detail: 'The search has 11 conditions; 10 are the most.',
      });
      expect(await code({ preset: 'in_stock', filters: many(6), additional_filters: many(5) })).toEqual([
        400,
        'filter_too_complex',
      ]);
      expect(await code({ filters: [{ logic: 'OR', conditions: many(11) }] })).toEqual([400, 'filter_too_complex']);
      expect(await code({ filters: many(3000) })).toEqual([400, 'filter_too_complex']);
    });

    it('groups that are nested too deep', async () => {
      const nest = (depth: number): object => (depth === 0 ? inStock : { logic: 'AND', conditions: [nest(depth - 1)] });
      expect((await shop.search({ filters: [nest(5)] })).status).toBe(200);
      expect(await code({ filters: [nest(6)] })).toEqual([400, 'filter_too_complex']);
      expect(await code({ filters: [nest(12)] })).toEqual([400, 'filter_too_complex']);
      expect(await code({ filters: [nest(2000)] })).toEqual([400, 'malformed_body']);
    });

    it('conditions that are not shaped as such', async () => {
      const cases: [unknown, string][] = [
        [1, '/filters/0'],
        [null, '/filters/0'],
        [[], '/filters/0'],
        [{}, '/filters/0/field'],
        [{ field: 1, value: 1 }, '/filters/0/field'],
        [{ field: 'name' }, '/filters/0/value'],
        [{ field: 'name', value: 'a', operator: 1 }, '/filters/0/operator'],
        [{ ...chairs, not: true }, '/filters/0/not'],
        [{ logic: 'AND', conditions: [] }, '/filters/0/conditions'],
        [{ logic: 'AND' }, '/filters/0/conditions'],
        [{ logic: 'AND', conditions: chairs }, '/filters/0/conditions'],
        [{ conditions: [chairs] }, '/filters/0/logic'],
        [{ logic: 'NOT', conditions: [chairs] }, '/filters/0/logic'],
        [{ logic: 'OR', conditions: [chairs], field: 'name' }, '/filters/0/field'],
        [{ logic: 'OR', conditions: [chairs, { field: 'name' }] }, '/filters/0/conditions/1/value'],
      ];
      for (const [filter, pointer] of cases) {
        const { status, body } = await shop.search({ filters: [filter] });
        expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([422, 'invalid_body', pointer]);
      }
      for (const body of [
        { filters: {} },
        { filters: 'a' },
        { filter_logic: 'and' },
        { preset: 1 },
        { filter: [] },
        { sort: [{}] },
        [],
      ]) {
        expect(await code(body)).toEqual([422, 'invalid_body']);
      }
    });
  });
});
