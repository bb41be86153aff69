import type { Principal } from '../road/principal.ts';

/**
 * Fields that scopes are limited to: names of members as the wire shows them, by the name of a scope. A scope that is not
 * named here is not limited; one with an empty list shows nothing but the key and fields that always stay.
 */
export type FieldLists = Readonly<Record<string, readonly string[]>>;

/** How the field lists of callers bear on a resource. */
export interface FieldListRules {
  /**
   * Which scopes lift the limit when they have no list: those that the caller may read the resource by (the default), or
   * any scope of the resource that it holds.
   */
  readonly liftedBy?: 'reading' | 'any';
  /**
   * Whether a caller may write only what its lists name. Default `withheld`: as with what a policy hides, a body that
   * names another field is answered as one that names none there is. `free`: lists limit what is shown, not what is written.
   */
  readonly writes?: 'withheld' | 'free';
}

/** Sets of scopes, each enough by itself. */
export type Ways = readonly (readonly string[])[];

/** What the lists of some scopes leave of the fields of a resource, for each caller; remembered as long as the caller is. */
export class ListedFields {
  readonly #ways: readonly Ways[];
  readonly #members: readonly string[];
  readonly #known = new WeakMap<object, { readonly names: ReadonlySet<string> | undefined }>();

  /**
   * @param ways whose lists count, sets of scopes each; of several kinds of ways the first that the caller has
   * @param members names of the resource's members
   */
  constructor(ways: readonly Ways[], members: readonly string[]) {
    this.#ways = ways;
    this.#members = members;
  }

  /** The fields that are left: those of all lists together; `undefined` when a scope without a list lifts the limit. */
  of(principal: Principal): ReadonlySet<string> | undefined {
    if (principal.kind === 'system' || principal.kind === 'anonymous') return undefined;
    const { fieldLists, scopes, granted = scopes } = principal;
    if (fieldLists === undefined) return undefined;
    const known = this.#known.get(principal);
    if (known !== undefined) return known.names;
    const names = this.#listed(fieldLists, scopes, granted);
    this.#known.set(principal, { names });
    return names;
  }

  #listed(lists: FieldLists, held: ReadonlySet<string>, granted: ReadonlySet<string>): ReadonlySet<string> | undefined {
    const counted = this.#counted(held, granted);
    if (counted === undefined || counted.some((name) => !Object.hasOwn(lists, name))) return undefined;
    const listed = new Set(counted.flatMap((name) => lists[name] ?? []));
    // Names of no member are left out here, so that they cannot reach a key of a cache or a text.
    return new Set(this.#members.filter((name) => listed.has(name)));
  }

  /**
   * The scopes that bring the caller here. Credentials with fewer scopes than were granted to whoever holds them show no
   * more than all of them would: what was granted counts where they have no way of a kind themselves.
   */
  #counted(held: ReadonlySet<string>, granted: ReadonlySet<string>): readonly string[] | undefined {
    for (const ways of this.#ways) {
      for (const scopes of held === granted ? [held] : [held, granted]) {
        const met = ways.filter((way) => way.every((name) => scopes.has(name)));
        if (met.length > 0) return met.flat();
      }
    }
    return undefined;
  }
}
