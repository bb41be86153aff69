import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { anonymous, holds, lackingOf, type Principal, system } from '../road/principal.ts';
import { allOf, anyOf, compileRequirement, isMet, type Scope, type ScopeTerm } from './requirement.ts';

const compile = (scope: Scope | undefined) => compileRequirement(scope, 'here');
const caller = (...scopes: string[]): Principal => ({
  kind: 'client',
  id: 'c',
  scopes: new Set(scopes),
  strategy: 'test',
  attributes: {},
});

describe('what a requirement means', () => {
  it.each<[string, Scope, readonly (readonly string[])[]]>([
    ['one scope', 'a', [['a']]],
    ['any of a list', ['a', 'b'], [['a'], ['b']]],
    ['any of', anyOf('a', 'b'), [['a'], ['b']]],
    ['all of', allOf('a', 'b'), [['a', 'b']]],
    ['all of a name twice', allOf('a', 'a'), [['a']]],
    ['any of which one is less', anyOf(allOf('a', 'b'), 'a'), [['a']]],
    [
      'a choice within all',
      allOf('a', anyOf('b', 'c')),
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    ['all within a choice', anyOf(allOf('a', 'b'), 'c'), [['a', 'b'], ['c']]],
  ])('%s', (_, scope, alternatives) => {
    const requirement = compile(scope);
    expect(requirement.alternatives).toEqual(alternatives);
    expect(requirement.open).toBe(false);
    expect(requirement.scopes).toEqual(new Set(alternatives.flat()));
  });

  it('is open to everybody when it is public, and else to nobody without a name', () => {
    const open = compile('public');
    expect([holds(anonymous, open), holds(caller(), open), holds(system, open)]).toEqual([true, true, true]);
    const one = compile('a');
    expect([holds(anonymous, one), holds(caller(), one), holds(system, one)]).toEqual([false, false, true]);
    expect(holds(caller('a'), one)).toBe(true);
  });

  it('takes a name for itself and no pattern', () => {
    const requirement = compile('partner:read');
    for (const held of ['*', 'partner:*', 'partner', 'partner:', 'Partner:read', 'partner:read ', '__proto__']) {
      expect(holds(caller(held), requirement), held).toBe(false);
    }
    expect(holds(caller(), compile('__proto__'))).toBe(false);
    expect(holds(caller(), compile('constructor'))).toBe(false);
  });

  it('is frozen', () => {
    const { alternatives } = compile(allOf('a', 'b'));
    expect(Object.isFrozen(alternatives) && alternatives.every((names) => Object.isFrozen(names))).toBe(true);
    expect(Object.isFrozen(compile('a'))).toBe(true);
  });
});

describe('what a refusal asks for', () => {
  it('names the first way to be let through, and what of it is lacking', () => {
    const split = compile(allOf('group:create', 'group:update'));
    expect(lackingOf(caller('group:create'), split)).toEqual({
      needed: ['group:create', 'group:update'],
      lacking: ['group:update'],
    });
    expect(lackingOf(caller('c'), compile(anyOf('a', 'b')))).toEqual({ needed: ['a'], lacking: ['a'] });
  });
});

describe('a requirement that is none stops the start', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'no scope is declared'],
    ['an empty list', [], 'no scope is declared'],
    ['an empty combination', { join: 'all', of: [] }, 'no scope is declared'],
    ['an empty combination inside', { join: 'any', of: ['a', { join: 'all', of: [] }] }, 'is empty'],
    ['an empty name', '', 'visible characters'],
    ['a space', 'a b', 'visible characters'],
    ['a quote', 'a"', 'visible characters'],
    ['a backslash', 'a\\', 'visible characters'],
    ['a letter beyond ASCII', 'é', 'visible characters'],
    ['public beside a scope', ['a', 'public'], 'stands alone'],
    ['public in a combination', allOf('a', 'public'), 'stands alone'],
  ])('%s', (_, scope, message) => {
    // What a program in JavaScript could declare.
    const declare = () => compile(scope as Scope);
    expect(declare).toThrow(ConfigurationError);
    expect(declare).toThrow(message);
    expect(declare).toThrow('here: ');
  });

  it('more alternatives than anybody means', () => {
    const pair = (index: number) => anyOf(`a${index}`, `b${index}`);
    expect(() => compile(allOf(pair(1), pair(2), pair(3)))).not.toThrow();
    expect(() => compile(allOf(...([1, 2, 3, 4, 5, 6, 7].map(pair) as [ScopeTerm, ...ScopeTerm[]])))).toThrow('100');
  });
});

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const { term } = fc.letrec<{ term: ScopeTerm }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...names),
    fc
      .tuple(fc.constantFrom(anyOf, allOf), fc.array(tie('term'), { minLength: 1, maxLength: 3 }))
      // As long as `minLength` says.
      .map(([join, of]) => join(...(of as [ScopeTerm, ...ScopeTerm[]]))),
  ),
}));

/** The meaning, word for word. */
const means = (scope: ScopeTerm, held: ReadonlySet<string>): boolean => {
  if (typeof scope === 'string') return held.has(scope);
  return scope.join === 'any'
    ? scope.of.some((each) => means(each, held))
    : scope.of.every((each) => means(each, held));
};

it('checks what the combination means, whoever comes', () => {
  fc.assert(
    fc.property(term, fc.subarray([...names, 'other']), (scope, held) => {
      const requirement = compile(scope);
      expect(isMet(requirement, new Set(held))).toBe(means(scope, new Set(held)));
      // To grant what a refusal asks for is enough.
      const { lacking } = lackingOf(caller(...held), requirement);
      expect(isMet(requirement, new Set([...held, ...lacking]))).toBe(true);
      // No set can be left out of the list for another one.
      const { alternatives } = requirement;
      for (const one of alternatives) {
        const part = alternatives.some((other) => other !== one && other.every((name) => one.includes(name)));
        expect(part).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});
