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

it('says of a component what all places say, and leaves the rest to the places', () => {
  const components = new SchemaComponents({});
  const owner = { title: 'Owner', type: 'string' };
  const parts = [
    { schema: { ...owner, description: 'Who sells.' } },
    { schema: { ...owner, description: 'Who buys.' } },
    { schema: { title: 'Point', ...point, description: 'A place.' } },
    { schema: { title: 'Point', ...point, description: 'A place.' } },
  ];
  expect(components.extract(parts)).toEqual([
    { schema: { $ref: '#/components/schemas/Owner', description: 'Who sells.' } },
    { schema: { $ref: '#/components/schemas/Owner', description: 'Who buys.' } },
    { schema: { $ref: '#/components/schemas/Point' } },
    { schema: { $ref: '#/components/schemas/Point' } },
  ]);
  expect(components.all).toEqual({ Owner: { type: 'string' }, Point: { ...point, description: 'A place.' } });
});

it('lifts the definitions of one schema once, however often it occurs', () => {
  const components = new SchemaComponents({});
  const schema = { $defs: { leaf: { type: 'string' } }, title: 'Tree', properties: { leaf: { $ref: '#/$defs/leaf' } } };
  components.extract([{ schema }, { schema: { ...schema } }]);
  expect(Object.keys(components.all)).toEqual(['Leaf', 'Tree']);
});

it('leaves out bounds that JSON cannot tell', () => {
  const components = new SchemaComponents({});
  const vast = { type: 'integer', minimum: -(2 ** 63), maximum: 2 ** 63 };
  expect(components.extract({ schema: vast })).toEqual({ schema: { type: 'integer' } });
  const kept = { type: 'integer', minimum: 0, maximum: 2 ** 53 - 1 };
  expect(components.extract({ schema: kept })).toEqual({ schema: kept });
});
