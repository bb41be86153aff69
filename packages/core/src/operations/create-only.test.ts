import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { strict } from '../road/api-context.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';

const Bank = defineEntity({ name: 'Bank', properties: { id: p.integer().primary(), code: p.string().unique() } });
const Account = defineEntity({
  name: 'Account',
  properties: {
    id: p.integer().primary(),
    number: p.string().unique(),
    kind: p.string(),
    pin: p.string().nullable(),
    rating: p.string().nullable(),
    opened: p.datetime().nullable(),
    city: p.string().nullable(),
    floor: p.string().nullable(),
    door: p.string().nullable(),
    note: p.string().nullable(),
    bank: () => p.manyToOne(Bank).nullable(),
    marks: () => p.oneToMany(Mark).mappedBy('account').orphanRemoval(),
    version: p.integer().version(),
  },
});
const Mark = defineEntity({
  name: 'Mark',
  properties: { id: p.integer().primary(), account: () => p.manyToOne(Account), text: p.string() },
});

const banks = defineResource(Bank, {
  name: 'bank',
  path: '/bank',
  key: key.natural('code'),
  scope: () => 'read',
  fields: (f) => ({ code: f.field('code') }),
  operations: { read: true },
});
const accounts = defineResource(Account, {
  name: 'account',
  path: '/account',
  key: key.natural('number'),
  version: 'version',
  scope: (operation) => (operation === 'read' ? 'read' : 'write'),
  fields: (f) => ({
    number: f.field('number', { write: 'create', read: false }),
    kind: f.field('kind', { write: 'create', description: 'What it is for.' }),
    pin: f.field('pin', { write: 'create', read: false }),
    rating: f.field('rating', { write: 'create' }),
    opened: f.field('opened', { write: 'create' }),
    address: f.object({
      city: f.field('city'),
      floor: f.field('floor', { write: 'create' }),
      door: f.field('door', { write: 'create', read: false }),
    }),
    bank: f.toOne('bank', { resource: 'bank', expand: ['code'], write: 'create' }),
    marks: f.list('marks', (each) => ({ text: each.field('text') }), { write: 'create' }),
    note: f.field('note'),
  }),
  policies: [
    {
      name: 'rating',
      fields: (caller) =>
        'id' in caller.principal && caller.principal.id === 'clerk' ? new Set(['kind', 'note']) : undefined,
    },
  ],
  operations: { read: true, create: true, update: true, replace: true },
});

const auth = [
  tokenStrategy({
    owner: { scopes: ['read', 'write'] },
    clerk: { scopes: ['read', 'write'] },
    writer: { scopes: ['write'] },
  }),
];

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

