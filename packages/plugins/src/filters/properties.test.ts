import fc from 'fast-check';
import { it } from 'vitest';
import { holds, type Node } from './fixtures/evaluate.ts';
import { overShop, slugsOf } from './fixtures/over-shop.ts';
import { rows } from './fixtures/shop.ts';

const leaf = (field: string, operators: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom(...operators), value });
const text = fc.oneof(
  fc.constantFrom('chair', 'a', '%', '_', '\\', "'", 'A_B', '100%', ' '),
  fc.string({ unit: 'grapheme-ascii', maxLength: 4 }),
);
const range = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const;
const few = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 });
const days = fc.constantFrom('2019-12-31', '2020-01-31', '2020-02-01', '2020-02-29');

const leaves = fc.oneof(
  leaf('name', ['like', 'ilike'], text),
  leaf('note', ['ilike'], text),
  leaf('exactly', ['eq', 'ne'], text),
  leaf('size', ['eq', 'ne'], fc.constantFrom('small', 'large')),
  leaf('sizes', ['in'], few(fc.constantFrom('small', 'large'))),
  leaf('not_sizes', ['nin'], few(fc.constantFrom('small', 'large'))),
  leaf('stock', range, fc.integer({ min: -3, max: 8 })),
  leaf(
    'price',
    range,
    fc.integer({ min: 900, max: 1100 }).map((cents) => cents / 100),
  ),
  leaf('active', ['eq'], fc.boolean()),
  leaf('has_note', ['null'], fc.boolean()),
  leaf('made_on', range, days),
  leaf('maker', ['eq', 'ne'], fc.constantFrom('ACME', 'ZEN', 'NONE')),
  leaf('label', ['in'], few(fc.constantFrom('new', 'wood', 'old'))),
  leaf('unlabelled', ['null'], fc.boolean()),
  leaf('starts', ['eq'], text),
);

/** Conditions that stay within ten comparisons and three levels of groups. */
const node: fc.Arbitrary<Node> = fc.letrec<{ node: Node; leaf: Node; group: Node }>((tie) => ({
  leaf: leaves,
  group: fc.record({
    logic: fc.constantFrom('AND' as const, 'OR' as const),
    conditions: fc.array(tie('node'), { minLength: 1, maxLength: 2 }),
  }),
  node: fc.oneof({ maxDepth: 2 }, tie('leaf'), tie('group')),
})).node;

overShop('any conditions', (shop) => {
  it('find the articles that plain JavaScript finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(node, { maxLength: 2 }),
        fc.constantFrom('AND' as const, 'OR' as const),
        async (filters, logic) => {
          const answer = await shop.search({ filters, filter_logic: logic });
          const whole: Node = { logic, conditions: filters };
          const expected = filters.length === 0 ? rows : rows.filter((row) => holds(whole, row));
          const found = slugsOf(answer);
          return answer.body.total === expected.length && found.join() === expected.map(({ slug }) => slug).join();
        },
      ),
      { numRuns: 150, seed: 15 },
    );
  });
});
