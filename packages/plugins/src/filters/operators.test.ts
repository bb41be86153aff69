import { describe, expect, it } from 'vitest';
import { holds, type Leaf } from './fixtures/evaluate.ts';
import { overShop, refusalOf, slugsOf } from './fixtures/over-shop.ts';
import { articleFilters, rows } from './fixtures/shop.ts';
import { operatorsOf } from './operators.ts';

/** Values to compare each filter with, present and absent ones. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  name: ['chair', 'Chair', 'C', '%', '_', '\\', "'", ';', '', ' ', 'é', "' OR 1=1 --"],
  exactly: ['Chair', 'chair', 'Chair%', "O'Brien\\s; DROP TABLE article; --", ''],
  note: ['100%', '%', '_', 'a_b', 'A_B', '', 'OAK', '\\%'],
  size: ['small', 'large'],
  sizes: [['small'], ['small', 'large'], ['large', 'large']],
  not_sizes: [['small'], ['small', 'large']],
  price: [10.5, '10.50', 9.99, -1, 0, '99999999.99'],
  stock: [3, 0, -2, -3, 2147483647],
  stocks: [[3], [0, 7], [100]],
  not_stocks: [[3], [0, 7], [100]],
  active: [true, false],
  made_on: ['2020-01-31', '2020-02-29', '0001-01-01', '9999-12-31'],
  has_note: [true, false],
  sold_at: ['2021-03-01', '2021-03-01T08:00:00Z', '2021-03-01T10:00:00+02:00', '2021-03-01T08:00:00.001Z'],
  maker: ['ACME', 'ZEN', 'acme', 'NONE'],
  label: [['new'], ['new', 'wood'], ['old']],
  unlabelled: [true, false],
  cost: [5, 9, 0],
  margin: [5],
  starts: ['Ch', '', '%'],
};

const active = Object.entries(articleFilters.filters).filter(([, { active = true }]) => active);
const cases: readonly Leaf[] = active.flatMap(([field, { type, operators = operatorsOf[type] }]) =>
  operators.flatMap((operator) => (values[field] ?? []).map((value) => ({ field, operator, value }))),
);

overShop('operators of filters', (shop) => {
  const found = async (filter: Leaf) => slugsOf(await shop.search({ filters: [filter] }));

  it('has a value for every filter and operator', () => {
    expect(active.map(([field]) => field)).toEqual(Object.keys(values));
    const used = new Set(cases.map(({ operator }) => operator));
    expect(used).toEqual(new Set(Object.values(operatorsOf).flat()));
  });

  it('mean in the database what they mean in JavaScript', async () => {
    for (const filter of cases) {
      const expected = rows.filter((row) => holds(filter, row)).map(({ slug }) => slug);
      expect([filter, await found(filter)]).toEqual([filter, expected]);
    }
  });

  it('mean the same in an address', async () => {
    for (const { field, operator, value } of cases) {
      const query = new URLSearchParams({ limit: '50', [`${field}[${operator}]`]: String(value) });
      const expected = rows.filter((row) => holds({ field, operator, value }, row)).map(({ slug }) => slug);
      expect([field, operator, value, slugsOf(await shop.send('GET', `/article?${query}`))]).toEqual([
        field,
        operator,
        value,
        expected,
      ]);
    }
  });

  it('read lists of texts, and true and false, as people write them', async () => {
    for (const value of ['small,large', 'small , large']) {
      expect(await found({ field: 'sizes', operator: 'in', value })).toEqual(['a', 'b', 'd']);
    }
    expect(await found({ field: 'stocks', operator: 'in', value: '3,7' })).toEqual(['a', 'd', 'e']);
    for (const value of [true, 1, '1', 'true', 'TRUE', 'yes']) {
      expect(await found({ field: 'active', operator: 'eq', value })).toEqual(['a', 'c']);
    }
    for (const value of [false, 0, '0', 'false', 'no']) {
      expect(await found({ field: 'has_note', operator: 'null', value })).toEqual(['a', 'b', 'c', 'd', 'f']);
    }
  });

  describe('refuse values that are none of the filter', () => {
    it.each<[string, string, unknown]>([
      ['name', 'ilike', 1],
      ['name', 'ilike', null],
      ['name', 'ilike', ['a']],
      ['name', 'ilike', { a: 1 }],
      ['name', 'ilike', 'a'.repeat(1001)],
      ['exactly', 'eq', true],
      ['size', 'eq', 'medium'],
      ['size', 'ne', 'medium'],
      ['sizes', 'in', []],
      ['sizes', 'in', ''],
      ['sizes', 'in', 1],
      ['sizes', 'in', { 0: 'small' }],
      ['sizes', 'in', ['small', 'medium']],
      ['sizes', 'in', [['small']]],
      ['not_sizes', 'nin', []],
      ['stocks', 'in', '1,two'],
      ['price', 'gt', 'dear'],
      ['price', 'gt', '1e5'],
      ['stock', 'gt', '3'],
      ['stock', 'gt', 1.5],
      ['stock', 'gt', 2 ** 31],
      ['active', 'eq', 'maybe'],
      ['active', 'eq', null],
      ['active', 'eq', 2],
      ['has_note', 'null', ''],
      ['has_note', 'null', null],
      ['made_on', 'eq', '2020-02-30'],
      ['made_on', 'eq', '2020'],
      ['made_on', 'eq', 20200131],
      ['sold_at', 'gt', 'yesterday'],
      ['starts', 'eq', 5],
    ])('%s %s %j', async (field, operator, value) => {
      const answer = await shop.search({ filters: [{ field, operator, value }] });
      expect(refusalOf(answer)).toEqual([400, 'malformed_filter']);
      expect(answer.body.detail).toMatch(new RegExp(`^The filter "${field}" takes `));
    });
  });
});
