import { describe, expect, it } from 'vitest';
import { acceptSnakeCase } from './property-names.ts';

const schema = {
  type: 'object',
  properties: {
    birthDate: { type: 'string' },
    plain: { type: 'string' },
    address: { type: 'array', items: { type: 'object', properties: { postalCode: { type: 'string' } } } },
    either: { anyOf: [{ type: 'object', properties: { versionId: {} } }, { type: 'null' }] },
    free: { type: 'object' },
  },
};

describe('acceptSnakeCase', () => {
  const respell = acceptSnakeCase(schema);

  it('brings names into the spelling of the schema, at every depth', () => {
    const sent = { birth_date: '1', address: [{ postal_code: '2' }], either: { version_id: '3' } };
    expect(respell(sent)).toEqual({ birthDate: '1', address: [{ postalCode: '2' }], either: { versionId: '3' } });
  });

  it('lets the own spelling win, and leaves alone what the schema does not know', () => {
    const sent = { birth_date: 'a', birthDate: 'b', some_thing: 1, free: { in_here: 1 }, plain: null };
    expect(respell(sent)).toEqual({ birthDate: 'b', some_thing: 1, free: { in_here: 1 }, plain: null });
    expect(respell('text')).toBe('text');
    expect(respell(null)).toBe(null);
  });
});
