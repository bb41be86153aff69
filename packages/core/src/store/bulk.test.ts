import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bulkWriter, settleTables } from './bulk.ts';
import { City, Company, Country, Partner, Tag, world } from './fixtures/world.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const uuid = (n: number) => `0000000${n}-0000-4000-8000-00000000000a`;

describe.each(testDatabases())('a bulk writer on $name', ({ open }) => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await open(world);
  });
  afterAll(() => database?.close());

  const writing = <T>(work: (bulk: ReturnType<typeof bulkWriter>) => Promise<T>) =>
    database.orm.em.fork().transactional((em) => work(bulkWriter(database.orm, em)));

  it('writes rows of every kind of column, with keys of its own, and pairs', async () => {
    await writing(async (bulk) => {
      const [country = 0] = await bulk.reserve(Country, 1);
      await bulk.insert(Country, [{ id: country, code: 'BE', name: 'Belgium' }]);
      const [parent, child] = await bulk.reserve(Company, 2);
      await bulk.insert(Company, [
        { id: parent, name: 'Top', parent: null },
        { id: child, name: 'It\'s "one" {of} ,many\\', parent },
      ]);
      await bulk.insert(Tag, [{ id: uuid(1), name: 'red' }]);
      const keys = await bulk.reserve(Partner, 2000);
      expect([...keys].sort((a, b) => a - b)).toEqual(keys);
      await bulk.insert(
        Partner,
        keys.map((id, index) => ({
          id,
          name: `Partner ${index}`,
          serial: '9007199254740993',
          credit: '12.50',
          born: '1990-01-01',
          seen: '2024-01-02T03:04:05Z',
          extra: { a: [1, null, '?'] },
          gender: index % 2 === 0 ? 'female' : null,
          mood: 'glad',
          country: index === 0 ? country : null,
        })),
      );
      await bulk.pair(Partner, 'tags', [[keys[0], uuid(1)]]);
    });
    const em = database.orm.em.fork();
    const [first] = await em.find(Partner, {}, { populate: ['country', 'tags'], orderBy: { id: 'asc' }, limit: 1 });
    expect(first).toMatchObject({
      version: 1,
      active: true,
      serial: 9_007_199_254_740_993n,
      credit: '12.50',
      extra: { a: [1, null, '?'] },
      mood: 'glad',
      country: { code: 'BE' },
    });
    expect(first?.createdAt).toBeInstanceOf(Date);
    expect(first?.tags.getItems().map(({ name }) => name)).toEqual(['red']);
    expect(await em.count(Partner)).toBe(2000);
    expect(await em.count(Company, { parent: { name: 'Top' } })).toBe(1);
    // Keys that were reserved are not given again.
    const later = em.create(Country, { code: 'KE', name: 'Kenya' });
    await em.flush();
    expect(later.id).toBeGreaterThan(1);
  });

  it('writes nothing of what the database refuses', async () => {
    const before = await database.orm.em.fork().count(Partner);
    await expect(
      writing(async (bulk) => {
        await bulk.insert(Partner, [{ name: 'fine' }]);
        await bulk.insert(Partner, [{ name: 'not', score: -1 }]);
      }),
    ).rejects.toThrow(/partner_score_check/);
    expect(await database.orm.em.fork().count(Partner)).toBe(before);
  });

  it('takes no rows at all, and refuses what it cannot write', async () => {
    await writing(async (bulk) => {
      await bulk.insert(Partner, []);
      await bulk.pair(Partner, 'tags', []);
      await expect(bulk.insert(Partner, [{ nothing: 1 }])).rejects.toThrow(/bulk\.Partner\.nothing/);
      await expect(bulk.insert(Partner, [{ photo: 'x' }])).rejects.toThrow(/binary/);
      await expect(bulk.insert(Partner, [{ tags: [] }])).rejects.toThrow(/to-many/);
      await expect(bulk.pair(Partner, 'country', [[1, 1]])).rejects.toThrow(/table of pairs/);
      await expect(bulk.reserve(Tag, 1)).rejects.toThrow(/bulk\.Tag/);
    });
  });

  it('tells the planner what was written', async () => {
    const known = async (): Promise<number> => {
      const sql = "select reltuples::int as rows from pg_class where relname = 'city'";
      const [row] = (await database.orm.em.getConnection().execute(sql)) as readonly { readonly rows: number }[];
      return row?.rows ?? Number.NaN;
    };
    const before = await known();
    await writing(async (bulk) => {
      const [country] = await bulk.reserve(Country, 1);
      await bulk.insert(Country, [{ id: country, code: 'NO', name: 'Norway' }]);
      const keys = await bulk.reserve(City, 300);
      await bulk.insert(
        City,
        keys.map((id) => ({ id, name: `City ${id}`, country })),
      );
    });
    expect(before).toBeLessThan(300);
    await settleTables(database.orm);
    expect(await known()).toBe(300);
  });
});
