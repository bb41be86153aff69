import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, any, type Condition, compare, everything, isIn, not, nothing, related } from '../query/condition.ts';
import { property, testCall } from './fixtures/call.ts';
import { world } from './fixtures/world.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel } from './model.ts';
import { type Row, Selection } from './selection.ts';
import type { Store } from './store.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

describe.each(testDatabases())('reads on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let store: Store;
  let partner: EntityModel;
  let country: EntityModel;
  let company: EntityModel;
  let order: EntityModel;
  let line: EntityModel;
  let city: EntityModel;
  let tag: EntityModel;
  const call = testCall();

  beforeAll(async () => {
    database = await open(world);
    const connection = database.orm.em.getConnection();
    await connection.executeDump(`
      insert into country (id, code, name, area) values (1, 'NL', 'Netherlands', 41), (2, 'BE', 'Belgium', 30), (3, 'XX', 'Empty', null);
      insert into city (id, name, country_id) values (1, 'Delft', 1), (2, 'Breda', 1), (3, 'Gent', 2);
      insert into crm."Group ""of"" companies" (id, "Company Name", "parent id") values (1, 'Top', null), (2, 'Middle', 1), (3, 'Low', 2), (4, 'Other', null);
      insert into tag (id, name) values ('00000000-0000-4000-8000-000000000001', 'red'), ('00000000-0000-4000-8000-000000000002', 'blue');
      insert into partner (id, name, note, reference, score, serial, credit, weight, active, born, wakes, seen, planned, code, extra, photo, gender, mood, initials, words, created_at, country_id, company_id) values
        (1, 'Ann', 'x', 'R1', 5, 9007199254740993, 12.50, 0.1, true, '1990-02-03', '07:30:00', '2024-05-06T07:08:09.123456+02:00', '2024-05-06 07:08:09', '11111111-1111-4111-8111-111111111111', '{"a":[1,2]}', '\\x00ff10', 'female', 'glad', 'AB', '{a,"b c"}', now(), 1, 3),
        (2, 'Bob', null, null, null, null, null, null, false, null, null, null, null, null, null, null, null, null, null, null, now(), 2, null),
        (3, 'Cas', null, null, 7, null, null, null, true, null, null, null, null, null, null, null, null, null, null, null, now(), null, 2);
      insert into partner_tags (partner_id, tag_id) values (1, '00000000-0000-4000-8000-000000000001'), (1, '00000000-0000-4000-8000-000000000002'), (3, '00000000-0000-4000-8000-000000000002');
      insert into "order" (id, number, partner_id) values (1, 'O1', 1), (2, 'O2', 1), (3, 'O3', 2);
      insert into order_line (id, position, quantity, order_id, made_in_id) values (1, 2, 10, 1, 1), (2, 1, 20, 1, null), (3, 1, 30, 2, 2);
    `);
    store = createStore(database.orm);
    const model = (name: string): EntityModel => {
      const found = store.models.get(name);
      if (found === undefined) throw new Error(name);
      return found;
    };
    partner = model('Partner');
    country = model('Country');
    company = model('Company');
    order = model('Order');
    line = model('OrderLine');
    city = model('City');
    tag = model('Tag');
  });
  afterAll(() => database?.close());

  const scalars = [
    'id',
    'name',
    'note',
    'score',
    'serial',
    'credit',
    'weight',
    'active',
    'born',
    'wakes',
    'seen',
    'planned',
    'code',
    'extra',
    'photo',
    'gender',
    'mood',
    'initials',
    'words',
  ];
  const ann = [
    1,
    'Ann',
    'x',
    5,
    '9007199254740993',
    '12.50',
    0.1,
    true,
    '1990-02-03',
    '07:30:00',
    '2024-05-06 05:08:09.123456',
    '2024-05-06 07:08:09',
    '11111111-1111-4111-8111-111111111111',
    { a: [1, 2] },
    'AP8Q',
    'female',
    'glad',
    'AB',
    ['a', 'b c'],
  ];

  it('reads every type of column, in the result, inside a list, and in a unit alike', async () => {
    const direct = new Selection(partner);
    for (const name of scalars) direct.column(property(partner, name, 'scalar'));
    const where = compare(partner.primaryKey, 'eq', 1);
    const query = { selection: direct, where, order: [] };
    expect((await store.read(query, call)).rows).toEqual([ann]);
    expect((await store.unit((unit) => unit.read(query, call))).rows).toEqual([ann]);

    const nested = new Selection(tag);
    nested.toMany(property(tag, 'partners', 'toMany'), { where: () => where }, (each) => {
      for (const name of scalars) each.column(property(partner, name, 'scalar'));
      return (row) => row;
    });
    expect((await store.read({ selection: nested, where: everything, order: [] }, call)).rows).toEqual([
      [[ann]],
      [[ann]],
    ]);
  });

  it('does not depend on the time zone of the session', async () => {
    const selection = new Selection(partner);
    selection.column(property(partner, 'seen', 'scalar'));
    selection.column(property(partner, 'planned', 'scalar'));
    const seen = property(partner, 'seen', 'scalar');
    const planned = property(partner, 'planned', 'scalar');
    await store.unit(async (unit) => {
      const { em } = unit;
      await em.getConnection().execute(`set local time zone 'Asia/Kolkata'`, [], 'run', em.getTransactionContext());
      const rows = async (where: ReturnType<typeof all>) =>
        (await unit.read({ selection, where, order: [] }, call)).rows;
      const expected = [['2024-05-06 05:08:09.123456', '2024-05-06 07:08:09']];
      expect(await rows(compare(seen, 'eq', '2024-05-06T05:08:09.123456'))).toEqual(expected);
      expect(await rows(compare(seen, 'eq', '2024-05-06T07:08:09.123456+02:00'))).toEqual(expected);
      expect(await rows(compare(planned, 'eq', '2024-05-06T07:08:09Z'))).toEqual(expected);
      expect(await rows(compare(planned, 'ge', '2024-05-06'))).toEqual(expected);
      expect(await rows(isIn(planned, ['2024-05-06 07:08:09']))).toEqual(expected);
      expect(await rows(compare(planned, 'gt', '2024-05-06T07:08:09Z'))).toEqual([]);
    });
  });

  it('joins a to-one relation, and shows nothing of a row outside its domain', async () => {
    const selection = new Selection(partner);
    selection.column(partner.primaryKey);
    const reached = selection.toOne(property(partner, 'country', 'toOne'), () =>
      related(property(country, 'cities', 'toMany'), compare(property(city, 'name', 'scalar'), 'startsWith', 'D')),
    );
    reached.column(property(country, 'code', 'scalar'));
    reached.toMany(property(country, 'cities', 'toMany'), {}, (each) => each.column(property(city, 'name', 'scalar')));
    const up = selection.toOne(property(partner, 'company', 'toOne')).toOne(property(company, 'parent', 'toOne'));
    up.column(property(company, 'name', 'scalar'));
    up.column(company.primaryKey);
    selection.column(property(partner, 'company', 'toOne'));
    const { rows } = await store.read({ selection, where: everything, order: [] }, call);
    expect(rows).toEqual([
      [1, 'NL', [['Delft'], ['Breda']], 'Middle', '2', '3'],
      [2, null, null, null, null, null],
      [3, null, null, 'Top', '1', '2'],
    ]);
  });

  it('gathers to-many relations three deep, ordered and cut, and never multiplies rows', async () => {
    const selection = new Selection(partner);
    selection.column(partner.primaryKey);
    const tags = selection.toMany(
      property(partner, 'tags', 'toMany'),
      { order: [{ property: property(tag, 'name', 'scalar'), through: [], direction: 'asc' }] },
      (each) => each.column<string>(property(tag, 'name', 'scalar')),
    );
    const orders = selection.toMany(property(partner, 'orders', 'toMany'), {}, (eachOrder) => {
      const number = eachOrder.column(property(order, 'number', 'scalar'));
      const lines = eachOrder.toMany(
        property(order, 'lines', 'toMany'),
        {
          order: [{ property: property(line, 'position', 'scalar'), through: [], direction: 'asc' }],
          where: () => compare(property(line, 'quantity', 'scalar'), 'gt', 5),
        },
        (eachLine) => {
          const quantity = eachLine.column(property(line, 'quantity', 'scalar'));
          const from = eachLine.toOne(property(line, 'madeIn', 'toOne'));
          const code = from.column(property(country, 'code', 'scalar'));
          const cities = from.toMany(property(country, 'cities', 'toMany'), { limit: 1 }, (each) =>
            each.column(property(city, 'name', 'scalar')),
          );
          return (row) => [quantity(row), code(row), cities(row)];
        },
      );
      return (row) => [number(row), lines(row)];
    });
    const query = {
      selection,
      where: related(property(partner, 'tags', 'toMany')),
      order: [],
      limit: 5,
      count: 'exact' as const,
    };
    const shown = (rows: readonly Row[]) => rows.map((row) => [row[0], tags(row), orders(row)]);
    const expected = [
      [
        1,
        ['blue', 'red'],
        [
          [
            'O1',
            [
              [20, null, []],
              [10, 'NL', ['Delft']],
            ],
          ],
          ['O2', [[30, 'BE', ['Gent']]]],
        ],
      ],
      [3, ['blue'], []],
    ];
    const outside = await store.read(query, call);
    expect(shown(outside.rows)).toEqual(expected);
    expect(outside.total).toBe(2);
    expect(shown((await store.unit((unit) => unit.read(query, call))).rows)).toEqual(expected);
    const second = await store.read({ ...query, limit: 1, offset: 1 }, call);
    expect(shown(second.rows)).toEqual(expected.slice(1));
    expect(second.total).toBe(2);
  });

  it('shows rows with more columns than a function takes arguments', async () => {
    const selection = new Selection(country);
    const width: number[] = [];
    selection.toMany(property(country, 'cities', 'toMany'), {}, (each) => {
      each.column(property(city, 'name', 'scalar'));
      // A where of its own makes each of these a join of its own.
      for (let index = 0; index < 119; index += 1) {
        each.toOne(property(city, 'country', 'toOne'), () => everything).column(property(country, 'code', 'scalar'));
      }
      return (row) => width.push(row.length);
    });
    const read = selection.toManys[0];
    const { rows } = await store.read({ selection, where: compare(country.primaryKey, 'eq', 2), order: [] }, call);
    const [first] = (rows[0]?.[read?.slot ?? 0] ?? []) as Row[];
    expect(first).toEqual(['Gent', ...Array.from({ length: 119 }, () => 'BE')]);
  });

  describe('pages', () => {
    const page = async (limit: number | undefined, offset: number, direction: 'asc' | 'desc', wide: boolean) => {
      const selection = new Selection(partner);
      const id = selection.column(partner.primaryKey);
      if (wide) selection.toOne(property(partner, 'country', 'toOne')).column(property(country, 'code', 'scalar'));
      const through = [property(partner, 'country', 'toOne')];
      const order = [{ property: property(country, 'name', 'scalar'), through, direction }];
      const { rows } = await store.read({ selection, where: everything, order, limit, offset }, call);
      return rows.map(id);
    };
    it.each([false, true])(
      'are ordered through a relation, with nulls where PostgreSQL has them (wide: %s)',
      async (wide) => {
        expect(await page(undefined, 0, 'asc', wide)).toEqual([2, 1, 3]);
        expect(await page(undefined, 0, 'desc', wide)).toEqual([3, 1, 2]);
        expect(await page(2, 0, 'asc', wide)).toEqual([2, 1]);
        expect(await page(2, 1, 'asc', wide)).toEqual([1, 3]);
        expect(await page(2, 2, 'desc', wide)).toEqual([2]);
        expect(await page(undefined, 1, 'desc', wide)).toEqual([1, 2]);
        expect(await page(0, 0, 'desc', wide)).toEqual([]);
      },
    );

    it('are decided by the primary key when the order leaves it open', async () => {
      const selection = new Selection(partner);
      const id = selection.column(partner.primaryKey);
      const flag = property(partner, 'active', 'scalar');
      const order = [{ property: flag, through: [], direction: 'desc' as const }];
      expect((await store.read({ selection, where: everything, order }, call)).rows.map(id)).toEqual([1, 3, 2]);
      const ended = [{ property: partner.primaryKey, through: [], direction: 'desc' as const }, ...order];
      expect((await store.read({ selection, where: everything, order: ended }, call)).rows.map(id)).toEqual([3, 2, 1]);
    });
  });

  describe('counts', () => {
    const read = async (
      limit: number | undefined,
      offset: number,
      count: 'exact' | 'estimated',
      where = everything,
    ) => {
      const selection = new Selection(partner);
      selection.column(partner.primaryKey);
      const { rows, ...told } = await store.read({ selection, where, order: [], limit, offset, count }, call);
      return [rows.length, told];
    };
    it('are exact on full, partly filled, empty and missing pages', async () => {
      expect(await read(2, 0, 'exact')).toEqual([2, { total: 3 }]);
      expect(await read(3, 0, 'exact')).toEqual([3, { total: 3 }]);
      expect(await read(5, 0, 'exact')).toEqual([3, { total: 3 }]);
      expect(await read(2, 2, 'exact')).toEqual([1, { total: 3 }]);
      expect(await read(2, 9, 'exact')).toEqual([0, { total: 3 }]);
      expect(await read(0, 0, 'exact')).toEqual([0, { total: 3 }]);
      expect(await read(undefined, 0, 'exact')).toEqual([3, { total: 3 }]);
      expect(await read(5, 0, 'exact', nothing)).toEqual([0, { total: 0 }]);
      expect(await read(1, 0, 'exact', compare(property(partner, 'active', 'scalar'), 'eq', true))).toEqual([
        1,
        { total: 2 },
      ]);
    });
    it('are exact below the threshold when an estimate is asked for', async () => {
      expect(await read(2, 0, 'estimated')).toEqual([2, { total: 3, estimated: false }]);
      expect(await read(2, 9, 'estimated')).toEqual([0, { total: 3, estimated: false }]);
      expect(await store.count(partner, everything, 'estimated')).toBe(3);
    });
    it('are estimated above it, and never smaller than what was counted', async () => {
      const rough = createStore(database.orm, { countThreshold: 1 });
      const selection = new Selection(partner);
      selection.column(partner.primaryKey);
      const where = compare(property(partner, 'name', 'scalar'), 'ne', 'Zed');
      const query = { selection, where, order: [], limit: 2, count: 'estimated' as const };
      const { total, estimated } = await rough.read(query, call);
      expect(estimated).toBe(true);
      expect(total).toBeGreaterThanOrEqual(2);
      expect(await rough.count(partner, where, 'estimated')).toBeGreaterThanOrEqual(2);
      expect(await rough.count(partner, where, 'exact')).toBe(3);
    });
  });

  it('sends nothing for a caller who is gone', async () => {
    const selection = new Selection(partner);
    selection.column(partner.primaryKey);
    const gone = testCall(AbortSignal.abort());
    await expect(store.read({ selection, where: everything, order: [] }, gone)).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('names a value that its column cannot take as a fault of the filter, or as no match', async () => {
    const find = async (name: string, value: string | number) => {
      const selection = new Selection(partner);
      const id = selection.column(partner.primaryKey);
      const where = compare(property(partner, name, 'scalar'), 'eq', value);
      return (await store.read({ selection, where, order: [] }, call)).rows.map(id);
    };
    expect(await find('code', "x' or 1=1")).toEqual([]);
    expect(await find('mood', 'furious')).toEqual([]);
    expect(await find('score', 2 ** 80)).toEqual([]);
    expect(await find('score', 5.5)).toEqual([]);
    expect(await find('score', 'many')).toEqual([]);
    await expect(find('born', '2024-02-31')).rejects.toMatchObject({ code: 'malformed_filter', status: 400 });
    await expect(find('name', 'a\u0000b')).rejects.toMatchObject({ code: 'malformed_filter', status: 400 });
  });

  it('finds below a negation what a comparison leaves open', async () => {
    const find = async (where: Condition) => {
      const selection = new Selection(partner);
      const id = selection.column(partner.primaryKey);
      return (await store.read({ selection, where, order: [] }, call)).rows.map(id);
    };
    const score = property(partner, 'score', 'scalar');
    expect(await find(not(compare(score, 'gt', 5)))).toEqual([1, 2]);
    expect(await find(compare(score, 'ne', 5))).toEqual([2, 3]);
    expect(await find(not(any(compare(score, 'lt', 6), compare(score, 'eq', null))))).toEqual([3]);
    expect(await find(all(isIn(score, [5, null]), not(isIn(score, [7]))))).toEqual([1, 2]);
  });

  it('goes on after a change of the schema under its prepared statements', async () => {
    const changing = await open(world);
    try {
      const own = createStore(changing.orm);
      const tags = own.models.get('Tag') as EntityModel;
      const selection = new Selection(tags);
      selection.column(property(tags, 'name', 'scalar'));
      const query = { selection, where: everything, order: [] };
      for (const type of ['text', 'varchar(99)', 'text']) {
        for (let time = 0; time < 3; time += 1) expect((await own.read(query, call)).rows).toEqual([]);
        await changing.orm.em.getConnection().executeDump(`alter table tag alter column name type ${type}`);
        expect((await own.unit((unit) => unit.read(query, call))).rows).toEqual([]);
        await changing.orm.em.getConnection().executeDump('alter table tag alter column name type char(5)');
        expect((await own.read(query, call)).rows).toEqual([]);
      }
    } finally {
      await changing.close();
    }
  });
});
