import type { EntityManager } from '@mikro-orm/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { everything } from '../query/condition.ts';
import { testCall } from './fixtures/call.ts';
import { Partner, world } from './fixtures/world.ts';
import { createStore } from './mikro-orm-store.ts';
import { Selection } from './selection.ts';
import type { Store, Unit } from './store.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const call = testCall();

describe.each(testDatabases())('units in units on $name', ({ name: databaseName, open }) => {
  let database: OpenTestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await open(world);
    store = createStore(database.orm);
  });
  afterAll(() => database?.close());
  beforeEach(() =>
    database.orm.em.getConnection().executeDump('truncate country, city, tag, partner, partner_tags cascade'),
  );

  const partner = (em: EntityManager, id: number, more: object = {}) =>
    em.create(Partner, { id, name: `P${id}`, ...more } as never);
  const names = async (): Promise<string[]> =>
    (await database.orm.em.fork().find(Partner, {}, { orderBy: { id: 'asc' } })).map(({ name }) => String(name));
  const read = async (unit: Unit) => {
    const model = store.models.get('Partner');
    if (model === undefined) throw new Error('Partner');
    const selection = new Selection(model);
    selection.column(model.primaryKey);
    return (await unit.read({ selection, where: everything, order: [] }, call)).rows.map(([id]) => id);
  };

  it('are undone by themselves when the database refuses something, and the rest goes on', async () => {
    const faults: unknown[] = [];
    await store.unit(async (unit) => {
      partner(unit.em, 1);
      for (const id of [1, 2, 1, 3]) {
        await unit
          .nest(async ({ em }) => {
            partner(em, id + 10);
            await em.flush();
            partner(em, id);
          })
          .catch((error: unknown) => faults.push(error));
      }
      expect(await read(unit)).toEqual([1, 2, 3, 12, 13]);
    });
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatchObject({ code: 'duplicate' });
    expect(await names()).toEqual(['P1', 'P2', 'P3', 'P12', 'P13']);
  });

  it('leave nothing behind that is sent later, and hold nothing that was loaded before', async () => {
    await store.unit(async (unit) => {
      const loaded = partner(unit.em, 1);
      await expect(
        unit.nest(async ({ em }) => {
          partner(em, 2);
          throw new SallyportError('rule_broken');
        }),
      ).rejects.toMatchObject({ code: 'rule_broken' });
      await unit.nest(async ({ em }) => {
        const own = await em.findOneOrFail(Partner, 1);
        expect(own).not.toBe(loaded);
        own.name = 'renamed';
      });
      await unit.nest(async ({ em }) => {
        expect(await em.findOneOrFail(Partner, 1)).toMatchObject({ name: 'renamed' });
      });
    });
    expect(await names()).toEqual(['renamed']);
  });

  it('nest in each other', async () => {
    await store.unit((unit) =>
      unit.nest(async (middle) => {
        partner(middle.em, 1);
        await middle
          .nest(async (inner) => {
            partner(inner.em, 2);
            await inner.em.flush();
            throw new SallyportError('rule_broken');
          })
          .catch(() => {});
        await middle.nest(async (inner) => void partner(inner.em, 3));
        expect(await read(middle)).toEqual([1, 3]);
      }),
    );
    expect(await names()).toEqual(['P1', 'P3']);
  });

  it('may run work in their own savepoint: it goes when that fails, and they go on', async () => {
    await store.unit((unit) =>
      unit.nest(async (middle) => {
        const refused = middle.only(async (inner) => {
          partner(inner.em, 1);
          await inner.nest(async (below) => void partner(below.em, 2));
          inner.afterCommit(() => expect.unreachable());
          partner(inner.em, 2);
        });
        await expect(refused).rejects.toMatchObject({ code: 'duplicate' });
        expect(await read(middle)).toEqual([]);
        await middle.only(async (inner) => void partner(inner.em, 3));
      }),
    );
    expect(await names()).toEqual(['P3']);
  });

  it('run their effects after the commit of the whole, those of the undone never', async () => {
    const told: string[] = [];
    const effects = (unit: Unit, name: string) =>
      unit.afterCommit(async () => void told.push(`${name} ${await names()}`));
    await store.unit(async (unit) => {
      effects(unit, 'outer');
      await unit.nest(async (inner) => {
        partner(inner.em, 1);
        effects(inner, 'inner');
      });
      await unit
        .nest(async (inner) => {
          effects(inner, 'undone');
          throw new SallyportError('rule_broken');
        })
        .catch(() => {});
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['outer P1', 'inner P1']);
    const whole = store.unit(async (unit) => {
      await unit.nest(async (inner) => effects(inner, 'rolled back'));
      throw new SallyportError('rule_broken');
    });
    await expect(whole).rejects.toMatchObject({ code: 'rule_broken' });
    expect(told).toHaveLength(2);
  });

  it('take the whole with them when the database asks to run it again, whoever has caught that', async () => {
    let attempts = 0;
    const wrapped: unknown[] = [];
    const answer = await store.unit(async (unit) => {
      attempts += 1;
      partner(unit.em, attempts);
      await unit
        .nest(async () => {
          if (attempts < 3) throw Object.assign(new Error('could not serialize'), { code: '40001' });
        })
        .catch((error: unknown) => wrapped.push(error));
      expect(unit.lost).toBe(attempts < 3);
      return attempts;
    });
    expect([answer, attempts, wrapped.length]).toEqual([3, 3, 2]);
    expect(await names()).toEqual(['P3']);
  });

  it('come one after the other', async () => {
    const refusal = await store.unit(async (unit) => {
      const [one, other] = await Promise.allSettled([
        unit.nest(async ({ em }) => void partner(em, 1)),
        unit.nest(async ({ em }) => void partner(em, 2)),
      ]);
      expect(one.status).toBe('fulfilled');
      return other;
    });
    expect(refusal).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('one nested unit') },
    });
    expect(await names()).toEqual(['P1']);
  });

  it('cannot be used when they are over', async () => {
    let kept: Unit | undefined;
    await store.unit((unit) =>
      unit.nest(async (inner) => {
        kept = inner;
      }),
    );
    await expect(kept?.count(store.models.get('Partner') as never, everything, 'exact')).rejects.toThrow(
      'the unit of work is over',
    );
  });

  if (databaseName === 'postgresql') {
    it('cannot be gone back to when the connection is lost: nothing is committed', async () => {
      const whole = store.unit(async (unit) => {
        partner(unit.em, 1);
        await unit
          .nest(async ({ em }) => {
            const [{ pid }] = (await em
              .getConnection()
              .execute('select pg_backend_pid() as pid', [], 'all', em.getTransactionContext())) as [{ pid: number }];
            await database.orm.em.getConnection().execute('select pg_terminate_backend(?)', [pid]);
            partner(em, 2);
            await em.flush();
          })
          .catch(() => {});
        expect(unit.lost).toBe(true);
      });
      await expect(whole).rejects.toMatchObject({ code: 'unavailable' });
      expect(await names()).toEqual([]);
    });
  }
});
