import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiOptions, createApi } from '../api/create-api.ts';
import { defineResource, type ResourceDescriptor } from '../descriptor/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import { record } from '../fields/index.ts';
import { key } from '../keys/index.ts';
import type { Plugin } from '../plugin/index.ts';
import { silentLogger } from '../services/index.ts';
import { type OpenTestDatabase, testDatabases } from '../testing/index.ts';

const Land = defineEntity({
  name: 'Land',
  properties: { id: p.integer().primary(), code: p.string().unique(), name: p.string() },
});
const Man = defineEntity({
  name: 'Man',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    name: p.string(),
    age: p.integer().nullable(),
    data: p.json().nullable(),
    land: () => p.manyToOne(Land).nullable(),
    cars: () => p.oneToMany(Car).mappedBy('man'),
  },
});
const Car = defineEntity({
  name: 'Car',
  properties: {
    id: p.integer().primary(),
    man: () => p.manyToOne(Man),
    plate: p.string(),
    land: () => p.manyToOne(Land).nullable(),
  },
});
const Stray = defineEntity({ name: 'Stray', properties: { id: p.integer().primary(), name: p.string() } });

const [database] = testDatabases();
let open: OpenTestDatabase;
beforeAll(async () => {
  if (database === undefined) throw new Error('PGlite is always there');
  open = await database.open([Land, Man, Car]);
});
afterAll(() => open?.close());

const lands = defineResource(Land, {
  name: 'land',
  path: '/land',
  key: key.natural('code'),
  scope: 'land',
  fields: (f) => ({ name: f.field('name') }),
  operations: { read: true },
});

type Loose = Parameters<typeof defineResource<typeof Man>>[1];

/** A descriptor as plain JavaScript may write it: what the compiler would have refused must stop the start. */
function man(change: Partial<Record<keyof Loose, unknown>> = {}): ResourceDescriptor {
  const options = {
    name: 'man',
    path: '/man',
    key: key.natural('slug'),
    keyName: null,
    scope: 'man',
    fields: (f: Builder) => ({ name: f.field('name') }),
    operations: { read: true, search: true, create: true },
    // What no field of most tests fills.
    defaults: { slug: 'x', name: 'X' },
    ...change,
  };
  return defineResource(Man, options as unknown as Loose);
}
type Builder = Record<
  'field' | 'toOne' | 'toMany' | 'list' | 'object' | 'reference' | 'coded' | 'computed' | 'custom' | 'binary',
  // biome-ignore lint/suspicious/noExplicitAny: the tests write what types forbid
  (...args: any[]) => any
>;

