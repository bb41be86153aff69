import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { compileScopes } from './api-scopes.ts';
import { isMet } from './requirement.ts';
import { defineScopes, type ScopeVocabulary } from './vocabulary.ts';

const place = 'here';
const on = (vocabulary: ScopeVocabulary, ...resources: string[]) => compileScopes(vocabulary, 'shop', resources);
const sets = (...names: string[]) => names.map((name) => [name]);

const register = defineScopes({
  actions: ['search', 'read', 'create', 'update', 'delete', 'all'],
  includes: { read: ['search'], all: 'every' },
});

describe('the scopes of an API', () => {
  it('are the usual actions on each resource when nothing is said', () => {
    const scopes = on(defineScopes(), 'partner');
    expect(scopes.all?.map(({ name }) => name)).toEqual([
      'partner:create',
      'partner:delete',
      'partner:read',
      'partner:search',
      'partner:update',
    ]);
    expect(scopes.usual('partner', 'replace', 'operation', place)?.scope).toEqual(['partner:update']);
    expect(scopes.requirement('partner:read', place).alternatives).toEqual(sets('partner:read'));
  });

  it('let one action bring others along, and stay within their resource', () => {
    const scopes = on(register, 'group', 'person');
    const search = scopes.usual('group', 'search', 'operation', place);
    expect(search?.requirement.alternatives).toEqual(sets('group:search', 'group:read', 'group:all'));
    expect(scopes.requirement('group:read', place).alternatives).toEqual(sets('group:read', 'group:all'));
    expect(scopes.requirement('group:all', place).alternatives).toEqual(sets('group:all'));
    expect(scopes.of('group')).toEqual(
      ['search', 'read', 'create', 'update', 'delete', 'all'].map((a) => `group:${a}`),
    );
  });

  it('bring along what is brought along', () => {
    const chain = defineScopes({ actions: ['a', 'b', 'c'], includes: { a: ['b'], b: ['c', 'a'] } });
    const { alternatives } = on(chain, 'r').requirement('r:c', place);
    expect(alternatives).toEqual(sets('r:c', 'r:a', 'r:b'));
  });

  it('have names of every kind', () => {
    const api = on(defineScopes({ actions: ['read'], naming: 'api' }), 'partner');
    expect(api.all).toEqual([{ name: 'shop/partner:read', description: undefined }]);
    const both = defineScopes({
      actions: ['read', 'rpc'],
      methods: 'rpc',
      naming: ({ resource, action }) => [action, `${resource}:${action}`],
    });
    const scopes = on(both, 'partner', 'tag');
    expect(scopes.usual('partner', 'read', 'operation', place)?.requirement.alternatives).toEqual(
      sets('read', 'partner:read'),
    );
    expect(scopes.usual('partner', 'archive', 'method', place)?.scope).toEqual(['rpc', 'partner:rpc']);
    // `read` opens every resource, so that one of one resource is not enough where it is asked for.
    expect(scopes.requirement('read', place).alternatives).toEqual(sets('read'));
    expect(scopes.requirement('tag:read', place).alternatives).toEqual(sets('tag:read', 'read'));
  });

  it('let a name stand for several', () => {
    const vocabulary = defineScopes({
      aliases: {
        'partner:write': ['partner:create', 'partner:update', 'partner:delete'],
        clerk: ['partner:write', 'partner:read'],
      },
    });
    const scopes = on(vocabulary, 'partner');
    expect(scopes.requirement('partner:create', place).alternatives).toEqual(
      sets('partner:create', 'partner:write', 'clerk'),
    );
    expect(scopes.requirement('partner:write', place).alternatives[0]).toEqual(['partner:write']);
    expect(isMet(scopes.requirement('partner:write', place), new Set(['clerk']))).toBe(true);
    const three = new Set(['partner:create', 'partner:update', 'partner:delete']);
    expect(isMet(scopes.requirement('partner:write', place), three)).toBe(true);
    three.delete('partner:update');
    expect(isMet(scopes.requirement('partner:write', place), three)).toBe(false);
    expect(scopes.of('partner')).toContain('clerk');
  });

  it('may be about no resource, or one that has no routes, and are described', () => {
    const vocabulary = defineScopes({
      actions: ['read'],
      others: ['statistics'],
      resources: ['identifier'],
      descriptions: { statistics: 'To look at figures.' },
    });
    const scopes = on(vocabulary, 'partner');
    expect(scopes.all).toEqual([
      { name: 'identifier:read', description: undefined },
      { name: 'partner:read', description: undefined },
      { name: 'statistics', description: 'To look at figures.' },
    ]);
    expect(scopes.requirement('statistics', place).alternatives).toEqual(sets('statistics'));
    expect(scopes.of('partner')).toEqual(['partner:read']);
  });

  it('have no wildcards but those that are made', () => {
    const scopes = on(defineScopes({ aliases: { 'partner:*': ['partner:read', 'partner:search'] } }), 'partner');
    expect(isMet(scopes.requirement('partner:read', place), new Set(['*', 'tag:*', 'partner']))).toBe(false);
    expect(isMet(scopes.requirement('partner:read', place), new Set(['partner:*']))).toBe(true);
    expect(isMet(scopes.requirement('partner:create', place), new Set(['partner:*']))).toBe(false);
  });
});

