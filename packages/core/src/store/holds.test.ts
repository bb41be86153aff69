import { defineEntity, p } from '@mikro-orm/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdsFor } from '../query/evaluate.ts';
import { where } from '../query/where.ts';
import { testCall } from './fixtures/call.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel } from './model.ts';
import { Selection } from './selection.ts';
import type { Store } from './store.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const Box = defineEntity({
  name: 'Box',
  properties: {
    id: p.integer().primary(),
    extra: p.json<unknown>().nullable(),
    plain: p.json<unknown>().columnType('json').nullable(),
  },
});

/** Few names and values, so that they meet; at the top an object, as columns of JSON hold them here. */
const { json } = fc.letrec((tie) => ({
  leaf: fc.constantFrom(0, 1, '1', 'a"b', "o'c", true, false, null),
  list: fc.array(tie('json'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c d'), tie('json'), { maxKeys: 2 }),
  json: fc.oneof({ maxDepth: 3, depthSize: 'small' }, tie('leaf'), tie('list'), tie('object')),
}));
const object = fc.dictionary(fc.constantFrom('a', 'b'), json, { maxKeys: 2 });

describe.each(testDatabases())('what JSON holds, on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let store: Store;
  let model: EntityModel;
  beforeAll(async () => {
    database = await open([Box]);
    store = createStore(database.orm);
    model = store.models.get('Box') as EntityModel;
  });
  afterAll(() => database.close());

  it('is in SQL what it is in JavaScript', async () => {
    const on = where<{ extra: unknown; plain: unknown }>(model);
    const question = fc.tuple(
      fc.array(fc.option(object), { minLength: 1, maxLength: 8 }),
      fc.array(object, { minLength: 5, maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(question, async ([rows, asked]) => {
        const em = database.orm.em.fork();
        await em.nativeDelete(Box, {});
        for (const [id, extra] of rows.entries()) em.create(Box, { id: id + 1, extra, plain: extra });
        await em.flush();
        for (const value of asked) {
          for (const name of ['extra', 'plain'] as const) {
            for (const condition of [on.holds(name, value), on.not(on.holds(name, value))]) {
              const selection = new Selection(model);
              const id = selection.column(model.primaryKey);
              const found = await store.read({ selection, where: condition, order: [] }, testCall());
              const expected = rows.flatMap((extra, index) =>
                holdsFor(condition, { id: index + 1, extra, plain: extra }) ? [index + 1] : [],
              );
              expect(found.rows.map(id), JSON.stringify([name, condition.kind, value, rows])).toEqual(expected);
            }
          }
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});
