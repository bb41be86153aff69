import type { Collection, Ref } from '@mikro-orm/core';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { compare, everything, isIn, not, nothing, related } from './condition.ts';
import { column, identifierModel, personModel, relation } from './people.fixture.ts';
import { where } from './where.ts';

interface Identifier {
  id: number;
  system: string;
  value: string;
}

interface Person {
  id: number;
  name: string | null;
  active: boolean;
  age: number | null;
  serial: bigint | null;
  born: string | null;
  updated: Date;
  kind: 'person' | 'company';
  parent: Ref<Person> | null;
  identifiers: Collection<Identifier>;
}

const person = where<Person>(personModel, 'resources.person.domain');

describe('where', () => {
  it('builds conditions', () => {
    const identifiers = personModel.properties.get('identifiers');
    if (identifiers?.kind !== 'toMany') throw new Error('no relation');
    expect(person.eq('kind', 'company')).toEqual(compare(column('kind'), 'eq', 'company'));
    expect(person.eq('parent', 5)).toEqual(compare(relation('parent'), 'eq', 5));
    expect(person.isNull('parent')).toEqual(compare(relation('parent'), 'eq', null));
    expect(person.in('age', [1, 2])).toEqual(isIn(column('age'), [1, 2]));
    expect(person.in('age', [])).toBe(nothing);
    expect(person.ge('serial', 9007199254740993n)).toEqual(compare(column('serial'), 'ge', '9007199254740993'));
    expect(person.lt('updated', new Date('2026-03-02T08:15:30.5Z'))).toEqual(
      compare(column('updated'), 'lt', '2026-03-02 08:15:30.5Z'),
    );
    expect(person.contains('name', '%', { ignoreCase: true })).toEqual(
      compare(column('name'), 'contains', '%', { ignoreCase: true }),
    );
    expect(person.related('identifiers', (i) => i.and(i.eq('system', 's'), i.eq('value', 'v')))).toEqual(
      related(identifiers, {
        kind: 'and',
        conditions: [
          compare(column('system', identifierModel), 'eq', 's'),
          compare(column('value', identifierModel), 'eq', 'v'),
        ],
      }),
    );
    expect(person.related('parent')).toEqual(related(relation('parent'), everything));
    expect(person.not(person.or(person.always, person.eq('age', 1)))).toBe(nothing);
    expect(person.not(person.eq('age', 1))).toEqual(not(compare(column('age'), 'eq', 1)));
    expect(person.hierarchy('parent', 'descendants', person.eq('id', 1)).kind).toBe('hierarchy');
  });

  it('names the place of a mistake', () => {
    const loose = where<Record<string, unknown>>(personModel, 'resources.person.domain');
    const mistakes: [() => unknown, string][] = [
      [() => loose.eq('nmae', 'a'), 'resources.person.domain.nmae: no property "nmae" on Person'],
      [() => loose.eq('__proto__', 'a'), 'resources.person.domain.__proto__: '],
      [() => loose.eq('tags', 1), 'resources.person.domain.tags: '],
      [() => loose.related('name'), 'resources.person.domain.name: is not a relation'],
      [() => loose.related('parent', (p) => p.eq('nmae' as never, null)), 'resources.person.domain.parent.nmae: '],
      [() => loose.hierarchy('country', 'ancestors', everything), 'resources.person.domain.country: '],
    ];
    for (const [run, message] of mistakes) {
      expect(run).toThrow(ConfigurationError);
      expect(run).toThrow(message);
    }
  });

  it('asks what JSON has in it', () => {
    const extra = { ...column('name'), name: 'extra', type: 'json' as const };
    const model = { ...personModel, properties: new Map([...personModel.properties, ['extra', extra] as const]) };
    const loose = where<Record<string, unknown>>(model);
    expect(loose.holds('extra', { fisher: { boats: 2 } })).toEqual(compare(extra, 'holds', '{"fisher":{"boats":2}}'));
    expect(() => loose.holds('age', 1)).toThrow('Person.age: holds no JSON');
    expect(() => loose.holds('parent', 1)).toThrow('Person.parent: holds no JSON');
    expect(() => loose.holds('extra', undefined)).toThrow(ConfigurationError);
  });

  it('never takes a missing value for no restriction', () => {
    const loose = where<Record<string, unknown>>(personModel);
    for (const value of [undefined, Number.NaN, {}, [], { $ne: null }, () => 1, Symbol('x'), new Date(Number.NaN)]) {
      expect(() => loose.eq('age', value as never)).toThrow(ConfigurationError);
      expect(() => loose.in('age', [value as never])).toThrow(ConfigurationError);
    }
  });

  it('is checked by the compiler', () => {
    // Never run: what matters is that each line would not compile without its comment.
    const mistakes = () => {
      // @ts-expect-error no such property
      person.eq('nmae', 'a');
      // @ts-expect-error a text is no number
      person.eq('age', 'a');
      // @ts-expect-error not among the values
      person.eq('kind', 'robot');
      // @ts-expect-error no such property on the target
      person.related('identifiers', (i) => i.eq('code', 'a'));
      // @ts-expect-error a value cannot be missing
      person.eq('age', undefined);
    };
    expect(mistakes).toBeTypeOf('function');
  });
});
