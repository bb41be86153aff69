import { describe, expect, it } from 'vitest';
import { call, testDatabases } from '../testing/index.ts';
import { as, happened, Phone, Tag } from './fixtures/world.ts';
import { writingTo } from './fixtures/writing.ts';

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

for (const database of testDatabases()) {
  describe(`writes on ${database.name}`, () => {
    const world = writingTo(database);
    const { send, create, tagOf, stored } = world;
    const pointers = (response: { readonly body: unknown }) =>
      ((response.body as Problem).errors ?? []).map(({ pointer }) => pointer).sort();
    const read = async (slug: string) => (await send('GET', `/person/${slug}`)).body as Record<string, unknown>;

    describe('create', () => {
      it('answers 201 with the record, its address and its tag, and fills what callers cannot', async () => {
        const response = await send('POST', '/person', { slug: 'new one/é', name: 'New' });
        expect(response.status, response.text).toBe(201);
        expect(response.headers.location).toBe('/api/person/new%20one%2F%C3%A9');
        expect(response.body).toMatchObject({
          slug: 'new one/é',
          owner: 'full',
          kind: 'guest',
          active: true,
          phones: [],
        });
        const followed = await call(world.api, 'GET', String(response.headers.location), { headers: as('full') });
        expect(followed.body).toEqual(response.body);
        expect(followed.headers.etag).toBe(response.headers.etag);
      });

      it('names the field of a value that is taken, and of nothing that is hidden', async () => {
        const taken = await send('POST', '/person', { slug: 'ada', name: 'Two' });
        expect(taken.status).toBe(409);
        expect((taken.body as Problem).errors).toMatchObject([{ pointer: '/slug', code: 'unique' }]);
        expect(taken.text).not.toMatch(/person_slug|"ada"|constraint/);
        const email = await send('POST', '/person', { slug: 'two', name: 'Two', email: 'ada@x.test' });
        expect(pointers(email)).toEqual(['/email']);
        const changed = await send('PATCH', '/person/bob', { email: 'ada@x.test' });
        expect([changed.status, pointers(changed)]).toEqual([409, ['/email']]);
        expect(await stored('two')).toBeNull();
      });

      it('lists every fault of a body by its pointer', async () => {
        const response = await send('POST', '/person', {
          name: 7,
          kind: 'alien',
          age: 70_000,
          pay: '1e3',
          address: { city: 1, nope: true },
          phones: [{ number: 'x'.repeat(21) }, {}],
          tags: 'red',
          owner: 'me',
          pinn: 'x',
        });
        expect(response.status).toBe(422);
        expect(pointers(response)).toEqual([
          '/address/city',
          '/address/nope',
          '/age',
          '/kind',
          '/name',
          '/owner',
          '/pay',
          '/phones/0/number',
          '/phones/1/number',
          '/pinn',
          '/slug',
          '/tags',
        ]);
      });

      it('refuses, and rolls back, what would lie outside the domain', async () => {
        const response = await send('POST', '/person', { slug: 'out', name: 'Invisible', phones: [{ number: '5' }] });
        expect(response.status).toBe(403);
        expect(await stored('out')).toBeNull();
        expect(await world.orm.em.fork().count(Phone, { number: '5' })).toBe(0);
      });

      it('applies defaults inside of objects and of lists, and takes null where null may be', async () => {
        const slug = await create({ address: { city: 'Brugge' }, phones: [{ number: '7' }] });
        expect(await read(slug)).toMatchObject({
          address: { city: 'Brugge', unit: 'A1', street: null },
          phones: [{ number: '7', kind: 'home' }],
        });
        const other = await create({ family: null, country: null, address: null, email: null });
        expect(await read(other)).toMatchObject({ family: null, country: null, email: null });
        for (const body of [{ name: null }, { active: null }, { kind: null }, { phones: [{ number: null }] }]) {
          const refused = await send('POST', '/person', { slug: 'null', name: 'N', ...body });
          expect(refused.status, `${JSON.stringify(body)} ${refused.text}`).toBe(422);
        }
        expect(await stored('null')).toBeNull();
      });

      it('is refused to one who may only read', async () => {
        const response = await call(world.api, 'POST', '/api/person', {
          headers: as('reader'),
          body: { slug: 'r', name: 'R' },
        });
        expect(response.status).toBe(403);
      });
    });

    describe('update: merge patch (RFC 7396)', () => {
      it('changes what is sent, unsets by null, replaces lists, merges objects', async () => {
        const slug = await create({
          family: 'F',
          address: { city: 'C', street: 'S' },
          phones: [{ number: '1' }, { number: '2' }],
          tags: ['red'],
        });
        const patched = await send('PATCH', `/person/${slug}`, {
          family: null,
          address: { city: 'D' },
          phones: [{ number: '3' }],
          tags: [],
        });
        expect(patched.status, patched.text).toBe(200);
        expect(patched.body).toMatchObject({
          name: 'Made',
          family: null,
          address: { city: 'D', street: 'S', unit: 'A1' },
          phones: [{ number: '3', kind: 'home' }],
          tags: [],
        });
        const cleared = await send('PATCH', `/person/${slug}`, { address: null, phones: null, tags: null });
        expect(cleared.status, cleared.text).toBe(200);
        expect(cleared.body).toMatchObject({ address: null, phones: [], tags: [] });
      });

      it('leaves the version alone when nothing is sent, and counts every change', async () => {
        const slug = await create({ phones: [{ number: '1' }] });
        const tag = await tagOf(slug);
        const empty = await send('PATCH', `/person/${slug}`, {});
        expect([empty.status, empty.headers.etag]).toEqual([200, tag]);
        const same = await send('PATCH', `/person/${slug}`, { name: 'Made' });
        expect(same.headers.etag).toBe(tag);
        let last = tag;
        for (const body of [
          { name: 'Other' },
          { phones: [{ number: '2' }] },
          { tags: ['red'] },
          { tags: { remove: ['red'] } },
          { phones: [] },
        ]) {
          const response = await send('PATCH', `/person/${slug}`, body, { 'if-match': last });
          expect(response.status, `${JSON.stringify(body)} ${response.text}`).toBe(200);
          expect(response.headers.etag, JSON.stringify(body)).not.toBe(last);
          last = String(response.headers.etag);
          expect(await tagOf(slug)).toBe(last);
        }
      });

      it('refuses null on what is required, and what only a create may write', async () => {
        const slug = await create();
        for (const body of [
          { name: null },
          { active: null },
          { kind: null },
          { slug: 'x' },
          { owner: 'x' },
          { pin: 'x' },
        ]) {
          const response = await send('PATCH', `/person/${slug}`, body);
          if ('pin' in body) expect(response.status, 'written, never shown').toBe(200);
          else {
            expect(response.status, JSON.stringify(body)).toBe(422);
            expect([...new Set(pointers(response))]).toEqual([`/${Object.keys(body)[0]}`]);
          }
        }
      });

      it('is atomic', async () => {
        const slug = await create({ phones: [{ number: '1' }] });
        const before = await read(slug);
        for (const body of [
          { family: 'Good', age: 'bad' },
          { family: 'Good', country: 'ZZ' },
          { family: 'Good', phones: [], email: 'ada@x.test' },
          { family: 'Good', phones: [], name: 'Forbidden' },
          { family: 'Good', phones: [], name: 'Late' },
          { family: 'Good', phones: [], name: 'Invisible' },
          { family: 'Good', pay: '999999999999.00' },
        ]) {
          const response = await send('PATCH', `/person/${slug}`, body);
          expect(response.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
          if (body.name !== 'Late') expect(response.status, response.text).toBeLessThan(500);
          expect(await read(slug), JSON.stringify(body)).toEqual(before);
        }
      });

      it('leaves rows alone that the caller does not see', async () => {
        const ada = await send('PATCH', '/person/ada', { phones: [{ number: '11' }], tags: [] });
        expect(ada.status, ada.text).toBe(200);
        expect(ada.body).toMatchObject({ phones: [{ number: '11', kind: 'home' }], tags: [] });
        const row = await stored('ada');
        expect(
          row?.phones
            .getItems()
            .map(({ number }) => number)
            .sort(),
        ).toEqual(['11', '999']);
        expect(row?.tags.getItems().map(({ code }) => code)).toEqual(['dark']);
        await send('PATCH', '/person/ada', { tags: { add: ['red'] } });
        expect((await stored('ada'))?.tags.getItems().map(({ code }) => code)).toHaveLength(2);
        expect(await world.orm.em.fork().count(Tag)).toBe(2);
      });
    });

    describe('replace', () => {
      it('unsets what is absent, keeps what only a create may write, applies defaults', async () => {
        const slug = await create({
          family: 'F',
          country: 'BE',
          pay: '1.00',
          address: { city: 'C' },
          phones: [{ number: '1' }],
        });
        const response = await send('PUT', `/person/${slug}`, { slug, name: 'Whole' });
        expect(response.status, response.text).toBe(200);
        expect(response.body).toMatchObject({
          slug,
          name: 'Whole',
          family: null,
          country: null,
          pay: null,
          phones: [],
          owner: 'full',
        });
        const { owner: _, ...sentBack } = response.body as Record<string, unknown>;
        const again = await send('PUT', `/person/${slug}`, sentBack);
        expect(again.status, again.text).toBe(200);
        expect((await send('PUT', `/person/${slug}`, {})).status).toBe(422);
        expect((await send('PUT', '/person/absent', { slug: 'absent', name: 'X' })).status).toBe(404);
      });
    });

    describe('delete', () => {
      it('deletes with what is owned, and answers 204 without a body', async () => {
        const slug = await create({ phones: [{ number: '77' }] });
        const response = await send('DELETE', `/person/${slug}`);
        expect([response.status, response.text]).toEqual([204, '']);
        expect(response.headers['content-type']).toBeUndefined();
        expect(await world.orm.em.fork().count(Phone, { number: '77' })).toBe(0);
        expect((await send('DELETE', `/person/${slug}`)).status).toBe(404);
        expect(happened.slice(3)).toEqual(['before delete', 'after delete', 'committed delete']);
      });

      it('says that others refer to it', async () => {
        const boss = await create();
        await create({ manager: boss });
        const response = await send('DELETE', `/person/${boss}`);
        expect(response.status).toBe(409);
        expect(response.body).toMatchObject({ code: 'still_referenced' });
        expect(response.text).not.toMatch(/foreign|person_manager|constraint/);
        expect(await stored(boss)).not.toBeNull();
        expect((await read(boss)).name).toBe('Made');
        expect((await send('DELETE', '/country/BE')).status).toBe(409);
      });
    });

    describe('hooks, methods and effects', () => {
      it('runs hooks in order, effects after the commit, and undoes everything when a hook throws', async () => {
        const slug = await create();
        expect(happened).toEqual(['before create', 'after create', 'committed create']);
        happened.splice(0);
        const broken = await send('PATCH', `/person/${slug}`, { name: 'Forbidden' });
        expect(broken.body).toMatchObject({ code: 'rule_broken', status: 422 });
        expect((await send('PATCH', `/person/${slug}`, { name: 'Late' })).status).toBe(500);
        expect((await send('PATCH', `/person/${slug}`, { name: 'Invisible' })).status).toBe(403);
        expect(happened.filter((what) => what.startsWith('committed'))).toEqual([]);
        expect(await read(slug)).toMatchObject({ name: 'Made' });
        await send('PATCH', `/person/${slug}`, { name: 'Keep' });
        expect((await send('DELETE', `/person/${slug}`)).status).toBe(422);
        expect(await stored(slug)).not.toBeNull();
      });

      it('runs methods under their scope, schema and transaction', async () => {
        const slug = await create();
        expect((await send('GET', `/person/${slug}/greet`)).body).toMatchObject({ slug });
        expect((await call(world.api, 'GET', `/api/person/${slug}/greet`, { headers: as('reader') })).status).toBe(403);
        expect((await send('POST', `/person/${slug}/rename`, { name: 1 })).status).toBe(422);
        expect((await send('POST', `/person/${slug}/rename`)).status).toBe(400);
        const renamed = await send('POST', `/person/${slug}/rename`, { name: 'Renamed' });
        expect([renamed.status, renamed.body]).toMatchObject([200, { name: 'Renamed' }]);
        const undone = await send('POST', `/person/${slug}/rename`, { name: 'Undo' });
        expect(undone.status).toBe(409);
        expect(await read(slug)).toMatchObject({ name: 'Renamed' });
        expect(happened.filter((what) => what === 'committed rename')).toHaveLength(1);
        const made = await send('POST', '/person/made');
        expect([made.status, made.headers['x-made'], made.body]).toEqual([207, 'yes', { ok: true }]);
      });
    });
  });
}
