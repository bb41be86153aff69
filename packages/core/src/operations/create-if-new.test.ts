import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, entities, Person, seed, startWorld } from './fixtures/world.ts';

for (const database of testDatabases()) {
  describe(`a create with If-None-Match: * (RFC 9110 section 13.1.2), on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open);
    });
    afterAll(() => open?.close());

    const create = (body: object, ifNoneMatch?: string) =>
      call(api, 'POST', '/api/person', {
        headers: { ...as('full'), ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }) },
        body,
      });
    const codeOf = ({ status, body }: Awaited<ReturnType<typeof create>>) => [status, (body as { code?: string }).code];

    it('makes what is not there, and answers 412 for a key that is taken', async () => {
      expect((await create({ slug: 'if-new', name: 'New' }, '*')).status).toBe(201);
      const again = await create({ slug: 'if-new', name: 'Other' }, '*');
      expect(codeOf(again)).toEqual([412, 'precondition_failed']);
      expect(again.text).not.toMatch(/person_slug|if-new|constraint/);
      expect(codeOf(await create({ slug: 'if-new', name: 'Other' }))).toEqual([409, 'duplicate']);
      expect(codeOf(await create({ slug: 'if-new', name: 'Other' }, '"tag"'))).toEqual([409, 'duplicate']);
      expect((await open.orm.em.fork().findOneOrFail(Person, { slug: 'if-new' })).name).toBe('New');
    });

    it('leaves every other fault what it is', async () => {
      // Not the key, but another value is taken.
      expect(codeOf(await create({ slug: 'mail', name: 'M', email: 'ada@x.test' }, '*'))).toEqual([409, 'duplicate']);
      expect(codeOf(await create({ slug: 'if-new' }, '*'))).toEqual([422, 'invalid_body']);
      expect(codeOf(await create({ slug: 'x', name: 'Forbidden' }, '*'))).toEqual([422, 'rule_broken']);
      expect(codeOf(await create({ slug: 'x', name: 'X' }, 'x y'))).toEqual([400, 'malformed_request']);
      const stranger = await call(api, 'POST', '/api/person', { headers: { 'if-none-match': '*' }, body: {} });
      expect(stranger.status).toBe(401);
    });

    it('lets one of twenty through', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => create({ slug: 'raced', name: `R${index}` }, '*')),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(19);
      expect(await open.orm.em.fork().count(Person, { slug: 'raced' })).toBe(1);
    });

    it('stands in documents where callers give the key', () => {
      const route = api.plan.routes.find(({ name }) => name === 'person.create');
      expect(route?.requestHeaders?.map(({ name }) => name)).toEqual(['If-None-Match']);
    });
  });
}
