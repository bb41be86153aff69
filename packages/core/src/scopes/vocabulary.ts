import { ConfigurationError } from '../errors/index.ts';
import type { FieldListRules } from './field-lists.ts';
import { checkScopeName } from './requirement.ts';

/** What one scope is about. */
export interface ScopeSubject {
  /** Name of the API. */
  readonly api: string;
  /** Name of the resource; what its descriptor's `scope` says instead, when that is a text. */
  readonly resource: string;
  readonly action: string;
}

/** The actions of a vocabulary that names none. A replace is an update. */
export const usualActions = ['search', 'read', 'create', 'update', 'delete'] as const;

type UsualAction = (typeof usualActions)[number];

/** What scopes an API has, and which of them stands for which. */
export interface ScopeVocabularyOptions<Action extends string = UsualAction> {
  /** What can be granted on a resource. Default `search`, `read`, `create`, `update` and `delete`. */
  readonly actions?: readonly [Action, ...Action[]];
  /** Actions that an action brings with it: `{ read: ['search'], all: 'every' }`. What they include is included too. */
  readonly includes?: { readonly [Name in NoInfer<Action>]?: readonly NoInfer<Action>[] | 'every' };
  /** The action that methods need which name no scope of their own; when absent, the one of the method's own name. */
  readonly methods?: NoInfer<Action>;
  /**
   * Names of scopes: `resource` is `partner:read` (the default), `api` is `shop/partner:read`, a function answers its own.
   * Several names for one subject are each enough, and a refusal asks for the first.
   */
  readonly naming?: 'resource' | 'api' | ((subject: ScopeSubject) => string | readonly [string, ...string[]]);
  /** Names that stand for several scopes: `{ 'partner:write': ['partner:create', 'partner:update'] }`. */
  readonly aliases?: Readonly<Record<string, readonly [string, ...string[]]>>;
  /** Resources that scopes can be granted on, beside those of the API. */
  readonly resources?: readonly string[];
  /** Scopes that are about no resource: `['statistics']`. */
  readonly others?: readonly string[];
  /** What scopes are for, by their names; for documents and consoles. */
  readonly descriptions?: Readonly<Record<string, string>>;
  /** How field lists of callers bear on the resources that do not say so themselves. */
  readonly fieldLists?: FieldListRules;
}

/** The scopes of an API, made by {@link defineScopes}. Frozen. */
export interface ScopeVocabulary {
  readonly actions: readonly string[];
  /** Each action with everything it brings along, itself included. */
  readonly includes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly methods: string | undefined;
  readonly naming: (subject: ScopeSubject) => readonly string[];
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly resources: readonly string[];
  readonly others: readonly string[];
  readonly descriptions: ReadonlyMap<string, string>;
  readonly fieldLists: FieldListRules | undefined;
}

/**
 * Says which scopes an API has. A scope that a route asks for and nobody can be granted then stops the start.
 *
 * @throws ConfigurationError for actions that are not there, and for texts that cannot be scopes
 * @example defineScopes({ actions: ['read', 'update', 'all'], includes: { all: 'every' } })
 * @see docs/reference/scopes.md
 */
export function defineScopes<const Action extends string = UsualAction>(
  options: ScopeVocabularyOptions<Action> = {},
): ScopeVocabulary {
  const actions: readonly string[] = options.actions ?? usualActions;
  const declared = new Map<string, readonly string[] | 'every'>(Object.entries(options.includes ?? {}));
  const known = (action: string, place: string) => {
    if (!actions.includes(action)) throw new ConfigurationError(place, `there is no action "${action}"`);
  };
  for (const [action, more] of declared) {
    known(action, `scopes.includes.${action}`);
    if (more !== 'every') for (const each of more) known(each, `scopes.includes.${action}`);
  }
  if (options.methods !== undefined) known(options.methods, 'scopes.methods');
  for (const name of options.others ?? []) checkScopeName(name, 'scopes.others');
  for (const [name, members] of Object.entries(options.aliases ?? {})) {
    const place = `scopes.aliases.${name}`;
    checkScopeName(name, place);
    // Whatever the types say: what stands for nothing would be held by everybody.
    if (members.length === 0) throw new ConfigurationError(place, 'stands for no scope');
  }
  return Object.freeze({
    actions,
    includes: new Map(actions.map((action) => [action, broughtBy(action, actions, declared)])),
    methods: options.methods,
    naming: namingOf(options.naming ?? 'resource'),
    aliases: new Map(Object.entries(options.aliases ?? {})),
    resources: options.resources ?? [],
    others: options.others ?? [],
    descriptions: new Map(Object.entries(options.descriptions ?? {})),
    fieldLists: options.fieldLists,
  });
}

function namingOf(naming: NonNullable<ScopeVocabularyOptions['naming']>): ScopeVocabulary['naming'] {
  if (naming === 'resource') return ({ resource, action }) => [`${resource}:${action}`];
  if (naming === 'api') return ({ api, resource, action }) => [`${api}/${resource}:${action}`];
  return (subject) => {
    const names = naming(subject);
    return typeof names === 'string' ? [names] : names;
  };
}

/** An action and all that it brings along, however long the way. */
function broughtBy(
  action: string,
  actions: readonly string[],
  declared: ReadonlyMap<string, readonly string[] | 'every'>,
): ReadonlySet<string> {
  const found = new Set([action]);
  // A set that grows while it is walked is walked to its end.
  for (const each of found) {
    const more = declared.get(each) ?? [];
    for (const brought of more === 'every' ? actions : more) found.add(brought);
  }
  return found;
}
