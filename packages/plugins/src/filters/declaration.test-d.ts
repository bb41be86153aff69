import { describe, expectTypeOf, it } from 'vitest';
import { Article } from './fixtures/shop.ts';
import { filtersOf, type PropertyPath } from './index.ts';

describe('filtersOf', () => {
  it('knows the columns of an entity and of its relations', () => {
    expectTypeOf<'name'>().toExtend<PropertyPath<Article>>();
    expectTypeOf<'maker.code'>().toExtend<PropertyPath<Article>>();
    expectTypeOf<'labels.text'>().toExtend<PropertyPath<Article>>();
    expectTypeOf<'maker'>().not.toExtend<PropertyPath<Article>>();
    expectTypeOf<'maker.nothing'>().not.toExtend<PropertyPath<Article>>();
    expectTypeOf<'nothing'>().not.toExtend<PropertyPath<Article>>();
  });

  it('does not compile for what is not there', () => {
    filtersOf(Article, {
      filters: {
        name: { type: 'contains', property: 'name' },
        // @ts-expect-error there is no such property
        wrong: { type: 'exact', property: 'nme' },
        // @ts-expect-error there is no such type
        type: { type: 'like', property: 'name' },
        // @ts-expect-error what `matches` tells of must be said
        silent: { type: 'exact', matches: () => ({ kind: 'constant', value: true }) },
      },
      presets: {
        good: { conditions: [{ field: 'name', operator: 'like', value: 'a' }] },
        // @ts-expect-error there is no such filter
        bad: { conditions: [{ field: 'nme', operator: 'like', value: 'a' }] },
        // @ts-expect-error a preset needs a condition
        empty: { conditions: [] },
      },
    });
  });
});
