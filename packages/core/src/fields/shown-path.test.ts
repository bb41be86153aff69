import { describe, expect, it } from 'vitest';
import { codeableConcept } from './coded.ts';
import { hasPath } from './shown-path.ts';

const closed = { type: 'object', properties: { a: { type: 'string' }, list: { type: 'array', items: {} } } };

describe('a path through a schema', () => {
  it.each([
    ['text', { type: 'string' }, 'a', false],
    ['a closed list of values', { enum: ['a'] }, 'a', false],
    ['a constant', { const: { a: 1 } }, 'a', false],
    ['anything', {}, 'a.b', true],
    ['any object', { type: 'object' }, 'a.b', true],
    ['any object, or none', { type: ['object', 'null'] }, 'a', true],
    ['a property', closed, 'a', true],
    ['what is below a text', closed, 'a.b', false],
    ['no property', closed, 'b', false],
    ['a name of the prototype', closed, 'constructor', false],
    ['what is below the items', closed, 'list.x', true],
    ['a length', { type: 'array', items: { type: 'string' } }, 'length', false],
    ['an object that says it has more', { ...closed, additionalProperties: true }, 'b', true],
    ['a map', { type: 'object', additionalProperties: closed }, 'x.a', true],
    ['a map, too far', { type: 'object', additionalProperties: closed }, 'x.b', false],
    ['an empty object', { type: 'object', additionalProperties: false }, 'x', false],
    ['one of several', { anyOf: [{ type: 'null' }, closed] }, 'a', true],
    ['none of several', { anyOf: [{ type: 'null' }, closed] }, 'b', false],
    ['a coded value', codeableConcept, 'coding.code', true],
    ['not of a coded value', codeableConcept, 'coding.nope', false],
  ])('%s', (_name, schema, path, expected) => {
    expect(hasPath(schema, path.split('.'))).toBe(expected);
  });
});
