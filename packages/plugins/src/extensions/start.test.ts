import { defineResource, key, type ResourceDescriptor } from '@sallyport/core';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../openapi/index.ts';
import { berth, Code, entities, fisher, harbourOver, Person, people, ports, retired } from './fixtures/harbour.ts';
import { codesOf, defineExtension, describeExtensions, type Extension, extensible, extensions } from './index.ts';

let database: OpenTestDatabase;
beforeAll(async () => {
  database = (await testDatabases({})[0]?.open([...entities])) as OpenTestDatabase;
});
afterAll(() => database.close());

const codes = codesOf(Code, { system: 'system', code: 'code', display: 'display' });

/** People with these extensions, in this property. */
function peopleWith(
  own: readonly Extension[],
  { property = 'extra', ...more }: { property?: string; codes?: typeof codes } = {},
) {
  const { field, parameters } = extensible<Record<string, unknown>>({
    resource: 'person',
    property,
    extensions: own,
    ...more,
  });
  return defineResource(Person, {
    name: 'person',
    path: '/person',
    key: key.natural('slug'),
    keyName: null,
    scope: 'person',
    fields: (f) => ({ name: f.field('name'), extension: field }),
    parameters,
    operations: { read: true, search: true },
  });
}
const fault = async (descriptors: readonly ResourceDescriptor[], parameter?: string): Promise<string> => {
  const plugins = [extensions(parameter === undefined ? {} : { parameter })];
  try {
    await (await harbourOver(database, { resources: descriptors, plugins })).close();
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};
const extensionWith = (field: Extension['fields'][number]['field']) =>
  defineExtension({ name: 'T', url: 'urn:t', module: 't', appliesTo: ['person'], fields: { x_value: field } });

describe('the start is stopped by', () => {
  it('a property that is no JSON column', async () => {
    const place = 'resources.person.fields.extension: ';
    expect(await fault([peopleWith([retired], { property: 'name' })])).toBe(
      `${place}"name" is no JSON column of Person that may be null`,
    );
    expect(await fault([peopleWith([retired], { property: 'none' })])).toContain(`${place}"none" is no JSON column`);
  });

  it('codes without a place where they are kept', async () => {
    const one = extensionWith({ kind: 'code', system: 'urn:s' });
    expect(await fault([peopleWith([one])])).toContain('extensions.t.fields.x_value: say where codes are kept');
    expect(await fault([peopleWith([one], { codes })])).toBe('none');
  });

  it('references to nothing, by nothing, and to records that policies hide', async () => {
    const refer = (resource: string, by: string, ...more: ResourceDescriptor[]) =>
      fault([peopleWith([extensionWith({ kind: 'reference', resource, by })]), ...more]);
    expect(await refer('prot', 'name')).toContain('prot');
    expect(await refer('port', 'nmae', ports)).toBe('extensions.t.fields.x_value: no text property "nmae" on Port');
    expect(await refer('port', 'id', ports)).toBe('extensions.t.fields.x_value: no text property "id" on Port');
    const policed = { ...ports, policies: [{ name: 'some' }] };
    expect(await refer('port', 'name', policed)).toContain('names of port records are under policies');
    expect(await refer('port', 'name', ports)).toBe('none');
  });

  it('an extension of a resource that there is none of', async () => {
    const one = { ...extensionWith({ kind: 'boolean' }), appliesTo: ['person', 'persn'] } as const;
    expect(await fault([peopleWith([one])])).toBe(
      'resources.person.fields.extension.t.appliesTo: the API has no resource "persn"',
    );
    expect(await fault([peopleWith([{ ...one, active: false }])])).toBe('none');
  });

  it('parameters without their field, and fields without the plugin', async () => {
    const one = extensionWith({ kind: 'boolean', search: true });
    const { extension: _, ...fields } = peopleWith([one]).fields;
    expect(await fault([{ ...peopleWith([one]), fields }])).toBe(
      'resources.person.parameters.t.value: there is no readable field "extension"',
    );
    const other = peopleWith([retired]).fields;
    expect(await fault([{ ...peopleWith([one]), fields: other }])).toBe(
      'resources.person.parameters.t.value: the field "extension" has no part "t"',
    );
    await expect(harbourOver(database, { resources: [peopleWith([one])], plugins: [] })).rejects.toThrow(
      'resources.person.fields.extension: this field needs the plugin "extensions"',
    );
  });

  it('options that there are none of', () => {
    expect(() => extensions({ paramter: 'x' } as object)).toThrow(
      'plugins.extensions.paramter: there is no such option',
    );
    const given = { resource: 'person', property: 'extra', extensions: [], fields: 'x' } as const;
    expect(() => extensible<{ extra: unknown }>(given)).toThrow('extensible.fields: there is no such option');
  });

  it('a parameter that is no name, or taken', async () => {
    expect(await fault([ports, people], 'limit')).toBe(
      'plugins.extensions.parameter: resources.person has a parameter "limit" already',
    );
    expect(() => extensions({ parameter: 'a b' })).toThrow('"a b" is no name');
  });
});

describe('documents', () => {
  it('are valid, and tell of each extension and its fields', async () => {
    const api = await harbourOver(database);
    for (const version of ['3.0', '3.1'] as const) {
      const document = openapiDocument(api.plan, { version });
      expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
      const { FisherExtension, FisherExtensionChange } = document.components?.schemas ?? {};
      expect(FisherExtension).toMatchObject({
        description: 'What is known of people who fish.',
        properties: { boatCount: { type: 'integer', minimum: 0, description: 'Boats that are owned.' } },
      });
      expect(Object.keys((FisherExtensionChange as { properties: object }).properties)).toContain('landingSite');
      const names = document.paths?.['/person']?.get?.parameters?.map((one) => ('name' in one ? one.name : ''));
      expect(names).toEqual(expect.arrayContaining(['_extensions', 'fisher.boatCount', 'health.bloodGroup']));
      expect(names).not.toContain('retired.value');
      expect(JSON.stringify(document)).not.toContain('RetiredExtension');
    }
    await api.close();
  });

  it('have no parameter where a resource has no extensions', async () => {
    const api = await harbourOver(database, { resources: [ports, peopleWith([retired, berth])] });
    expect(JSON.stringify(openapiDocument(api.plan, { version: '3.1' }))).not.toContain('_extensions');
    expect(describeExtensions(api.plan)).toEqual([]);
    await api.close();
  });

  it('can be made of what a plan has', async () => {
    const api = await harbourOver(database);
    const described = describeExtensions(api.plan);
    expect(described.map(({ extension, resources }) => [extension.key, resources.map(({ type }) => type)])).toEqual([
      ['fisher', ['Person']],
      ['health', ['Person']],
    ]);
    expect(described[0]?.extension).toBe(fisher);
    await api.close();
  });
});
