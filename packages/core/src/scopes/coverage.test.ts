import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overOneNote } from '../road/fixtures/probe.ts';
import { compileScopes } from './api-scopes.ts';
import { ScopeCoverageService } from './coverage.ts';
import { isMet } from './requirement.ts';
import { defineScopes, type ScopeVocabulary } from './vocabulary.ts';

const started = overOneNote();
const on = (vocabulary: ScopeVocabulary, ...resources: string[]) => compileScopes(vocabulary, 'shop', resources);

describe('what scopes cover', () => {
  const scopes = on(
    defineScopes({
      actions: ['search', 'read', 'update', 'all'],
      includes: { read: ['search'], all: 'every' },
      others: ['statistics'],
      aliases: {
        'partner:write': ['partner:update', 'partner:read'],
        clerk: ['partner:write', 'statistics'],
      },
    }),
    'partner',
    'tag',
  );

  it.each<[held: string[], covered: string[], not: string[]]>([
    [['partner:read'], ['partner:read', 'partner:search'], ['partner:update', 'tag:search', 'partner:write']],
    [['partner:all'], ['partner:update', 'partner:search', 'partner:write'], ['tag:read', 'clerk', 'statistics']],
    [['partner:write'], ['partner:update', 'partner:search'], ['partner:all', 'clerk']],
    [['clerk'], ['partner:write', 'partner:update', 'statistics'], ['partner:all', 'tag:search']],
    [
      ['partner:update', 'partner:read'],
      ['partner:write', 'partner:search'],
      ['clerk', 'partner:all'],
    ],
    [['of another API'], ['of another API'], ['partner:search', 'of a third']],
    [[], [], ['partner:search', 'statistics', 'constructor']],
  ])('%j', (held, covered, not) => {
    expect(covered.filter((name) => !scopes.covers(held, name))).toEqual([]);
    expect(not.filter((name) => scopes.covers(held, name))).toEqual([]);
  });

  it('is not what several cover between them, when a name stands for all resources', () => {
    const both = on(
      defineScopes({ actions: ['read'], naming: ({ resource, action }) => [action, `${resource}:${action}`] }),
      'partner',
      'tag',
    );
    expect(both.covers(['read'], 'tag:read')).toBe(true);
    // Who holds the two may still not call what asks for `read` by this name.
    expect(both.covers(['partner:read', 'tag:read'], 'read')).toBe(false);
  });

  it('is each scope alone where there is no vocabulary, and known to plugins', async () => {
    const coverage = (await started()).services.resolve(ScopeCoverageService);
    expect(coverage.covers(['note:all'], 'note:all')).toBe(true);
    expect(coverage.covers(['note:all'], 'note:read')).toBe(false);
    const made = await started({ scopes: defineScopes({ others: ['all'], aliases: { notes: ['all', 'note:read'] } }) });
    expect(made.services.resolve(ScopeCoverageService).covers(['notes'], 'note:read')).toBe(true);
  });
});
const actions = ['a', 'b', 'c'] as const;
const resources = ['r', 's'] as const;
const subset = fc.subarray([...actions]);
const vocabularies = fc
  .record({
    includes: fc.record({ a: subset, b: subset, c: subset }),
    // Actions that have one name for all resources, beside one for each or instead of it.
    wide: subset,
    narrow: subset,
    first: fc.subarray(['r:a', 'r:b', 's:a', 's:b', 'other'], { minLength: 1 }),
    second: fc.subarray(['first', 'r:c', 's:c', 's:a'], { minLength: 1 }),
  })
  .map(({ includes, wide, narrow, first, second }) => {
    const naming = ({ resource, action }: { resource: string; action: string }): [string, ...string[]] => {
      const own = `${resource}:${action}`;
      return wide.some((each) => each === action) ? [`wide-${action}`, own] : [own];
    };
    const bare = ({ resource, action }: { resource: string; action: string }): [string] =>
      narrow.some((each) => each === action) ? [`only-${action}`] : [`${resource}:${action}`];
    // An alias can only stand for names that there are.
    const aliases = narrow.length > 0 ? {} : { first, second };
    return on(
      defineScopes({
        actions,
        includes,
        naming: narrow.length > 0 ? bare : naming,
        others: ['other'],
        aliases: aliases as Record<string, [string, ...string[]]>,
      }),
      ...resources,
    );
  });

it('covers a scope exactly when it opens nothing more', () => {
  fc.assert(
    fc.property(vocabularies, fc.infiniteStream(fc.nat()), (scopes, numbers) => {
      const names = scopes.all?.map(({ name }) => name) ?? [];
      const pick = () => names[(numbers.next().value as number) % names.length] ?? '';
      const [asked, ...held] = [pick(), pick(), pick(), pick()];
      const needs = [
        ...names.map((name) => scopes.requirement(name, 'here')),
        ...resources.flatMap((resource) =>
          actions.flatMap((action) => scopes.usual(resource, action, 'operation', 'here')?.requirement ?? []),
        ),
      ];
      const more = needs.some((need) => isMet(need, new Set([asked])) && !isMet(need, new Set(held)));
      expect(scopes.covers(held, asked)).toBe(!more);
    }),
    { numRuns: 500 },
  );
});