const faultOf = async (
  resources: readonly ResourceDescriptor[],
  options: Partial<ApiOptions> = {},
): Promise<string> => {
  const starting = createApi({ orm: open.orm, resources, logger: silentLogger, ...options });
  const error = await starting.then(
    () => new Error('it started'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as Error).message;
};
const fields = (make: (f: Builder) => unknown, more: Partial<Record<keyof Loose, unknown>> = {}) =>
  faultOf([man({ fields: make, ...more }), lands]);

describe('the start', () => {
  it('starts what is right', async () => {
    await expect(createApi({ orm: open.orm, resources: [man(), lands], logger: silentLogger })).resolves.toBeDefined();
  });

  it('does not mind the order of resources, at any depth', async () => {
    const deep = man({
      fields: (f: Builder) => ({
        land: f.toOne('land', { resource: 'land' }),
        inner: f.object({ land: f.toOne('land', { resource: 'land' }) }),
        cars: f.list('cars', (each: Builder) => ({ land: each.toOne('land', { resource: 'land', expand: ['name'] }) })),
      }),
    });
    await expect(createApi({ orm: open.orm, resources: [deep, lands], logger: silentLogger })).resolves.toBeDefined();
  });

  it('names an unknown property by its place', async () => {
    expect(await fields((f) => ({ customer: f.field('custmer') }))).toBe(
      'resources.man.fields.customer: no property "custmer" on Man',
    );
    expect(await fields((f) => ({ o: f.object({ x: f.field('nope') }) }))).toMatch(/^resources\.man\.fields\.o\.x: /);
    expect(await fields((f) => ({ c: f.list('cars', (e: Builder) => ({ p: e.field('plat') })) }))).toMatch(
      /^resources\.man\.fields\.c\.items\.p: no property "plat" on Car/,
    );
    expect(
      await fields((f) => ({ x: f.computed({ reads: { a: 'land.nope' }, output: {}, encode: () => 1 }) })),
    ).toMatch(/^resources\.man\.fields\.x: /);
    expect(await faultOf([man({ version: 'versionn' }), lands])).toMatch(/^resources\.man\.version: no property/);
    expect(await faultOf([man({ order: ['-nope'] }), lands])).toMatch(/^resources\.man\.order: no property "nope"/);
    expect(await faultOf([man({ key: key.natural('nope') }), lands])).toMatch(/^resources\.man\.key: no property/);
    expect(await faultOf([man({ defaults: { nope: 1 } }), lands])).toMatch(
      /^resources\.man\.defaults\.nope: no property/,
    );
    expect(await faultOf([man({ hierarchy: 'land2' }), lands])).toMatch(/^resources\.man\.hierarchy: /);
    expect(await faultOf([man({ sorts: { s: { by: ['name'], shownIn: 'nope' } } }), lands])).toMatch(
      /^resources\.man\.sorts\.s: /,
    );
  });

  it('names fields that a search parameter tells of and that there are none of', async () => {
    const parameters = (reveals: string[]) => ({ own: { type: 'string', reveals, matches: () => undefined } });
    const told = 'resources.man.parameters.own: there is no readable field ';
    expect(await faultOf([man({ parameters: parameters(['nmae']) })])).toBe(`${told}"nmae"`);
    const unread = man({ fields: (f: Builder) => ({ name: f.field('name', { read: false }) }) });
    expect(await faultOf([{ ...unread, parameters: man({ parameters: parameters(['name']) }).parameters ?? {} }])).toBe(
      `${told}"name"`,
    );
  });

  it('names options that there are none of, and the nearest ones', async () => {
    for (const [options, told] of [
      [{ plugin: [] }, 'plugin: there is no such option: did you mean "plugins"?'],
      [{ limits: { bodytimeout: 1 } }, 'limits.bodytimeout: there is no such option: did you mean "bodyTimeout"?'],
      [{ limits: { json: { deep: 1 } } }, 'limits.json.deep: there is no such option: there are depth, keys'],
      [{ strictness: { unknownProps: 'refuse' } }, 'strictness.unknownProps: there is no such option'],
      [{ store: { attempt: 1 } }, 'store.attempt: there is no such option: did you mean "attempts"?'],
      [{ securityHeaders: { hsts: { maxage: 1 } } }, 'securityHeaders.hsts.maxage: there is no such option'],
      [{ representation: { nils: 'omit' } }, 'representation.nils: there is no such option'],
    ] as const) {
      expect(await faultOf([man()], options as object)).toContain(told);
    }
  });

  it('names relations that lead nowhere', async () => {
    expect(await fields((f) => ({ land: f.toOne('land', { resource: 'lend' }) }))).toMatch(
      /^resources\.man\.fields.*: the API has no resource "lend"/,
    );
    expect(await fields((f) => ({ land: f.toOne('land', { resource: 'man' }) }))).toBe(
      'resources.man.fields.land: "man" is served from Man, not Land',
    );
    expect(await fields((f) => ({ land: f.toOne('name', { resource: 'land' }) }))).toMatch(
      /^resources\.man\.fields\.land: .* not toOne/,
    );
    expect(await fields((f) => ({ land: f.toOne('land', { resource: 'land', expand: ['nope'] }) }))).toMatch(
      /^resources\.man\.fields\.land: no readable field "nope" on land/,
    );
    expect(await fields((f) => ({ land: f.reference('land', { resources: ['lend'] }) }))).toMatch(
      /^resources\.man\.fields.*"lend"/,
    );
    expect(await fields((f) => ({ land: f.reference('land', { resources: ['man'] }) }))).toBe(
      'resources.man.fields.land: "man" is served from Man, not Land',
    );
    const nested = (resource: string) => (f: Builder) => ({
      cars: f.list('cars', (e: Builder) => ({ land: e.toOne('land', { resource }) })),
    });
    expect(await fields(nested('lend'))).toMatch(/^resources\.man\.fields\.cars.*"lend"/);
    expect(await fields(nested('man'))).toMatch(/^resources\.man\.fields\.cars\.items\.land: /);
  });

  it('names rules that contradict each other', async () => {
    expect(await fields((f) => ({ name: f.field('name', { read: false, filter: true }) }))).toMatch(
      /^resources\.man\.fields\.name: .*not read/,
    );
    expect(await fields((f) => ({ o: f.object({ name: f.field('name', { read: false, sort: true }) }) }))).toMatch(
      /^resources\.man\.fields\.o\.name: /,
    );
    expect(
      await fields((f) => ({ x: f.computed({ reads: { a: 'name' }, output: {}, encode: () => 1, sort: true }) })),
    ).toMatch(/^resources\.man\.fields\.x: .*sorted/);
    expect(await fields((f) => ({ id: f.field('id') }))).toMatch(/^resources\.man\.fields\.id: .*primary key/);
    expect(await faultOf([man({ keyName: 'name' }), lands])).toMatch(
      /^resources\.man\.fields\.name: the key has this name/,
    );
    expect(await fields((f) => ({ 'a.b': f.field('name') }))).toMatch(/^resources\.man\.fields.*a\.b/);
    expect(
      await fields((f) =>
        JSON.parse('["__proto__"]').reduce(
          (all: object, n: string) => Object.defineProperty(all, n, { value: f.field('name'), enumerable: true }),
          {},
        ),
      ),
    ).toMatch(/^resources\.man\.fields/);
    expect(
      await faultOf([
        man({
          sorts: { s: { by: ['name'], shownIn: 'secret' } },
          fields: (f: Builder) => ({ secret: f.field('name', { read: false }) }),
        }),
        lands,
      ]),
    ).toMatch(/^resources\.man\.sorts\.s: /);
  });

  it('names defaults of the wrong kind', async () => {
    expect(await fields((f) => ({ age: f.field('age', { default: 'ten' }) }))).toMatch(
      /^resources\.man\.fields\.age\.default: /,
    );
    expect(await fields((f) => ({ o: f.object({ age: f.field('age', { default: 1.5 }) }) }))).toMatch(
      /^resources\.man\.fields\.o\.age\.default: /,
    );
    expect(await fields((f) => ({ age: f.field('age', { default: record({ code: 'BE' }) }) }))).toMatch(
      /^resources\.man\.fields\.age\.default: /,
    );
    expect(
      await fields((f) => ({ land: f.toOne('land', { resource: 'land', default: record({ nope: 'BE' }) }) })),
    ).toMatch(/^resources\.man\.fields\.land\.default: no property "nope"/);
    expect(await faultOf([man({ defaults: { land: record({ nope: 1 }) } }), lands])).toMatch(
      /^resources\.man\.defaults\.land: /,
    );
  });

  it('names what has no scope', async () => {
    expect(await faultOf([man({ scope: undefined }), lands])).toBe(
      'resources.man.operations.read: no scope is declared; name one, or say "public"',
    );
    const run = () => ({});
    expect(
      await faultOf([man({ scope: undefined, operations: {}, methods: { go: { on: 'record', run } } }), lands]),
    ).toMatch(/^resources\.man\.methods\.go: no scope/);
    for (const scope of [undefined, [], ['a b'], ['a"b'], ['']] as const) {
      const plugin = {
        name: 'p',
        routes: () => [{ method: 'GET', path: '/p', name: 'p', scope, handle: run }],
      } as unknown as Plugin;
      expect(await faultOf([lands], { plugins: [plugin] }), String(scope)).toMatch(/^routes\.p: .*scope/);
    }
  });

  it('names what is there twice', async () => {
    expect(await faultOf([lands, lands])).toBe('resources.land: there are two resources of this name');
    const other = man({ name: 'other' });
    expect(await faultOf([man(), other, lands])).toMatch(/man/);
    const route = (name: string, path: string): Plugin => ({
      name: `plugin-${name}-${path}`,
      routes: () => [
        { method: 'GET', path, name, scope: ['x'], handle: () => ({ kind: 'value', status: 200, value: 1 }) },
      ],
    });
    expect(await faultOf([lands], { plugins: [route('land.read', '/x')] })).toBe(
      'routes.land.read: there are two routes of this name',
    );
    expect(await faultOf([lands], { plugins: [route('x', '/land/{other}')] })).toMatch(
      /answers the same addresses: GET/,
    );
    const parameters = [
      { name: 'a', schema: { type: 'string' } },
      { name: 'a', schema: { type: 'integer' } },
    ];
    const twice = {
      name: 'p',
      routes: () => [{ method: 'GET', path: '/p', name: 'p', scope: ['x'], parameters, handle: () => ({}) }],
    } as unknown as Plugin;
    expect(await faultOf([lands], { plugins: [twice] })).toMatch(/^routes\.p.*"a"/);
    expect(
      await faultOf([
        man({
          parameters: { limit: { kind: 'text', field: 'name' } },
          fields: (f: Builder) => ({ name: f.field('name', { filter: true }) }),
        }),
        lands,
      ]),
    ).toMatch(/^resources\.man\.parameters\.limit: /);
  });

  it('names a page that is larger than the largest', async () => {
    const paged = (limit: object) => faultOf([man({ operations: { search: { limit } } }), lands]);
    expect(await paged({ default: 20, max: 10 })).toMatch(/^resources\.man\.operations\.search\.limit: .*20.*10/);
    expect(await paged({ default: 500 })).toMatch(/^resources\.man\.operations\.search\.limit: .*500.*200/);
    const api = await createApi({
      orm: open.orm,
      resources: [man({ operations: { search: { limit: { max: 10 } } } }), lands],
      logger: silentLogger,
    });
    const search = api.plan.routes.find(({ name }) => name === 'man.search');
    expect(search?.parameters?.find(({ name }) => name === 'limit')?.schema).toMatchObject({
      default: 10,
      maximum: 10,
    });
  });

  it('names keys that cannot be', async () => {
    expect(await faultOf([man({ key: key.masked() }), lands])).toMatch(/^resources\.man\.key: .*plugin/);
    expect(await faultOf([man({ key: key.natural('data') }), lands])).toMatch(/^resources\.man\.key: /);
    expect(await faultOf([man({ key: key.natural('name') }), lands])).toBe(
      'resources.man.key: "name" of Man is not unique: two records could have one key',
    );
    expect(
      await faultOf([man({ key: key.external({ through: 'cars', system: 'nope', value: 'plate' }) }), lands]),
    ).toMatch(/^resources\.man\.key: /);
    const keys = (name: string): Plugin => ({
      name,
      keys: () => ({ name, forResource: () => ({ schema: {}, encode: String, decode: () => undefined }) }),
    });
    expect(await faultOf([lands], { plugins: [keys('a'), keys('b')] })).toBe('plugins: a and b both mask keys');
  });

  it('names entities that the ORM does not know, and wrong paths', async () => {
    const stray = defineResource(Stray, {
      name: 'stray',
      path: '/stray',
      key: key.none(),
      scope: 'x',
      fields: (f) => ({ name: f.field('name') }),
      operations: { search: true },
    });
    expect(await faultOf([stray])).toMatch(/^resources\.stray\.entity: /);
    expect(await faultOf([lands], { basePath: 'api' })).toMatch(/^basePath: /);
    expect(await faultOf([lands], { basePath: '/a//b' })).toMatch(/^basePath: /);
    expect(await faultOf([man({ path: 'man' }), lands])).toMatch(/man/);
    expect(await faultOf([man({ path: '/man/' }), lands])).toMatch(/man/);
  });

  it('orders plugins, and names those that cannot be', async () => {
    expect(await faultOf([lands], { plugins: [{ name: 'a' }, { name: 'a' }] })).toBe(
      'plugins.a: there are two of this name',
    );
    const uncalled = () => ({ name: 'a' });
    expect(await faultOf([lands], { plugins: [uncalled] })).toBe(
      'plugins[0]: uncalled is a function: call it, uncalled(…)',
    );
    expect(await faultOf([lands], { plugins: [{ name: 'a', requires: ['b'] }] })).toBe(
      'plugins.a: needs the plugin "b"',
    );
    expect(
      await faultOf([lands], {
        plugins: [
          { name: 'a', before: ['b'] },
          { name: 'b', before: ['a'] },
        ],
      }),
    ).toBe('plugins: before and after contradict each other among a, b');
    const api = await createApi({
      orm: open.orm,
      resources: [lands],
      logger: silentLogger,
      plugins: [{ name: 'c', after: ['b', 'absent'] }, { name: 'b' }, { name: 'a', before: ['b'] }],
    });
    expect(api.plan.plugins.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(Object.isFrozen(api.plan)).toBe(true);
    expect(Object.isFrozen(api.plan.routes)).toBe(true);
  });

  it('names schemas that do not compile', async () => {
    expect(await fields((f) => ({ name: f.field('name', { schema: { pattern: '(' } }) }))).toMatch(
      /^routes\.man\.create.*: the schema/,
    );
  });
});
