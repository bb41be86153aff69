import { ConfigurationError } from '../errors/index.ts';
import type { ScopeCoverage } from './coverage.ts';
import type { FieldListRules } from './field-lists.ts';
import {
  checkScopeName,
  compileRequirement,
  type Scope,
  type ScopeRequirement,
  smallest,
  together,
} from './requirement.ts';
import type { ScopeVocabulary } from './vocabulary.ts';

/** A scope of an API, for metadata, documents and administration. */
export interface PlannedScope {
  readonly name: string;
  readonly description: string | undefined;
}

/** What was declared, and what the road makes of it. */
export interface DeclaredScope {
  readonly scope: Scope;
  readonly requirement: ScopeRequirement;
}

/** The scopes of one API, compiled once its resources are known. */
export interface ApiScopes extends ScopeCoverage {
  /** @throws ConfigurationError at `place` when nothing is declared, or a scope that there is none of */
  requirement(scope: Scope | undefined, place: string): ScopeRequirement;
  /** What an operation or a method needs that names no scope; `undefined` where there is no vocabulary to tell. */
  usual(resource: string, name: string, kind: 'operation' | 'method', place: string): DeclaredScope | undefined;
  /** Names of all scopes that say something of a resource; `undefined` where there is no vocabulary to tell. */
  of(resource: string): readonly string[] | undefined;
  /** All scopes, by name; `undefined` where there is no vocabulary to tell. */
  readonly all: readonly PlannedScope[] | undefined;
  readonly fieldLists: FieldListRules | undefined;
}

/** The scopes of an API without a vocabulary: a name is itself, and all names are there. */
export const anyScopes: ApiScopes = Object.freeze({
  requirement: (scope: Scope | undefined, place: string) => compileRequirement(scope, place),
  usual: () => undefined,
  of: () => undefined,
  all: undefined,
  fieldLists: undefined,
  covers: (held: readonly string[], scope: string) => held.includes(scope),
  has: () => true,
});

/** Something that can be granted: an action on a resource, or a scope about none. */
type Grant = string;
const grantOf = (resource: string, action: string): Grant => `${resource}\0${action}`;

/**
 * Compiles a vocabulary for the resources of an API. What stands for what is worked out here, so that the check of a call
 * looks names up and knows nothing of actions and aliases.
 *
 * @throws ConfigurationError for names that are taken, that cannot be scopes, or that an alias or a description speaks of
 * and nobody can be granted
 */
export function compileScopes(vocabulary: ScopeVocabulary, api: string, resources: readonly string[]): ApiScopes {
  const { actions, includes, naming, aliases, others, descriptions } = vocabulary;
  /** What each scope is, and what it brings along. */
  const own = new Map<string, Set<Grant>>();
  const brought = new Map<string, Set<Grant>>();
  const served = new Set([...resources, ...vocabulary.resources]);
  const add = (map: Map<string, Set<Grant>>, name: string, grant: Grant) => {
    const known = map.get(name);
    if (known === undefined) map.set(name, new Set([grant]));
    else known.add(grant);
  };
  const namesOf = (resource: string, action: string) => naming({ api, resource, action });
  for (const resource of served) {
    for (const action of actions) {
      for (const name of namesOf(resource, action)) {
        checkScopeName(name, `scopes.naming of ${resource} and ${action}`);
        add(own, name, grantOf(resource, action));
        for (const each of includes.get(action) ?? []) add(brought, name, grantOf(resource, each));
      }
    }
  }
  for (const name of others) {
    if (own.has(name)) throw new ConfigurationError('scopes.others', `there is a scope "${name}" already`);
    add(own, name, name);
    add(brought, name, name);
  }
  for (const [alias, members] of aliases) {
    const place = `scopes.aliases.${alias}`;
    if (brought.has(alias)) throw new ConfigurationError(place, 'there is a scope of this name already');
    const all = new Set<Grant>();
    for (const member of members) {
      // An alias may use those that stand above it: none can use itself.
      const grants = brought.get(member);
      if (grants === undefined) throw new ConfigurationError(place, `there is no scope "${member}"`);
      for (const grant of grants) all.add(grant);
    }
    brought.set(alias, all);
  }
  for (const name of descriptions.keys()) {
    if (!brought.has(name)) throw new ConfigurationError('scopes.descriptions', `there is no scope "${name}"`);
  }

  /** Names that bring all of some grants, each enough by itself; `first` in front. */
  const bringing = (grants: ReadonlySet<Grant>, first: readonly string[]) => {
    const names = [...brought].flatMap(([name, all]) => ([...grants].every((grant) => all.has(grant)) ? [name] : []));
    return [...new Set([...first, ...names])].map((name) => [name]);
  };
  /** What each name by itself lets its holder pass: all that asks for one of these. */
  const passed = new Map([...brought].map(([name, all]) => [name, passedBy(all, own)]));
  const expand = (name: string, place: string): readonly (readonly string[])[] => {
    const members = aliases.get(name);
    if (members !== undefined) {
      const each = together(
        members.map((member) => expand(member, place)),
        place,
      );
      return smallest([[name], ...each], place);
    }
    const grants = own.get(name);
    if (grants === undefined) throw new ConfigurationError(place, `there is no scope "${name}"`);
    return bringing(grants, [name]);
  };

  return Object.freeze({
    requirement: (scope, place) => compileRequirement(scope, place, expand),
    usual(resource, name, kind, place) {
      const action = kind === 'operation' ? (name === 'replace' ? 'update' : name) : (vocabulary.methods ?? name);
      if (!actions.includes(action)) {
        throw new ConfigurationError(place, `no scope is declared, and there is no action "${action}"`);
      }
      const names = namesOf(resource, action);
      const [first, ...more] = names;
      if (first === undefined) throw new ConfigurationError(place, `the vocabulary has no name for "${action}"`);
      const alternatives = bringing(new Set([grantOf(resource, action)]), names);
      return {
        scope: [first, ...more],
        requirement: compileRequirement({ join: 'any', of: alternatives.flat() }, place),
      };
    },
    of: (resource) =>
      [...brought].flatMap(([name, grants]) =>
        actions.some((action) => grants.has(grantOf(resource, action))) ? [name] : [],
      ),
    all: Object.freeze(
      [...brought.keys()].sort().map((name) => Object.freeze({ name, description: descriptions.get(name) })),
    ),
    fieldLists: vocabulary.fieldLists,
    has: (scope) => brought.has(scope),
    covers(held, scope) {
      if (held.includes(scope)) return true;
      const wanted = passed.get(scope);
      // One scope has to bring all of a name along: several that do so between them do not let anybody pass.
      return wanted !== undefined && [...wanted].every((each) => held.some((name) => passed.get(name)?.has(each)));
    },
  } satisfies ApiScopes);
}

/** The names whose own grants are all among these. */
function passedBy(grants: ReadonlySet<Grant>, own: ReadonlyMap<string, ReadonlySet<Grant>>): ReadonlySet<string> {
  return new Set([...own].flatMap(([name, its]) => ([...its].every((grant) => grants.has(grant)) ? [name] : [])));
}
