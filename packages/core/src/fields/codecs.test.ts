import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, createApi } from '../api/create-api.ts';
import { defineResource, type ResourceDescriptor } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';
import { record } from './index.ts';

const BookSchema = defineEntity({
  name: 'Vocabulary',
  properties: { id: p.integer().primary(), uri: p.string().unique() },
});
class Vocabulary extends BookSchema.class {}
BookSchema.setClass(Vocabulary);

const CodeSchema = defineEntity({
  name: 'Code',
  properties: {
    id: p.integer().primary(),
    vocabulary: () => p.manyToOne(Vocabulary),
    code: p.string(),
    display: p.string(),
  },
});
class Code extends CodeSchema.class {}
CodeSchema.setClass(Code);

const PartySchema = defineEntity({
  name: 'Party',
  properties: {
    id: p.integer().primary(),
    ref: p.string().unique(),
    kind: p.string(),
    name: p.string(),
    family: p.string().nullable(),
    street: p.string().nullable(),
    zip: p.string().nullable(),
    sex: () => p.manyToOne(Code).nullable(),
    level: () => p.manyToOne(Code),
    head: () => p.manyToOne(Party).nullable(),
    twin: () => p.manyToOne(Party).nullable(),
    version: p.integer().version(),
  },
});
class Party extends PartySchema.class {}
PartySchema.setClass(Party);

const system = 'urn:iso:sex';
const level = 'urn:level';
const coding = (code: string, of = system) => ({ coding: [{ system: of, code }] });

const party = (name: 'person' | 'group') =>
  defineResource(Party, {
    name,
    path: `/${name}`,
    key: key.natural('ref'),
    keyName: null,
    version: 'version',
    scope: () => 'all',
    domain: (_call, where) => where.eq('kind', name),
    defaults: { kind: name },
    fields: (f) => ({
      ref: f.field('ref', { write: 'create', always: true }),
      name: f.field('name'),
      address: f.object({ street: f.field('street', { required: true }), zip: f.field('zip') }),
      sex: f.coded('sex', {
        system: 'vocabulary.uri',
        code: 'code',
        display: 'display',
        systems: [system],
        standIns: { 'urn:old-sex': system },
      }),
      level: f.coded('level', {
        system: 'vocabulary.uri',
        code: 'code',
        display: 'display',
        systems: [level],
        text: false,
        default: () => record({ code: 'low' }),
      } as never),
      head: f.reference('head', { resources: ['person', 'group'], display: 'name' }),
      twin: f.toOne('twin', { resource: 'person', expand: ['name', 'twin'], default: record({ ref: 'ada' }) }),
      label: f.computed({
        reads: { a: 'name', b: 'family' },
        output: { type: 'string' },
        encode: ({ a, b }) => (b === null ? String(a) : `${b}, ${a}`),
      }),
      family: f.custom({
        reads: { family: 'family' },
        output: { type: 'string' },
        input: { type: 'string', minLength: 1 },
        encode: ({ family }) => (family === null ? undefined : String(family).toUpperCase()),
        assign: (entity, value: string | null) => {
          entity.family = value === null ? null : value.toLowerCase();
        },
      }),
    }),
    operations: { search: true, read: true, create: true, update: true, replace: true },
  });

const headers = { authorization: 'Bearer a' };