describe('a vocabulary that contradicts itself stops the start', () => {
  it.each<[string, () => unknown, string]>([
    [
      'an action that is not there',
      () => defineScopes({ includes: { reed: ['search'] } as object }),
      'no action "reed"',
    ],
    [
      'an included action that is not there',
      () => defineScopes({ actions: ['read'], includes: { read: ['find' as 'read'] } }),
      'no action "find"',
    ],
    [
      'an action of methods that is not there',
      () => defineScopes({ actions: ['read'], methods: 'rpc' as 'read' }),
      'no action "rpc"',
    ],
    ['a name that is no scope', () => on(defineScopes({ naming: () => 'a b' }), 'r'), 'visible characters'],
    ['an alias that is no scope', () => defineScopes({ aliases: { 'a b': ['r:read'] } }), 'visible characters'],
    ['an alias called public', () => defineScopes({ aliases: { public: ['r:read'] } }), 'stands alone'],
    ['an alias of nothing', () => on(defineScopes({ aliases: { a: ['r:reed'] } }), 'r'), 'no scope "r:reed"'],
    ['an alias of none', () => defineScopes({ aliases: { a: [] as never } }), 'stands for no scope'],
    ['an alias of itself', () => on(defineScopes({ aliases: { a: ['a'] } }), 'r'), 'no scope "a"'],
    ['an alias of a taken name', () => on(defineScopes({ aliases: { 'r:read': ['r:search'] } }), 'r'), 'already'],
    ['another of a taken name', () => on(defineScopes({ others: ['r:read'] }), 'r'), 'already'],
    ['a description of nothing', () => on(defineScopes({ descriptions: { nope: 'x' } }), 'r'), 'no scope "nope"'],
    [
      'a scope that is not there',
      () => on(register, 'r').requirement('r:rpc', place),
      'here: there is no scope "r:rpc"',
    ],
    [
      'a method without an action',
      () => on(register, 'r').usual('r', 'archive', 'method', place),
      'here: no scope is declared',
    ],
    [
      'an operation without an action',
      () => on(defineScopes({ actions: ['read'] }), 'r').usual('r', 'search', 'operation', place),
      'no action "search"',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(ConfigurationError);
    expect(act).toThrow(message);
  });
});

const actions = ['a', 'b', 'c', 'd'] as const;
const resources = ['r', 's'] as const;
const included = fc.record(
  Object.fromEntries(
    actions.map((name) => [name, fc.oneof(fc.constant('every' as const), fc.subarray([...actions]))]),
  ) as Record<(typeof actions)[number], fc.Arbitrary<'every' | (typeof actions)[number][]>>,
);

it('lets through whoever holds a scope that brings the action along, and nobody else', () => {
  const scope = fc.tuple(fc.constantFrom(...resources), fc.constantFrom(...actions));
  fc.assert(
    fc.property(included, scope, fc.array(scope, { maxLength: 4 }), (includes, [resource, action], held) => {
      const scopes = on(defineScopes({ actions, includes }), ...resources);
      const reaches = (from: string, seen = new Set<string>()): boolean => {
        if (from === action) return true;
        if (seen.has(from)) return false;
        seen.add(from);
        const more = includes[from as (typeof actions)[number]];
        return (more === 'every' ? actions : more).some((each) => reaches(each, seen));
      };
      const may = held.some(([of, what]) => of === resource && reaches(what));
      const names = new Set(held.map((each) => each.join(':')));
      expect(isMet(scopes.requirement(`${resource}:${action}`, place), names)).toBe(may);
    }),
    { numRuns: 300 },
  );
});
