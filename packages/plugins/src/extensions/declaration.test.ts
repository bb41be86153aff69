import { ConfigurationError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { defineExtension, type ExtensionOptions, extensible } from './index.ts';

const good: ExtensionOptions = {
  name: 'Fisher',
  url: 'urn:example:extension:fisher',
  module: 'fishers',
  appliesTo: ['person'],
  fields: { x_boat_count: { kind: 'integer' } },
};
const faultOf = (options: object): string => {
  try {
    defineExtension({ ...good, ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return 'none';
};

describe('an extension', () => {
  it.each([
    [{}, 'fisher'],
    [{ url: 'https://example.org/fisher', name: 'Fisher folk Registry' }, 'fisher_folk_registry'],
    [{ url: 'urn:example:fisher' }, 'fisher'],
    [{ url: 'urn:example:fisher', name: 'Some Name' }, 'some_name'],
    [{ url: 'urn:a:b:c:d-e' }, 'd-e'],
    [{ key: 'own' }, 'own'],
  ])('%j stands under the key %s', (options, key) => {
    expect(defineExtension({ ...good, ...options }).key).toBe(key);
  });

  it.each([
    ['x_boat_count', 'boatCount'],
    ['x_landing_site_id', 'landingSite'],
    ['boat_count', 'boatCount'],
    ['x_port_ids', 'portIds'],
    ['x_2nd_port_id', undefined],
    ['name', 'name'],
    ['x_line_2', 'line2'],
  ])('shows %s as %s', (storageName, name) => {
    const fields = { [storageName]: { kind: 'text' } } as const;
    if (name === undefined) expect(faultOf({ fields })).toContain('cannot be shown as "2ndPort"');
    else expect(defineExtension({ ...good, fields }).fields).toMatchObject([{ storageName, name }]);
  });

  it.each([
    [{ key: '' }, 'a key is a letter'],
    [{ key: 'a.b' }, 'a key is a letter'],
    [{ key: 'constructor' }, 'a key is a letter'],
    [{ url: 'urn:example:extension:' }, 'a key is a letter'],
    [{ name: 'A, b' }, 'extensions.fisher: "A, b" cannot be asked for'],
    [{ name: '*' }, 'cannot be asked for'],
    [{ name: '' }, 'cannot be asked for'],
    [{ fields: {} }, 'extensions.fisher.fields: an extension has fields'],
    [{ fields: { x_url: { kind: 'text' } } }, 'extensions.fisher.fields.x_url: a field cannot be shown as "url"'],
    [{ fields: { X_a: { kind: 'text' } } }, 'cannot be shown as "XA"'],
    [{ fields: { 'x_a.b': { kind: 'text' } } }, 'cannot be shown as "a.b"'],
    [{ fields: { x_a: { kind: 'integr' } } }, 'fields.x_a.kind: there is no kind "integr": did you mean "integer"?'],
    [{ fields: { x_a: { kind: 'json', search: true } } }, 'there is no kind "json": there are text, integer,'],
    [{ fields: { x_a: {} } }, 'fields.x_a.kind: there is no kind "undefined"'],
    [
      { fields: { x_a: { kind: 'text', maxlength: 3 } } },
      'fields.x_a.maxlength: there is no such option: did you mean',
    ],
    [{ fields: { x_a: { kind: 'boolean', many: true } } }, 'fields.x_a.many: there is no such option'],
    [{ appliesto: ['person'] }, 'extensions.fisher.appliesto: there is no such option: did you mean "appliesTo"?'],
    [{ fields: { x_a: { kind: 'text' }, a_id: { kind: 'text' } } }, 'fields.a_id: another field is shown as "a"'],
  ])('stops the start for %j', (options, message) => {
    expect(faultOf(options)).toContain(message);
  });

  it('shares neither key nor URL nor name with another of the resource', () => {
    const both = (other: object) => () =>
      extensible<{ extra: unknown }>({
        resource: 'person',
        property: 'extra',
        extensions: [defineExtension(good), defineExtension({ ...good, key: 'x', name: 'X', url: 'urn:x', ...other })],
      });
    expect(both({ key: 'fisher' })).toThrow('extensions.fisher: fisher answers to "fisher" too');
    expect(both({ url: good.url })).toThrow('extensions.x: fisher answers to "urn:example:extension:fisher" too');
    expect(both({ name: 'fisher' })).toThrow('extensions.x: fisher answers to "fisher" too');
    expect(both({ key: 'fisher', active: false })).not.toThrow();
    expect(both({ key: 'fisher', appliesTo: ['port'] })).not.toThrow();
  });
});
