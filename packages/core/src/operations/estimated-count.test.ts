import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, entities, seed, startWorld } from './fixtures/world.ts';

for (const database of testDatabases()) {
  describe(`estimated counts, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
    });
    afterAll(() => open?.close());

    const page = async (countThreshold: number, query: string) => {
      const api = await startWorld(open, { store: { countThreshold } });
      const { status, body, text } = await call(api, 'GET', `/api/person?${query}`, { headers: as('full') });
      expect(status, text).toBe(200);
      return body as { readonly data: readonly object[]; readonly total?: number; readonly estimated?: boolean };
    };

    it('are exact up to the threshold, and say nothing of it', async () => {
      expect(await page(4, 'limit=2&count=estimated')).toMatchObject({ total: 4 });
      expect(await page(4, 'limit=2&count=estimated')).not.toHaveProperty('estimated');
    });

    it('are estimates above it, marked, and never less than is known to be there', async () => {
      for (const query of ['limit=2&count=estimated', 'limit=1&offset=2&count=estimated']) {
        const { data, total = 0, estimated } = await page(2, query);
        expect([data.length > 0, estimated]).toEqual([true, true]);
        expect(total).toBeGreaterThanOrEqual(3);
      }
    });

    it('leave exact counts exact, and uncounted pages uncounted', async () => {
      const exact = await page(1, 'limit=2&count=exact');
      expect([exact.total, exact.estimated]).toEqual([4, undefined]);
      expect(await page(1, 'limit=2')).not.toHaveProperty('total');
    });
  });
}
