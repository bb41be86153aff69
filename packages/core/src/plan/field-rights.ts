import type { Policy } from '../descriptor/policy.ts';
import type { CallContext } from '../road/call.ts';
import { type FieldListRules, ListedFields } from '../scopes/field-lists.ts';
import type { ScopeRequirement } from '../scopes/requirement.ts';

interface FieldListSources {
  readonly rules: FieldListRules;
  /** Names of the resource's members. */
  readonly members: readonly string[];
  /** What reading and searching the resource need. */
  readonly readers: readonly ScopeRequirement[];
  /** What each operation and method needs. */
  readonly required: ReadonlyMap<string, ScopeRequirement>;
  /** Every scope of the resource, where a vocabulary tells. */
  readonly scopes: readonly string[] | undefined;
}

/** How the field lists of callers bear on one resource. */
export class ResourceFieldLists {
  readonly #free: boolean;
  readonly #shown: ListedFields;
  readonly #written: ReadonlyMap<string, ListedFields>;

  constructor({ rules, members, readers, required, scopes }: FieldListSources) {
    const own = scopes?.map((name) => [name]) ?? [...required.values()].flatMap(({ alternatives }) => alternatives);
    const reading = readers.flatMap(({ alternatives }) => alternatives);
    const any = rules.liftedBy === 'any';
    this.#free = rules.writes === 'free';
    // Who may read it by no scope at all is shown answers by the scopes that brought it there.
    this.#shown = new ListedFields(any ? [own] : [reading, own], members);
    this.#written = new Map(
      any ? [] : [...required].map(([name, { alternatives }]) => [name, new ListedFields([alternatives], members)]),
    );
  }

  /** The fields that the lists show; all when undefined. */
  shown({ principal }: CallContext): ReadonlySet<string> | undefined {
    return this.#shown.of(principal);
  }

  /** The fields that the lists let be written: those that they show, and that the scope of the operation names; all when undefined. */
  writable({ principal, operation }: CallContext): ReadonlySet<string> | undefined {
    if (this.#free) return undefined;
    return common(this.#shown.of(principal), this.#written.get(operation)?.of(principal));
  }
}

/** What is left of fields when every policy that names fields has had its say; all when undefined. */
export function fieldsUnderPolicies(
  policies: readonly Policy[] = [],
  listed: ReadonlySet<string> | undefined,
  namedBy: (policy: Policy) => ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  let left = listed;
  for (const policy of policies) left = common(left, namedBy(policy));
  return left;
}

function common(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return new Set([...one].filter((name) => other.has(name)));
}