for (const database of testDatabases()) {
  describe(`fields that only a create writes, on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    let ignoring: Api;
    beforeAll(async () => {
      open = await database.open([Bank, Account, Mark]);
      const em = open.orm.em.fork();
      em.create(Bank, { code: 'KBC' });
      em.create(Bank, { code: 'ING' });
      await em.flush();
      const options = { orm: open.orm, resources: [banks, accounts], auth, logger: silentLogger };
      api = await createApi(options);
      ignoring = await createApi({ ...options, strictness: { ...strict, unknownProperties: 'ignore' } });
    });
    afterAll(() => open?.close());

    const first = {
      number: 'a1',
      kind: 'savings',
      pin: '1234',
      rating: 'AA',
      opened: '2026-01-02T03:04:05.000Z',
      address: { city: 'Ghent', floor: '3' },
      bank: 'KBC',
      marks: [{ text: 'x' }, { text: 'y' }],
      note: 'n',
    };
    const send = (method: string, body: unknown, who = 'owner', on = api) =>
      call(on, method, '/account/a1', { headers: { authorization: `Bearer ${who}` }, body });
    const immutable = ({ status, body }: { readonly status: number; readonly body: unknown }) => {
      const { code, errors = [] } = body as Problem;
      expect([status, code]).toEqual([422, 'invalid_body']);
      expect(errors.map((error) => error.code)).toEqual(errors.map(() => 'immutable'));
      return errors.map(({ pointer }) => pointer);
    };
    beforeEach(async () => {
      const em = open.orm.em.fork();
      await em.nativeDelete(Mark, {});
      await em.nativeDelete(Account, {});
      const made = await call(api, 'POST', '/account', { headers: { authorization: 'Bearer owner' }, body: first });
      expect(made.status, made.text).toBe(201);
    });
    const stored = () => open.orm.em.fork().findOneOrFail(Account, { number: 'a1' }, { populate: ['bank', 'marks'] });

    it('says in a patch which of them cannot be changed, and changes nothing', async () => {
      const response = await send('PATCH', {
        note: 'changed',
        number: 'a2',
        kind: 'current',
        rating: null,
        opened: '2026-01-02T03:04:06Z',
        address: { city: 'Bruges', floor: '4' },
        bank: 'ING',
        marks: [{ text: 'x' }],
      });
      const pointers = ['/number', '/kind', '/rating', '/opened', '/address/floor', '/bank', '/marks'];
      expect(immutable(response)).toEqual(pointers);
      expect(await stored()).toMatchObject({ note: 'n', kind: 'savings', city: 'Ghent', floor: '3' });
    });

    it('still tells what is unknown, of another type, or never written', async () => {
      for (const [body, code] of [
        [{ kin: 'x' }, 'unknown'],
        [{ kind: 7 }, 'type'],
        [{ kind: null }, 'type'],
        [{ id: 'a2' }, 'unknown'],
      ] as const) {
        const { status, body: answer } = await send('PATCH', body);
        expect(status).toBe(422);
        expect((answer as Problem).errors).toMatchObject([{ pointer: `/${Object.keys(body)[0]}`, code }]);
      }
    });

    it('takes what the record has already, in whatever form it comes to the same', async () => {
      const { number, kind, rating, opened, address, bank, marks } = first;
      for (const body of [
        { number },
        { kind, rating },
        { opened },
        { opened: '2026-01-02T04:04:05+01:00' },
        { address },
        { bank },
        { marks },
      ]) {
        const response = await send('PATCH', body);
        expect([JSON.stringify(body), response.status]).toEqual([JSON.stringify(body), 200]);
      }
      const changed = await send('PATCH', { kind, note: 'new', address: { floor: '3', city: 'Bruges' } });
      expect(changed.body).toMatchObject({ note: 'new', address: { city: 'Bruges', floor: '3' } });
      await open.orm.em.fork().nativeUpdate(Account, { number }, { rating: null, bank: null, floor: null });
      expect((await send('PATCH', { rating: null, bank: null, address: { floor: null } })).status).toBe(200);
      expect(immutable(await send('PATCH', { rating: 'AA', bank: 'KBC', address: { floor: '3' } }))).toHaveLength(3);
    });

    it('holds a replace to the same, and leaves alone what it leaves out', async () => {
      const { opened: _, rating: __, ...rest } = first;
      const replaced = await send('PUT', { ...rest, address: { floor: '3' }, note: 'whole' });
      expect(replaced.status, replaced.text).toBe(200);
      expect(await stored()).toMatchObject({ note: 'whole', rating: 'AA', city: null, floor: '3', kind: 'savings' });
      expect((await stored()).marks).toHaveLength(2);
      const other = { ...first, number: 'a9', kind: 'x', address: { floor: '9' }, marks: [], note: 'lost' };
      expect(immutable(await send('PUT', other))).toEqual(['/number', '/kind', '/address/floor', '/marks']);
      expect((await stored()).note).toBe('whole');
    });

    it('tells nobody by guesses what is not shown', async () => {
      for (const pin of ['1234', '9999']) {
        expect(immutable(await send('PATCH', { pin }))).toEqual(['/pin']);
        expect((await send('PUT', { ...first, pin })).status).toBe(200);
      }
      for (const rating of ['AA', 'B']) {
        for (const method of ['PATCH', 'PUT']) {
          const withheld = await send(method, { number: 'a1', kind: 'savings', rating }, 'clerk');
          expect([withheld.status, withheld.body]).toMatchObject([
            422,
            { errors: [{ code: 'unknown', pointer: '/rating' }] },
          ]);
        }
        expect(immutable(await send('PATCH', { rating }, 'writer'))).toEqual(['/rating']);
        expect((await send('PUT', { ...first, rating }, 'writer')).status).toBe(200);
      }
      expect(immutable(await send('PATCH', { kind: 'x' }, 'clerk'))).toEqual(['/kind']);
      expect(await stored()).toMatchObject({ pin: '1234', rating: 'AA', kind: 'savings' });
    });

    it('tells nobody by guesses what is not shown inside of an object that is unset', async () => {
      const account = { number: 'a2', kind: 'savings', address: { door: '7' } };
      const headers = { authorization: 'Bearer owner' };
      expect((await call(api, 'POST', '/account', { headers, body: account })).status).toBe(201);
      expect((await call(api, 'GET', '/account/a2', { headers })).body).toMatchObject({ address: null });
      for (const door of ['7', '8']) {
        const patched = await call(api, 'PATCH', '/account/a2', { headers, body: { address: { door } } });
        expect(immutable(patched)).toEqual(['/address/door']);
        const put = await call(api, 'PUT', '/account/a2', { headers, body: { ...account, address: { door } } });
        expect(put.status, put.text).toBe(200);
      }
    });

    it('ignores them where properties that are not taken are ignored', async () => {
      const body = { kind: 7, rating: 'B', marks: 'x', nope: 1, note: 'new' };
      expect((await send('PATCH', body, 'owner', ignoring)).body).toMatchObject({ kind: 'savings', note: 'new' });
      const put = await send('PUT', { ...first, kind: 'other', note: 'put' }, 'owner', ignoring);
      expect(put.body).toMatchObject({ kind: 'savings', note: 'put' });
    });

    it('shows in the schemas what is accepted', () => {
      const schemaOf = (on: Api, name: string) =>
        on.plan.routes.find((route) => route.name === `account.${name}`)?.body?.schema as {
          readonly properties: Readonly<
            Record<string, { readonly description?: string; readonly properties?: object }>
          >;
          readonly required?: readonly string[];
        };
      const patch = schemaOf(api, 'update');
      expect(patch.required).toBeUndefined();
      expect(patch.properties.kind?.description).toBe('What it is for. Accepted as it is; it cannot be changed.');
      expect(patch.properties.address?.properties).toHaveProperty('floor');
      expect(patch.properties.note?.description).toBeUndefined();
      expect(schemaOf(api, 'create').properties.kind?.description).toBe('What it is for.');
      expect(schemaOf(ignoring, 'update').properties).not.toHaveProperty('kind');
      expect(schemaOf(api, 'replace').properties).toHaveProperty('kind');
    });
  });
}
