import type { JsonSchema } from '@sallyport/core';
import { expect, it } from 'vitest';
import { toSchema30 } from './schema-30.ts';

const onlyNull = { type: 'object', nullable: true, enum: [null] };
const reference = { $ref: '#/components/schemas/A' };

it.each<[string, JsonSchema, JsonSchema]>([
  ['a type or null', { type: ['string', 'null'], maxLength: 3 }, { type: 'string', nullable: true, maxLength: 3 }],
  ['null alone', { type: 'null', description: 'Always.' }, { ...onlyNull, description: 'Always.' }],
  ['several types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
  [
    'several types or null',
    { type: ['string', 'array', 'null'] },
    {
      anyOf: [
        { type: 'string', nullable: true },
        { type: 'array', items: {}, nullable: true },
      ],
    },
  ],
  [
    'values or null',
    { type: ['string', 'null'], enum: ['a', null] },
    { type: 'string', nullable: true, enum: ['a', null] },
  ],
  ['a constant', { const: 'a' }, { enum: ['a'] }],
  ['null as a constant', { const: null }, onlyNull],
  ['one alternative to null', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, { type: 'integer', nullable: true }],
  ['a reference or null', { oneOf: [reference, { type: 'null' }] }, { oneOf: [reference, onlyNull] }],
  [
    'two alternatives to null',
    { anyOf: [{ type: 'integer' }, reference, { type: 'null' }] },
    { anyOf: [{ type: 'integer' }, reference, onlyNull] },
  ],
  ['a described reference', { ...reference, description: 'That.' }, { description: 'That.', allOf: [reference] }],
  [
    'a pair',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 2, maxItems: 2 },
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] }, minItems: 2, maxItems: 2 },
  ],
  [
    'a closed list',
    { type: 'array', prefixItems: [{ type: 'string' }], items: false },
    { type: 'array', items: { type: 'string' }, maxItems: 1 },
  ],
  ['an open list', { type: 'array', prefixItems: [{ type: 'string' }] }, { type: 'array', items: {} }],
  ['a list of anything', { type: 'array' }, { type: 'array', items: {} }],
  ['a list of nothing', { type: 'array', items: false }, { type: 'array', items: { not: {} } }],
  ['examples', { type: 'string', examples: ['a', 'b'] }, { type: 'string', example: 'a' }],
  ['bytes', { type: 'string', contentEncoding: 'base64' }, { type: 'string', format: 'byte' }],
  ['an exclusive bound', { exclusiveMinimum: 0, maximum: 9 }, { minimum: 0, exclusiveMinimum: true, maximum: 9 }],
  ['two bounds', { exclusiveMaximum: 5, maximum: 3 }, { maximum: 3 }],
  [
    'other keywords',
    { type: 'object', unevaluatedProperties: false, $comment: 'x' },
    { type: 'object', additionalProperties: false },
  ],
  [
    'patterns of names',
    { type: 'object', patternProperties: { '^x': { type: 'string' } }, additionalProperties: false },
    { type: 'object', additionalProperties: { type: 'string' } },
  ],
  ['true and false', { properties: { a: true, b: false } }, { properties: { a: {}, b: { not: {} } } }],
  [
    'conditions',
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword of JSON Schema
    { if: { required: ['a'] }, then: { required: ['b'] } },
    { allOf: [{ anyOf: [{ allOf: [{ required: ['a'] }, { required: ['b'] }] }, { not: { required: ['a'] } }] }] },
  ],
  [
    'dependencies',
    { dependentRequired: { a: ['b'] } },
    { allOf: [{ anyOf: [{ not: { required: ['a'] } }, { required: ['b'] }] }] },
  ],
  ['no required members', { type: 'object', required: [] }, { type: 'object' }],
])('translates %s', (_name, schema, expected) => {
  expect(toSchema30(schema)).toEqual(expected);
});

it('translates what is inside', () => {
  const inner = { type: ['integer', 'null'] };
  const translated = { type: 'integer', nullable: true };
  expect(toSchema30({ type: 'object', properties: { a: { type: 'array', items: inner } }, not: inner })).toEqual({
    type: 'object',
    properties: { a: { type: 'array', items: translated } },
    not: translated,
  });
});