for (const database of testDatabases()) {
  describe(`codecs on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    const started = (options: Partial<ApiOptions> = {}) =>
      createApi({
        orm: open.orm,
        resources: [party('person'), party('group')],
        auth: [tokenStrategy({ a: { scopes: ['all'] } })],
        logger: silentLogger,
        ...options,
      });
    beforeAll(async () => {
      open = await database.open([Vocabulary, Code, Party]);
      const em = open.orm.em.fork();
      const iso = em.create(Vocabulary, { uri: system });
      const levels = em.create(Vocabulary, { uri: level });
      em.create(Code, { vocabulary: iso, code: 'f', display: 'Female' });
      em.create(Code, { vocabulary: levels, code: 'f', display: 'First' });
      const low = em.create(Code, { vocabulary: levels, code: 'low', display: 'Low' });
      em.create(Party, { ref: 'ada', kind: 'person', name: 'Ada', level: low });
      em.create(Party, { ref: 'g/1|x', kind: 'group', name: 'Group', level: low });
      em.create(Party, { ref: 'spy', kind: 'hidden', name: 'Spy', level: low });
      await em.flush();
      api = await started();
    });
    afterAll(() => open?.close());

    let count = 0;
    const create = async (body: object = {}) => {
      count += 1;
      const response = await call(api, 'POST', '/person', {
        headers,
        body: { ref: `p${count}`, name: 'P', address: { street: 'S' }, ...body },
      });
      return { response, target: `/person/p${count}`, body: response.body as Record<string, unknown> };
    };
    const patch = (target: string, body: object) => call(api, 'PATCH', target, { headers, body });

    it('coded: shows codings, takes codes of its systems, refuses others', async () => {
      const { response, target, body } = await create({ sex: coding('f') });
      expect(response.status, response.text).toBe(201);
      expect(body.sex).toEqual({ coding: [{ system, code: 'f', display: 'Female' }], text: 'Female' });
      expect(body.level).toEqual({ coding: [{ system: level, code: 'low', display: 'Low' }] });
      const back = await patch(target, { sex: body.sex });
      expect(back.body).toMatchObject({ sex: body.sex });
      for (const wrong of [
        coding('x'),
        coding('f', 'urn:other'),
        coding('x', 'urn:old-sex'),
        coding('f', 'constructor'),
        coding('f', level),
      ]) {
        const refused = await patch(target, { sex: wrong });
        expect(refused.status).toBe(422);
        expect(refused.body).toMatchObject({ errors: [{ pointer: '/sex', code: 'reference' }] });
      }
      expect((await patch(target, { sex: null })).body).toMatchObject({ sex: null });
      const standIn = await patch(target, { sex: coding('f', 'urn:old-sex') });
      expect(standIn.body).toMatchObject({ sex: body.sex });
      for (const none of [{}, { coding: [] }, { text: 'x' }, null]) {
        const refused = await patch(target, { level: none });
        expect([refused.status, JSON.stringify(none)]).toEqual([422, JSON.stringify(none)]);
        expect(refused.body).toMatchObject({ errors: [{ pointer: '/level' }] });
      }
    });

    it('reference: several types on one relation, escapes, faults', async () => {
      const { target } = await create({ head: { reference: 'Person/ada' } });
      expect((await call(api, 'GET', target, { headers })).body).toMatchObject({
        head: { reference: 'Person/ada', display: 'Ada' },
      });
      for (const sent of ['Group/g/1|x', 'Group/g%2F1%7Cx']) {
        const response = await patch(target, { head: { reference: sent } });
        expect(response.body, sent).toMatchObject({ head: { reference: 'Group/g/1|x', display: 'Group' } });
      }
      for (const wrong of [
        'Group/ada',
        'Person/spy',
        'Person/',
        'Person',
        '/ada',
        'Nope/ada',
        'person/ada',
        '',
        'Person/%',
        'Person/ada/',
      ]) {
        const response = await patch(target, { head: { reference: wrong } });
        expect([wrong, response.status]).toEqual([wrong, 422]);
        expect(response.body).toMatchObject({ errors: [{ pointer: '/head', code: 'reference' }] });
      }
      expect((await patch(target, { head: null })).body).toMatchObject({ head: null });
    });

    it('reference: tells beside it only what the caller may read over there', async () => {
      const persons = { ...party('person'), scope: () => ['all', 'persons'] } as ResourceDescriptor;
      const groups: ResourceDescriptor = {
        ...party('group'),
        policies: [
          {
            name: 'listed',
            fields: (call) => ('id' in call.principal && call.principal.id === 'b' ? new Set(['ref']) : undefined),
          },
        ],
      };
      const { target } = await create({ head: { reference: 'Group/g/1|x' } });
      const auth = [tokenStrategy({ a: { scopes: ['all'] }, b: { scopes: ['all'] }, c: { scopes: ['persons'] } })];
      const limited = await started({ resources: [persons, groups], auth });
      const head = async (who: string) => {
        const { body } = await call(limited, 'GET', target, { headers: { authorization: `Bearer ${who}` } });
        return (body as { head: unknown }).head;
      };
      expect(await head('a')).toEqual({ reference: 'Group/g/1|x', display: 'Group' });
      expect(await head('b')).toEqual({ reference: 'Group/g/1|x' });
      expect(await head('c')).toEqual({ reference: 'Group/g/1|x' });
      const selects = async (path: string, who: string) =>
        (await call(limited, 'GET', `${target}?fields=${path}`, { headers: { authorization: `Bearer ${who}` } }))
          .status;
      expect(await selects('head.display', 'a')).toBe(200);
      // `c` could see it on a person, if one stood there.
      expect(await selects('head.display', 'c')).toBe(200);
      expect(await selects('head.reference', 'b')).toBe(200);
      expect(await selects('head.nope', 'a')).toBe(400);
      expect(await selects('head.reference.nope', 'a')).toBe(400);
    });

    it('selects parts of coded values and of expansions, and no parts that are not there', async () => {
      const { target } = await create({ sex: coding('f') });
      const selected = (fields: string) => call(api, 'GET', `${target}?fields=${fields}`, { headers });
      expect((await selected('sex.text,twin.twin.name')).body).toMatchObject({ sex: { text: 'Female' } });
      for (const path of ['sex.nope', 'sex.coding.nope', 'label.nope', 'family.nope', 'twin.ref', 'twin.twin.nope']) {
        expect([path, (await selected(path)).status]).toEqual([path, 400]);
      }
      for (const path of ['sex.coding.code', 'twin.id', 'twin.twin.twin.name']) {
        expect([path, (await selected(path)).status]).toEqual([path, 200]);
      }
    });

    it('to-one: expands to a depth and no deeper, defaults by a record, on create and on replace', async () => {
      const { target, body } = await create();
      expect(body.twin).toEqual({ id: 'ada', name: 'Ada', twin: null });
      await patch('/person/ada', { twin: 'ada' });
      const deep = (await call(api, 'GET', target, { headers })).body as Record<string, unknown>;
      expect(deep.twin).toEqual({
        id: 'ada',
        name: 'Ada',
        twin: { id: 'ada', name: 'Ada', twin: { id: 'ada', name: 'Ada', twin: 'ada' } },
      });
      await patch(target, { twin: null });
      const ref = target.replace('/person/', '');
      const replaced = await call(api, 'PUT', target, {
        headers,
        body: { ref, name: 'New', address: { street: 'T' } },
      });
      expect(replaced.status, replaced.text).toBe(200);
      expect(replaced.body).toMatchObject({ name: 'New', twin: { id: 'ada' }, level: { coding: [{ code: 'low' }] } });
      expect((await patch(target, { twin: 'g/1|x' })).status).toBe(422);
    });

    it('pairs, and other ways to write what is unset', async () => {
      const other = await started({
        representation: { expanded: 'pair', unset: { string: '', date: '', binary: '', other: 0, toOne: false } },
      });
      const ada = (await call(other, 'GET', '/person/ada', { headers })).body as Record<string, unknown>;
      expect(ada).toMatchObject({ sex: false, head: false, twin: ['ada', { name: 'Ada' }] });
    });

    it('object: merges, needs its required members only on create', async () => {
      expect((await create({ address: { zip: '1' } })).response.status).toBe(422);
      const { target, body } = await create({ address: { street: 'S' } });
      expect(body.address).toEqual({ street: 'S', zip: null });
      const merged = await patch(target, { address: { zip: '9' } });
      expect(merged.status, merged.text).toBe(200);
      expect(merged.body).toMatchObject({ address: { street: 'S', zip: '9' } });
      expect((await patch(target, { address: null })).body).toMatchObject({ address: null });
    });

    it('computed and custom: read, written by their own hand', async () => {
      const { target, body } = await create({ family: 'Byron' });
      expect(body).toMatchObject({ family: 'BYRON', label: 'byron, P' });
      expect((await patch(target, { label: 'x' })).status).toBe(422);
      expect((await patch(target, { family: '' })).status).toBe(422);
      expect((await patch(target, { family: null })).body).toMatchObject({ family: null, label: 'P' });
    });

    it('always: stays whatever is selected', async () => {
      expect((await call(api, 'GET', '/person/ada?fields=name', { headers })).body).toEqual({
        ref: 'ada',
        name: 'Ada',
      });
    });
  });
}
