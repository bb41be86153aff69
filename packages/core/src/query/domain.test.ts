import { describe, expect, it } from 'vitest';
import { faultOf } from '../http/testing/fault.ts';
import { compare, everything, isIn, not, nothing, related } from './condition.ts';
import { domainCondition, parseDomain } from './domain.ts';
import type { FilterLeaf, QueryGate } from './gate.ts';
import { modelGate } from './model-gate.ts';
import { column, personModel, relation } from './people.fixture.ts';

const gate = modelGate(personModel);
const parse = (domain: unknown) => domainCondition(domain, gate);

const [name, active, vip, age, country] = [
  column('name'),
  column('active'),
  column('vip'),
  column('age'),
  relation('country'),
] as const;

describe('a domain', () => {
  it('is the same in JSON and in Python literals', () => {
    const json = parseDomain('[["active","=",true],["id",">",0]]', gate);
    expect(parseDomain(`[("active", "=", True), ('id','>',0)]`, gate)).toEqual(json);
    expect(json).toEqual(compare(active, 'eq', true));
    expect(parseDomain('[]', gate)).toBe(everything);
  });

  it('joins by AND, by prefix operators and by both', () => {
    const [a, b, c] = [
      ['age', '>', 1],
      ['age', '<', 9],
      ['active', '=', true],
    ];
    const [A, B, C] = [compare(age, 'gt', 1), compare(age, 'lt', 9), compare(active, 'eq', true)] as const;
    expect(parse([a, b, c])).toEqual({ kind: 'and', conditions: [A, B, C] });
    expect(parse(['|', a, b, c])).toEqual({ kind: 'and', conditions: [{ kind: 'or', conditions: [A, B] }, C] });
    expect(parse(['|', '|', a, b, c])).toEqual({ kind: 'or', conditions: [A, B, C] });
    expect(parse(['|', a, '&', b, c])).toEqual({
      kind: 'or',
      conditions: [A, { kind: 'and', conditions: [B, C] }],
    });
    expect(parse(['!', '|', a, b])).toEqual(not({ kind: 'or', conditions: [A, B] }));
    expect(parse(['!', '!', a])).toEqual(A);
  });

  it.each([
    [['name', '=', 'a'], compare(name, 'eq', 'a')],
    [['name', '!=', 'a'], compare(name, 'ne', 'a')],
    [['name', '=', false], compare(name, 'eq', null)],
    [['name', '!=', null], compare(name, 'ne', null)],
    [['active', '=', false], compare(active, 'eq', false)],
    [['active', '!=', true], compare(active, 'ne', true)],
    [['vip', '=', false], compare(vip, 'ne', true)],
    [['vip', '!=', false], compare(vip, 'eq', true)],
    [['vip', 'in', [true, null]], everything],
    [['kind', '=', false], nothing],
    [['kind', '!=', false], everything],
    [['age', '>=', 3], compare(age, 'ge', 3)],
    [['age', '=?', 3], compare(age, 'eq', 3)],
    [['age', '=?', false], everything],
    [['age', 'in', []], nothing],
    [['age', 'not in', []], everything],
    [['age', 'in', [1, 2]], isIn(age, [1, 2])],
    [['age', 'not in', [1, 2]], not(isIn(age, [1, 2]))],
    [['age', 'in', [7]], compare(age, 'eq', 7)],
    [['name', 'like', '5%_\\'], compare(name, 'contains', '5%_\\', { ignoreCase: false })],
    [['name', 'ilike', 'a'], compare(name, 'contains', 'a', { ignoreCase: true })],
    [['name', 'not ilike', 'a'], not(compare(name, 'contains', 'a', { ignoreCase: true }))],
    [['name', '=like', 'a%'], compare(name, 'like', 'a%', { ignoreCase: false })],
    [['name', '=ilike', 'a_'], compare(name, 'like', 'a_', { ignoreCase: true })],
    [['country', '=', 5], compare(country, 'eq', 5)],
    [['country', '!=', 5], compare(country, 'ne', 5)],
    [['country', '=', false], compare(country, 'eq', null)],
    [['country', '!=', false], compare(country, 'ne', null)],
    [['country', 'in', [5, 6]], isIn(country, [5, 6])],
    [['country', '=', 'no such key'], nothing],
    [['country', '!=', 'no such key'], everything],
    [['serial', '=', '9007199254740993'], compare(column('serial'), 'eq', '9007199254740993')],
    [['born', '>', '1990-02-28'], compare(column('born'), 'gt', '1990-02-28')],
    [['updated', '<', '1990-02-28'], compare(column('updated'), 'lt', '1990-02-28 00:00:00Z')],
  ])('reads %j', (leaf, condition) => {
    expect(parse([leaf])).toEqual(condition);
  });

  it('looks through relations', () => {
    const code = column('code', country.target);
    expect(parse([['country.code', '!=', 'KE']])).toEqual(related(country, compare(code, 'ne', 'KE')));
    expect(parse([['country', 'any', [['code', '=', 'KE']]]])).toEqual(related(country, compare(code, 'eq', 'KE')));
    expect(parse([['country', 'not any', [['code', '=', 'KE']]]])).toEqual(
      not(related(country, compare(code, 'eq', 'KE'))),
    );
    expect(parse([['country.code', '=', false]])).toEqual(nothing);
    expect(parse([['parent.country.code', '=', 'KE']])).toEqual(
      related(relation('parent'), related(country, compare(code, 'eq', 'KE'))),
    );
  });

  it('climbs a hierarchy', () => {
    const parent = relation('parent');
    const of = compare(personModel.primaryKey, 'eq', 5);
    const below = { kind: 'hierarchy', parent, direction: 'descendants', of };
    expect(parse([['id', 'child_of', 5]])).toEqual(below);
    expect(parse([['parent', 'child_of', [5]]])).toEqual(below);
    expect(parse([['id', 'parent_of', 5]])).toEqual({ ...below, direction: 'ancestors' });
    expect(parse([['id', 'child_of', false]])).toBe(nothing);
    expect(faultOf(() => parse([['country', 'child_of', 5]])).code).toBe('malformed_filter');
  });

  it.each([
    'name',
    { name: 1 },
    null,
    ['name', '=', 'a'],
    [['name', '=']],
    [['name', '=', 'a', 1]],
    [[1, '=', 1]],
    [['name', '<>', 'a']],
    [['name', '==', 'a']],
    [['name', 'constructor', 'a']],
    ['&', ['name', '=', 'a']],
    ['!'],
    ['^', ['name', '=', 'a'], ['name', '=', 'b']],
    [['name', '=', 1]],
    [['name', '=', true]],
    [['name', '=', ['a']]],
    [['name', '=', { $ne: 1 }]],
    [['name', '=', 'a\0']],
    [['name', '>', false]],
    [['name', 'in', 'a']],
    [['name', 'in', [['a']]]],
    [['name', 'ilike', 5]],
    [['name', 'ilike', false]],
    [['name', '=like', 'a\\']],
    [['age', 'ilike', '5']],
    [['age', '=', '5']],
    [['age', '=', 1.5]],
    [['age', '=', 2 ** 31]],
    [['age', '=', Number.POSITIVE_INFINITY]],
    [['serial', '=', 2 ** 53]],
    [['serial', '=', '9223372036854775808']],
    [['active', '=', 1]],
    [['active', '>', false]],
    [['born', '=', '1990-02-29']],
    [['born', '=', '0000-01-01']],
    [['born', '=', '1990']],
    [['kind', '=', 'robot']],
    [['uuid', '=', 'x']],
    [['country', '=', true]],
    [['country', '=', 1.5]],
    [['country', 'ilike', 'ke']],
    [['tags', '>', 5]],
    [['name', 'any', []]],
    [['country', 'any', 5]],
    [['name', 'child_of', 5]],
    [['', '=', 1]],
    [['country.', '=', 1]],
    [['name.name', '=', 'a']],
    [['country..code', '=', 'a']],
    [['__proto__', '=', 'a']],
    [['constructor.name', '=', 'a']],
    [['tags.length', '=', 1]],
    [[`${'parent.'.repeat(8)}name`, '=', 'a']],
  ])('refuses %j', (domain) => {
    const fault = faultOf(() => parse(domain));
    expect([fault.code, fault.status]).toEqual(['malformed_filter', 400]);
  });

  it('keeps to its limits', () => {
    const leaf = ['age', '=', 1];
    expect(parse(Array(50).fill(leaf))).toBeDefined();
    expect(faultOf(() => parse(Array(51).fill(leaf))).code).toBe('filter_too_complex');
    expect(parse([...Array(49).fill('|'), ...Array(50).fill(leaf)])).toBeDefined();
    const inner = Array(30).fill(['code', '=', 'KE']);
    expect(
      faultOf(() =>
        parse([
          ['country', 'any', inner],
          ['country', 'any', inner],
        ]),
      ).code,
    ).toBe('filter_too_complex');
    const nested = (levels: number): unknown => (levels === 0 ? [leaf] : [['parent', 'any', nested(levels - 1)]]);
    expect(parse(nested(8))).toBeDefined();
    expect(faultOf(() => parse(nested(9))).code).toBe('filter_too_complex');
    const alternating = (levels: number) => [...Array(levels).keys()].flatMap((level) => [level % 2 ? '|' : '&', leaf]);
    expect(parse([...alternating(8), leaf])).toBeDefined();
    expect(faultOf(() => parse([...alternating(9), leaf])).code).toBe('filter_too_complex');
    expect(faultOf(() => parse([['age', 'in', Array(501).fill(1)]])).code).toBe('filter_too_complex');
    const far = ['parent.parent.parent.parent.parent.name', '=', 'x'];
    expect(parse(Array(10).fill(far))).toBeDefined();
    expect(faultOf(() => parse(Array(11).fill(far))).code).toBe('filter_too_complex');
    expect(faultOf(() => parse([['parent', 'any', Array(10).fill(far)]])).code).toBe('filter_too_complex');
    expect(domainCondition([leaf, leaf], gate, { leaves: 2 })).toBeDefined();
    expect(faultOf(() => domainCondition([leaf, leaf], gate, { leaves: 1 })).code).toBe('filter_too_complex');
  });

  it('says the same of a forbidden field and of one that is not there', () => {
    const open: ReadonlySet<string> = new Set(['name', 'country']);
    const guarded: QueryGate = { ...gate, filter: (path) => (open.has(path[0] ?? '') ? gate.filter(path) : undefined) };
    const without: QueryGate = { ...gate, filter: (path) => (path[0] === 'name' ? gate.filter(path) : undefined) };
    const noRelation: QueryGate = { ...gate, relation: () => undefined };
    for (const [operator, operand] of [
      ['=', 'x'],
      ['=', 5],
      ['in', []],
      ['=like', '\\'],
      ['child_of', 1],
      ['>', null],
    ]) {
      const faults = [guarded, without].map((each) =>
        faultOf(() => domainCondition([['secret', operator, operand]], each)),
      );
      const unknown = faultOf(() => domainCondition([['sacred', operator, operand]], gate));
      for (const fault of faults) {
        expect(JSON.stringify({ ...fault })).toBe(JSON.stringify({ ...unknown }).replaceAll('sacred', 'secret'));
      }
    }
    const forbidden = faultOf(() => domainCondition([['country', 'any', [['nothing', '=', 1]]]], noRelation));
    const absent = faultOf(() => domainCondition([['kountry', 'any', 7]], gate));
    expect({ ...forbidden }).toEqual({ ...absent, detail: absent.detail.replace('kountry', 'country') });
  });

  it('asks a field for its stored values, and searches a relation by its label', () => {
    const label = modelGate(country.target).filter(['name']);
    const coded: FilterLeaf = {
      kind: 'value',
      type: 'string',
      nullable: true,
      along: (condition) => condition,
      build: (test) => related(country, test(column('code', country.target))),
      stored: (value) => (value === 'Kenya' ? 'KE' : undefined),
    };
    const own: QueryGate = {
      ...gate,
      filter(path) {
        if (path[0] === 'nation') return coded;
        const leaf = gate.filter(path);
        if (leaf?.kind !== 'key' || label?.kind !== 'value') return leaf;
        return { ...leaf, label: { ...label, build: (test) => related(country, label.build(test)) } };
      },
    };
    const code = column('code', country.target);
    expect(domainCondition([['nation', '=', 'Kenya']], own)).toEqual(related(country, compare(code, 'eq', 'KE')));
    expect(domainCondition([['nation', '!=', 'Kenya']], own)).toEqual(not(related(country, compare(code, 'eq', 'KE'))));
    expect(domainCondition([['nation', '=', 'Nowhere']], own)).toBe(nothing);
    expect(domainCondition([['nation', '=', false]], own)).toEqual(not(related(country, compare(code, 'ne', null))));
    expect(domainCondition([['country', 'not ilike', 'ken']], own)).toEqual(
      not(related(country, compare(column('name', country.target), 'contains', 'ken', { ignoreCase: true }))),
    );
    expect(domainCondition([['country', 'ilike', '']], own)).toEqual(compare(country, 'ne', null));
  });
});
