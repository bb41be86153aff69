import { expect, it } from 'vitest';
import { SchemaComponents } from './components.ts';

const point = { type: 'object', properties: { x: { type: 'number' }, y: { type: 'number' } } };

it('names titled schemas, wherever they stand', () => {
  const components = new SchemaComponents({});
  const titled = { title: 'Point', ...point };
  const parts = {
    one: { schema: { type: 'array', items: titled } },
    two: { schema: { ...titled, description: 'Here.' } },
  };
  expect(components.extract(parts)).toEqual({
    one: { schema: { type: 'array', items: { $ref: '#/components/schemas/Point' } } },
    two: { schema: { $ref: '#/components/schemas/Point', description: 'Here.' } },
  });
  expect(components.all).toEqual({ Point: point });
});

it('leaves titles for people alone', () => {
  const components = new SchemaComponents({});
  const parts = { schema: { title: 'a point', type: 'string' } };
  expect(components.extract(parts)).toEqual(parts);
  expect(components.all).toEqual({});
});

it('names what occurs again by its property', () => {
  const components = new SchemaComponents({});
  const parts = [{ schema: { properties: { place_of_birth: point } } }, { schema: { items: point } }];
  expect(components.extract(parts)).toEqual([
    { schema: { properties: { place_of_birth: { $ref: '#/components/schemas/PlaceOfBirth' } } } },
    { schema: { items: { $ref: '#/components/schemas/PlaceOfBirth' } } },
  ]);
});

it('tells what occurs again from a title by where it is first', () => {
  const components = new SchemaComponents({});
  const title = { title: 'Point', type: 'string' };
  const line = { title: 'Line', type: 'object', properties: { point: point, name: title } };
  components.extract([{ schema: line }, { schema: { items: point } }]);
  expect(Object.keys(components.all)).toEqual(['Line', 'LinePoint', 'Point']);
});

it('puts null beside a name', () => {
  const components = new SchemaComponents({ Point: point });
  const extracted = components.extract({ schema: { ...point, type: ['object', 'null'], description: 'Or none.' } });
  expect(extracted).toEqual({
    schema: { anyOf: [{ $ref: '#/components/schemas/Point' }, { type: 'null' }], description: 'Or none.' },
  });
});

it('keeps schemas apart that have one title', () => {
  const components = new SchemaComponents({});
  const parts = [{ schema: { title: 'A', type: 'string' } }, { schema: { title: 'A', type: 'integer' } }];
  expect(components.extract(parts)).toEqual([
    { schema: { $ref: '#/components/schemas/A' } },
    { schema: { $ref: '#/components/schemas/A2' } },
  ]);
});

it('lifts local definitions, recursive ones too', () => {
  const components = new SchemaComponents({});
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, all: { $ref: '#' } } } },
    title: 'Chain',
    type: 'object',
    properties: { first: { $ref: '#/$defs/node' } },
  };
  expect(components.extract({ schema })).toEqual({ schema: { $ref: '#/components/schemas/Chain' } });
  expect(components.all).toEqual({
    Chain: { title: 'Chain', type: 'object', properties: { first: { $ref: '#/components/schemas/Node' } } },
    Node: {
      type: 'object',
      properties: { next: { $ref: '#/components/schemas/Node' }, all: { $ref: '#/components/schemas/Chain' } },
    },
  });
});
