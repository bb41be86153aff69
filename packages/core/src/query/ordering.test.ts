import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { faultOf } from '../http/testing/fault.ts';
import type { QueryGate } from './gate.ts';
import { modelGate } from './model-gate.ts';
import type { OrderTerm } from './order.ts';
import { parseOrder, reverseOrder } from './ordering.ts';
import { column, personModel } from './people.fixture.ts';

const all = modelGate(personModel);
const gate: QueryGate = { ...all, sort: (name) => (name === 'secret' ? undefined : all.sort(name)) };
const show = (terms: readonly OrderTerm[]) =>
  terms.map(({ property, direction }) => `${property.name} ${direction}`).join(', ');
const words = (text: string | undefined) => show(parseOrder(text, gate, { style: 'words' }));
const signs = (text: string) => show(parseOrder(text, gate, { style: 'signs' }));

describe('an order', () => {
  it('reads both styles and ends in the primary key', () => {
    expect(words('name asc, age DESC,born')).toBe('name asc, age desc, born asc, id asc');
    expect(words('id desc, name')).toBe('id desc');
    expect(signs('-name,born')).toBe('name desc, born asc, id asc');
    for (const absent of [undefined, '', ' ']) expect(words(absent)).toBe('id asc');
  });

  it('turns around', () => {
    expect(show(reverseOrder(parseOrder('-name,born', gate, { style: 'signs' })))).toBe('name asc, born desc, id desc');
  });

  it.each([
    'name up',
    'name asc nulls last',
    'name,,age',
    'name name',
    ',',
    'name;',
    'a b c',
    'name,name desc',
    'tags',
    '__proto__',
    '-name',
  ])('refuses %s', (text) => {
    expect(faultOf(() => words(text)).code).toBe('invalid_parameter');
  });

  it('takes five fields at most', () => {
    expect(words('name,age,born,updated,kind')).toBe('name asc, age asc, born asc, updated asc, kind asc, id asc');
    expect(faultOf(() => words('name,age,born,updated,kind,vip')).code).toBe('invalid_parameter');
  });

  it('says the same of a forbidden field and of one that is not there', () => {
    const [forbidden, absent] = ['secret', 'sacred'].map((name) => JSON.stringify({ ...faultOf(() => words(name)) }));
    expect(forbidden).toBe(absent?.replaceAll('sacred', 'secret'));
  });

  it('can ignore what it does not know', () => {
    const ignoring = (text: string) => show(parseOrder(text, gate, { style: 'signs', unknown: 'ignore' }));
    expect(ignoring('secret,-name')).toBe('name desc, id asc');
    expect(ignoring('secret')).toBe('id asc');
    const defaultOrder = [{ property: column('name'), through: [], direction: 'asc' }] as const;
    const falling = (text: string) =>
      show(parseOrder(text, { ...gate, defaultOrder }, { style: 'signs', unknown: 'default', maximum: 1 }));
    expect(falling('-born')).toBe('born desc, id asc');
    for (const text of ['secret', 'name,born', '%%', '--name']) expect(falling(text)).toBe('name asc, id asc');
  });

  it('throws nothing but SallyportError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8192 }), fc.constantFrom('words', 'signs'), (text, style) => {
        try {
          parseOrder(text, gate, { style });
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
    );
  });

  it('is quick with 8 KB', () => {
    for (const text of [
      `a${' '.repeat(8190)}`,
      `${' a'.repeat(4096)}`,
      ','.repeat(8192),
      `a${' '.repeat(500)}b${' '.repeat(500)}`,
    ]) {
      const times = Array.from({ length: 5 }, () => {
        const start = performance.now();
        faultOf(() => words(text));
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });
});
