import { type EntityManager, LockMode } from '@mikro-orm/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { everything } from '../query/condition.ts';
import { testCall } from './fixtures/call.ts';
import { City, Company, Country, Order, OrderLine, Partner, Tag, world } from './fixtures/world.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel } from './model.ts';
import { Selection } from './selection.ts';
import type { Store } from './store.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const call = testCall();

describe.each(testDatabases())('units of work on $name', ({ name: databaseName, open }) => {
  // PGlite has one connection and one process.
  const onServer: (name: string, test: () => Promise<void>) => void = databaseName === 'postgresql' ? it : () => {};
  let database: OpenTestDatabase;
  let store: Store;
  const failures: unknown[] = [];

  beforeAll(async () => {
    database = await open(world);
    store = createStore(database.orm, { onEffectFailure: (error) => failures.push(error) });
  });
  afterAll(() => database?.close());
  beforeEach(async () => {
    failures.length = 0;
    await database.orm.em
      .getConnection()
      .executeDump('truncate country, city, tag, partner, partner_tags, crm."Group ""of"" companies" cascade');
  });

  const model = (name: string): EntityModel => {
    const found = store.models.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const names = async (): Promise<unknown[]> => {
    const selection = new Selection(model('Partner'));
    const read = selection.column(model('Partner').properties.get('name') as never);
    return (await store.read({ selection, where: everything, order: [] }, call)).rows.map(read);
  };
  const partner = (em: EntityManager, id: number, more: object = {}) =>
    em.create(Partner, { id, name: `P${id}`, ...more } as never);

  it('commits what the work has made, and reads its own writes', async () => {
    const seen = await store.unit(async (unit) => {
      partner(unit.em, 1);
      const selection = new Selection(model('Partner'));
      selection.column(model('Partner').primaryKey);
      const { rows } = await unit.read({ selection, where: everything, order: [], limit: 1, count: 'exact' }, call);
      return [rows, await unit.count(model('Partner'), everything, 'exact')];
    });
    expect(seen).toEqual([[[1]], 1]);
    expect(await names()).toEqual(['P1']);
  });

  it('rolls everything back when the work throws, and throws the same', async () => {
    const fault = new SallyportError('rule_broken');
    let ran = false;
    const work = store.unit(async (unit) => {
      partner(unit.em, 1);
      await unit.em.flush();
      unit.afterCommit(() => {
        ran = true;
      });
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await names()).toEqual([]);
    expect(ran).toBe(false);
  });

  it('runs effects after the commit, in order; a failing one changes nothing', async () => {
    const order: unknown[] = [];
    const answer = await store.unit(async (unit) => {
      partner(unit.em, 1);
      unit.afterCommit(async () => {
        order.push(await names());
      });
      unit.afterCommit(() => {
        throw new Error('mail is down');
      });
      unit.afterCommit(() => void order.push('last'));
      return 'done';
    });
    expect(answer).toBe('done');
    expect(order).toEqual([['P1'], 'last']);
    expect(failures).toEqual([new Error('mail is down')]);
  });

  it('serves reads outside while a unit is open', async () => {
    await store.unit(async (unit) => {
      partner(unit.em, 1);
      await unit.em.flush();
      const outside = names();
      await unit.count(model('Partner'), everything, 'exact');
      // On PGlite the read waits for the commit; on PostgreSQL it sees what was committed before.
      if (databaseName === 'postgresql') expect(await outside).toEqual([]);
      else void outside.catch(() => {});
    });
    expect(await names()).toEqual(['P1']);
  });

  it('runs many units at once', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => index + 1);
    await Promise.all(ids.map((id) => store.unit(async ({ em }) => void partner(em, id))));
    expect((await names()).length).toBe(25);
  });

  it('allows a nested transaction in the work', async () => {
    await store.unit(async ({ em }) => {
      await em.transactional(async (inner) => void partner(inner, 1));
      await em
        .transactional(async (inner) => {
          partner(inner, 2);
          throw new Error('only this part');
        })
        .catch(() => {});
    });
    expect(await names()).toEqual(['P1']);
  });

  it('runs the whole work again on a fresh entity manager when the database asks for it', async () => {
    const managers = new Set<EntityManager>();
    const effects: number[] = [];
    await store.unit(async (unit) => {
      managers.add(unit.em);
      partner(unit.em, managers.size);
      unit.afterCommit(() => void effects.push(managers.size));
      await unit.em.flush();
      if (managers.size < 3) throw Object.assign(new Error('serialize'), { code: '40001' });
    });
    expect(managers.size).toBe(3);
    expect(effects).toEqual([3]);
    expect(await names()).toEqual(['P3']);
  });

  it('gives up after the third time with a conflict', async () => {
    let tries = 0;
    const work = store.unit(async () => {
      tries += 1;
      throw Object.assign(new Error('deadlock'), { code: '40P01' });
    });
    await expect(work).rejects.toMatchObject({ code: 'conflict', status: 409 });
    expect(tries).toBe(3);
  });

  it('refuses to read through a unit that is over', async () => {
    const unit = await store.unit(async (each) => each);
    await expect(unit.count(model('Partner'), everything, 'exact')).rejects.toThrow(/over/);
  });

  onServer('resolves a real deadlock (PGlite has one connection: none can occur)', async () => {
    await store.unit(async ({ em }) => void [partner(em, 1), partner(em, 2)]);
    const touch = (first: number, second: number) =>
      store.unit(async ({ em }) => {
        await em.findOneOrFail(Partner, first, { lockMode: LockMode.PESSIMISTIC_WRITE });
        await new Promise((resolve) => setTimeout(resolve, 100));
        await em.findOneOrFail(Partner, second, { lockMode: LockMode.PESSIMISTIC_WRITE });
        return first;
      });
    expect(await Promise.all([touch(1, 2), touch(2, 1)])).toEqual([1, 2]);
  });

  describe('faults', () => {
    const fails = async (work: (em: EntityManager) => Promise<unknown> | unknown, expected: object) => {
      const error = await store
        .unit(async ({ em }) => void (await work(em)))
        .then(
          () => undefined,
          (fault: unknown) => fault,
        );
      expect(error).toBeInstanceOf(SallyportError);
      expect(error).toMatchObject(expected);
      const { code, status, detail, facts, headers } = error as SallyportError;
      expect(JSON.stringify([code, status, detail, facts, headers])).not.toMatch(
        /_id|constraint|unique|foreign|secret/,
      );
    };

    it('duplicate: the properties of a unique constraint', async () => {
      await store.unit(async ({ em }) => void em.create(Country, { id: 1, code: 'NL', name: 'x' }));
      await fails((em) => em.create(Country, { id: 2, code: 'NL', name: 'secret' }), {
        code: 'duplicate',
        status: 409,
        facts: { entity: 'Country', properties: ['code'] },
      });
      await fails((em) => em.create(Country, { id: 1, code: 'BE', name: 'secret' }), {
        code: 'duplicate',
        facts: { properties: ['id'] },
      });
    });

    it('duplicate: a constraint over a relation and a column', async () => {
      await store.unit(async ({ em }) => {
        em.create(Company, { id: 1n, name: 'C' });
        await em.flush();
        partner(em, 1, { company: 1n, reference: 'R' });
      });
      await fails((em) => partner(em, 2, { company: 1n, reference: 'R' }), {
        code: 'duplicate',
        facts: { entity: 'Partner', properties: ['company', 'reference'] },
      });
    });

    it('duplicate: a pair speaks for the property that owns it', async () => {
      const id = '00000000-0000-4000-8000-000000000001';
      await store.unit(async ({ em }) => void partner(em, 1, { tags: [em.create(Tag, { id, name: 't' })] }));
      const sql = `insert into partner_tags (partner_id, tag_id) values (1, '${id}')`;
      await fails((em) => em.getConnection().execute(sql, [], 'run', em.getTransactionContext()), {
        code: 'duplicate',
        facts: { entity: 'Partner', properties: ['tags'] },
      });
    });

    it('still_referenced and unresolved_reference: the two sides of a foreign key', async () => {
      await store.unit(async ({ em }) => {
        partner(em, 1);
        await em.flush();
        em.create(Order, { id: 1, number: 'O', partner: 1 });
      });
      await fails((em) => em.nativeDelete(Partner, { id: 1 }), { code: 'still_referenced', status: 409 });
      await fails((em) => em.create(Order, { id: 2, number: 'O', partner: 99 }), {
        code: 'unresolved_reference',
        status: 422,
        facts: { entity: 'Order', properties: ['partner'] },
      });
      await fails((em) => em.create(City, { id: 2, name: 'O', country: 99 }), {
        code: 'unresolved_reference',
        facts: { entity: 'City', properties: ['country'] },
      });
    });

    it('invalid_body: null, a check, a length, a number out of range, text that is no value', async () => {
      const invalid = { code: 'invalid_body', status: 422 };
      await fails((em) => em.insert(Partner, { id: 1, createdAt: new Date() } as never), {
        ...invalid,
        facts: { entity: 'Partner', properties: ['name'] },
      });
      await fails((em) => partner(em, 1, { score: -1 }), {
        ...invalid,
        facts: { entity: 'Partner', properties: ['score'] },
      });
      await fails((em) => partner(em, 1, { reference: 'x'.repeat(21) }), invalid);
      await fails((em) => partner(em, 1, { score: 2 ** 40 }), invalid);
      await fails((em) => em.insert(Partner, { id: 1, name: 'P', createdAt: new Date(), code: 'x' } as never), invalid);
      await fails((em) => partner(em, 1, { name: 'a\u0000b' }), invalid);
    });

    it('precondition_failed: somebody else was faster', async () => {
      await store.unit(async ({ em }) => void partner(em, 1));
      await fails(
        async (em) => {
          const mine = await em.findOneOrFail(Partner, 1);
          await em.nativeUpdate(Partner, { id: 1 }, { version: 7 });
          mine.name = 'mine';
        },
        { code: 'precondition_failed', status: 412 },
      );
      await fails((em) => em.findOneOrFail(Partner, 1, { lockMode: LockMode.OPTIMISTIC, lockVersion: 3 }), {
        code: 'precondition_failed',
      });
    });

    it('leaves alone what it does not know', async () => {
      await expect(
        store.unit(({ em }) => em.getConnection().execute('select nonsense', [], 'all', em.getTransactionContext())),
      ).rejects.toMatchObject({ code: '42703' });
      await expect(store.unit(async () => Promise.reject(new TypeError('a mistake')))).rejects.toThrow(TypeError);
    });
  });

  it('cascades owned rows through the unit of work', async () => {
    await store.unit(async ({ em }) => {
      partner(em, 1);
      await em.flush();
      const order = em.create(Order, { id: 1, number: 'O', partner: 1 });
      em.create(OrderLine, { id: 1, position: 1, quantity: 1, order });
    });
    expect(await store.count(model('OrderLine'), everything, 'exact')).toBe(1);
    await store.unit(async ({ em }) => {
      const order = await em.findOneOrFail(Order, 1, { populate: ['lines'] });
      order.lines.removeAll();
    });
    expect(await store.count(model('OrderLine'), everything, 'exact')).toBe(0);
  });
});
