import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { strict } from '../road/api-context.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, entities, seed, startWorld } from './fixtures/world.ts';

for (const database of testDatabases()) {
  describe(`strictness.entityTag: 'version', on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open, { strictness: { ...strict, entityTag: 'version' } });
    });
    afterAll(() => open?.close());

    const send = (method: string, query = '', more: Record<string, string> = {}, who = 'full', body?: unknown) =>
      call(api, method, `/api/person/ada${query}`, { headers: { ...as(who), ...more }, body });

    it('is the version, whatever is shown of the record and to whom', async () => {
      const tags = new Set<unknown>();
      for (const query of ['', '?fields=name', '?expand=country', '?fields=country.name&expand=country']) {
        for (const who of ['full', 'narrow', 'alone']) {
          const { status, headers } = await send('GET', query, {}, who);
          if (status === 200) tags.add(headers.etag);
        }
      }
      expect([...tags]).toEqual(['"1"']);
    });

    it('counts every change, and is good for reads and writes', async () => {
      expect((await send('GET', '?fields=name', { 'if-none-match': '"1"' })).status).toBe(304);
      const changed = await send('PATCH', '', { 'if-match': '"1"' }, 'full', { family: 'Lovelace' });
      expect([changed.status, changed.headers.etag]).toEqual([200, '"2"']);
      expect((await send('GET', '', { 'if-none-match': '"1"' })).status).toBe(200);
      expect((await send('PATCH', '', { 'if-match': '"1"' }, 'full', { family: 'X' })).status).toBe(412);
      // A tag with a variant, from before the API was set so, counts by its version.
      expect((await send('PATCH', '', { 'if-match': '"2-variant"' }, 'full', {})).status).toBe(200);
      expect((await send('PATCH', '', { 'if-match': '"22"' }, 'full', {})).status).toBe(412);
    });
  });
}
