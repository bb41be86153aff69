import { ConfigurationError } from '../errors/index.ts';

/** Scopes joined by {@link anyOf} or {@link allOf}. */
export interface ScopeCombination {
  readonly join: 'any' | 'all';
  readonly of: readonly ScopeTerm[];
}

/** What combinations are made of: the name of a scope, or another combination. */
export type ScopeTerm = string | ScopeCombination;

/**
 * What a caller has to hold, as a descriptor or a plugin says it: a scope, a list of which any one is enough, a
 * combination, or `'public'`: open to everybody, callers without credentials included. Methods and
 * routes of plugins can also say `'authenticated'`: any caller that is recognised, whatever it holds.
 */
export type Scope = string | readonly [string, ...string[]] | ScopeCombination;

/**
 * Any one of these is enough. The first is the one that a refusal asks for.
 *
 * @example anyOf('report:read', allOf('order:read', 'partner:read'))
 */
export function anyOf(...of: readonly [ScopeTerm, ...ScopeTerm[]]): ScopeCombination {
  return Object.freeze({ join: 'any', of: Object.freeze(of) });
}

/**
 * All of these are needed.
 *
 * @example allOf('group:create', 'group:update')
 */
export function allOf(...of: readonly [ScopeTerm, ...ScopeTerm[]]): ScopeCombination {
  return Object.freeze({ join: 'all', of: Object.freeze(of) });
}

/**
 * A requirement as the road checks it and documents show it: compiled at the start, frozen.
 *
 * @see docs/reference/scopes.md
 */
export interface ScopeRequirement {
  /** Whether everybody meets it, callers without credentials included. */
  readonly open: boolean;
  /**
   * Sets of scopes, each enough by itself, none a part of another. The first is what a refusal asks for. Empty when it is
   * open: nothing has to be held.
   */
  readonly alternatives: readonly (readonly string[])[];
  /** Every scope that helps to meet it. */
  readonly scopes: ReadonlySet<string>;
}

/** Sets of scopes that are enough in place of a name: the name itself first. @throws ConfigurationError for no such name */
export type ExpandScope = (name: string, place: string) => readonly (readonly string[])[];

/** `scope-token` of RFC 6749 section 3.3. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Most sets of scopes in one requirement: what needs more is a slip, and would make every check slow. */
const mostAlternatives = 100;

const open: ScopeRequirement = Object.freeze({
  open: true,
  alternatives: Object.freeze([]),
  scopes: new Set<string>(),
});

/** What a route or a method needs that is open to every caller with credentials: one set, of nothing. */
export const authenticated: ScopeRequirement = Object.freeze({
  open: false,
  alternatives: Object.freeze([Object.freeze([])]),
  scopes: new Set<string>(),
});

/** A name that no one holds but who was granted it. */
const alone: ExpandScope = (name) => [[name]];

/**
 * Compiles what was declared.
 *
 * @param expand what is enough in place of each name; the name alone when absent
 * @throws ConfigurationError at `place` when nothing is declared, for what is no scope, and for too many alternatives
 */
export function compileRequirement(
  scope: Scope | undefined,
  place: string,
  expand: ExpandScope = alone,
): ScopeRequirement {
  if (scope === 'public') return open;
  const declared = isList(scope) ? { join: 'any' as const, of: scope } : scope;
  if (declared === undefined || (typeof declared !== 'string' && declared.of.length === 0)) {
    throw new ConfigurationError(place, 'no scope is declared; name one, or say "public"');
  }
  const alternatives = alternativesOf(declared, place, expand).map((names) => Object.freeze([...names]));
  return Object.freeze({
    open: false,
    alternatives: Object.freeze(alternatives),
    scopes: new Set(alternatives.flat()),
  });
}

/** Whether scopes that are held meet a requirement. A look-up in a set for each name; nothing is made. */
export function isMet({ open, alternatives }: ScopeRequirement, held: ReadonlySet<string>): boolean {
  if (open) return true;
  for (const names of alternatives) if (holdsAll(names, held)) return true;
  return false;
}

function holdsAll(names: readonly string[], held: ReadonlySet<string>): boolean {
  for (const name of names) if (!held.has(name)) return false;
  return true;
}

/** @throws ConfigurationError for a text that cannot be the name of a scope */
export function checkScopeName(name: string, place: string): void {
  if (name === 'public') throw new ConfigurationError(place, '"public" stands alone: it needs no scope beside it');
  if (name === 'authenticated')
    throw new ConfigurationError(place, '"authenticated" is for methods and routes of plugins, alone');
  if (!scopeToken.test(name)) {
    throw new ConfigurationError(place, 'a scope is made of visible characters but the quote and the backslash');
  }
}

function isList(scope: Scope | undefined): scope is readonly [string, ...string[]] {
  return Array.isArray(scope);
}

function alternativesOf(term: ScopeTerm, place: string, expand: ExpandScope): readonly (readonly string[])[] {
  if (typeof term === 'string') {
    checkScopeName(term, place);
    return expand(term, place);
  }
  if (term.of.length === 0) throw new ConfigurationError(place, 'a combination of scopes is empty');
  const parts = term.of.map((part) => alternativesOf(part, place, expand));
  return term.join === 'any' ? smallest(parts.flat(), place) : together(parts, place);
}

/** What is enough for all of several parts. @throws ConfigurationError for too many alternatives */
export function together(
  parts: readonly (readonly (readonly string[])[])[],
  place: string,
): readonly (readonly string[])[] {
  return parts.reduce(
    (made, part) =>
      smallest(
        made.flatMap((left) => part.map((right) => [...new Set([...left, ...right])])),
        place,
      ),
    [[]] as readonly (readonly string[])[],
  );
}

/** Leaves out every set that holds another one whole, since that one is enough; the order stays. */
export function smallest(sets: readonly (readonly string[])[], place: string): readonly (readonly string[])[] {
  const kept: (readonly string[])[] = [];
  for (const set of sets) {
    if (kept.some((other) => other.every((name) => set.includes(name)))) continue;
    for (let index = kept.length - 1; index >= 0; index--) {
      if (set.every((name) => kept[index]?.includes(name))) kept.splice(index, 1);
    }
    kept.push(set);
    if (kept.length > mostAlternatives) {
      throw new ConfigurationError(place, `more than ${mostAlternatives} sets of scopes would be enough here`);
    }
  }
  return kept;
}
