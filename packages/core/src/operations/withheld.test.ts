import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../api/create-api.ts';
import { call, type OpenTestDatabase, testDatabases } from '../testing/index.ts';
import { as, countries, entities, Person, people, seed, startWorld, tags } from './fixtures/world.ts';

const { policies: _declared, ...rest } = people;
const masking = { ...rest, policies: [maskedFrom('masked')] } as typeof people;
const widened = {
  ...rest,
  policies: (people.policies ?? []).map((policy) => ({ ...policy, writes: () => undefined })),
} as typeof people;

/** Shows a caller only names, and only of those who are called so. */
function maskedFrom(id: string) {
  return {
    name: 'mask',
    mask:
      () =>
      (_row: readonly unknown[], { principal }: { readonly principal: object }) =>
        'id' in principal && principal.id === id ? new Set(['name', 'family']) : undefined,
  };
}

for (const database of testDatabases()) {
  describe(`what policies withhold from writers, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let masks: Api;
    let wide: Api;
    let lenient: Api;
    beforeAll(async () => {
      open = await database.open(entities);
      await seed(open);
      api = await startWorld(open);
      masks = await startWorld(open, {}, [masking, countries, tags]);
      wide = await startWorld(open, {}, [widened, countries, tags]);
      lenient = await startWorld(open, { strictness: { unknownProperties: 'ignore' } });
    });
    afterAll(() => open?.close());

    let made = 0;
    const fresh = async () => {
      made += 1;
      const slug = `kept-${made}`;
      const body = { slug, name: 'Kept', family: 'Old', pay: '7.00', phones: [{ number: '1' }] };
      expect((await call(api, 'POST', '/api/person', { headers: as('full'), body })).status).toBe(201);
      return slug;
    };
    const send = (on: Api, who: string, method: string, slug: string, body: object) =>
      call(on, method, `/api/person/${slug}`, { headers: as(who), body });
    const seen = async (slug: string) =>
      (await call(api, 'GET', `/api/person/${slug}`, { headers: as('full') })).body as Record<string, unknown>;
    const untouched = { pay: '7.00', phones: [{ number: '1', kind: 'home' }] };

    it('keeps what a replace cannot name, because a policy hides it from all records', async () => {
      const slug = await fresh();
      expect((await send(api, 'narrow', 'PUT', slug, { slug, name: 'New' })).status).toBe(200);
      expect(await seen(slug)).toMatchObject({ ...untouched, name: 'New', family: null });
    });

    it('keeps what a replace cannot name, because a mask hides it on this record', async () => {
      const slug = await fresh();
      const answer = await send(masks, 'masked', 'PUT', slug, { slug, name: 'New' });
      expect(answer.status, answer.text).toBe(200);
      expect(await seen(slug)).toMatchObject({ ...untouched, name: 'New', family: null });
      expect((await send(masks, 'masked', 'PATCH', slug, { pay: '9.00' })).status).toBe(422);
      expect(await seen(slug)).toMatchObject(untouched);
    });

    it.each(['PATCH', 'PUT', 'POST'])('answers a hidden member and none alike: %s', async (method) => {
      const slug = await fresh();
      const target = method === 'POST' ? '/api/person' : `/api/person/${slug}`;
      const answers = await Promise.all(
        ['pay', 'nope'].map((name) =>
          call(api, method, target, {
            headers: as('narrow'),
            body: {
              ...(method === 'POST' ? { slug: 'hidden-new' } : method === 'PUT' ? { slug } : {}),
              name: 'New',
              [name]: '9.00',
            },
          }),
        ),
      );
      const [hidden, absent] = answers.map(({ status, body }) => {
        const { instance: _instance, ...problem } = body as Record<string, unknown>;
        return { status, problem };
      });
      expect(hidden?.status).toBe(422);
      expect(JSON.stringify(hidden)).toBe(JSON.stringify(absent).replaceAll('nope', 'pay'));
      expect(await seen(slug)).toMatchObject({ ...untouched, name: 'Kept' });
    });

    it('ignores hidden members where unknown ones are ignored', async () => {
      const slug = await fresh();
      expect((await send(lenient, 'narrow', 'PATCH', slug, { name: 'New', pay: '9.00' })).status).toBe(200);
      expect(await seen(slug)).toMatchObject({ ...untouched, name: 'New' });
    });

    it('lets a policy open to writers what it hides from readers', async () => {
      const slug = await fresh();
      const answer = await send(wide, 'narrow', 'PATCH', slug, { pay: '9.00' });
      expect([answer.status, Object.hasOwn(answer.body as object, 'pay')]).toEqual([200, false]);
      expect(await seen(slug)).toMatchObject({ pay: '9.00' });
    });

    it('has no say over what nobody is shown, nor over what is always shown', async () => {
      const slug = await fresh();
      expect((await send(api, 'narrow', 'PATCH', slug, { pin: '4321', slug })).status).toBe(200);
      const person = await open.orm.em.fork().findOneOrFail(Person, { slug });
      expect(person.pin).toBe('4321');
    });
  });
}
