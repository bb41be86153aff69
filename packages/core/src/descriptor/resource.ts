import type { DefaultSource } from '../fields/rules.ts';
import type { KeyDefinition } from '../keys/key.ts';
import type { Condition } from '../query/condition.ts';
import type { ParameterDeclaration } from '../query/parameters.ts';
import type { Where } from '../query/where.ts';
import type { CallContext } from '../road/call.ts';
import type { ParameterDefinition, RouteCall } from '../road/route.ts';
import type { FieldListRules } from '../scopes/field-lists.ts';
import type { Scope } from '../scopes/requirement.ts';
import type { EntityOf, EntitySource, PropertyKeys, ScalarKeys, ScalarValue, ToOneKeys } from './entity-types.ts';
import type { ErrorWordings } from './errors.ts';
import { type FieldBuilder, type Fields, fieldBuilder } from './field-builder.ts';
import type { ResourceHooks } from './hooks.ts';
import type { MethodDefinition, OperationName, Operations } from './operations.ts';
import type { Policy } from './policy.ts';

/** Values for properties that callers did not or cannot send, in terms of the entity; applied on create. */
export type PropertyDefaults<E> = {
  readonly [K in PropertyKeys<E>]?: K extends ToOneKeys<E> ? DefaultSource<never> : DefaultSource<ScalarValue<E[K]>>;
};

/** Query parameters of operations on one record that narrow what its key names. */
export interface Addressing {
  readonly parameters: readonly ParameterDefinition[];
  /** ANDed to the key; may refuse the call. `key` is the key as sent. */
  readonly condition: (call: RouteCall, key: string) => Condition | Promise<Condition>;
  /** What the address of a new record carries behind its key: `?program=…`. */
  readonly location?: (record: Readonly<Record<string, unknown>>) => string;
}

/** What a developer says of a resource. What the ORM knows already is not said again. */
export interface ResourceOptions<E> {
  /** Unique in the API: `partner`. */
  readonly name: string;
  /** Name of its type in references and documents; the name with a capital when absent. */
  readonly type?: string;
  /** Below the API's base path: `/partner/rest`. */
  readonly path: string;
  /** How its records are named on the wire. */
  readonly key: KeyDefinition;
  /** Member that shows the key in each record; `null`: the key is not shown by itself. Default `id`. */
  readonly keyName?: string | null;
  /** The property that changes with each update (a number that counts up, or a timestamp in microseconds). */
  readonly version?: ScalarKeys<E>;
  /** The member that shows the version: who may not see it is given no entity tag either. */
  readonly versionShownIn?: string;
  /**
   * Scope of every operation that does not name its own: a prefix (`partner` → `partner:read`), or a function. In an API
   * with a vocabulary the text is the resource's name in scopes, `name` when absent.
   */
  readonly scope?: string | ((operation: OperationName | (string & {})) => Scope);
  readonly fields: (field: FieldBuilder<E>) => Fields;
  readonly defaults?: PropertyDefaults<E>;
  /** The records that exist at all as far as this API is concerned. May use properties that are no fields. */
  readonly domain?: (call: CallContext, where: Where<E>) => Condition;
  /** Order of a search that asks for none, by properties: `['name', '-createdAt']`. The primary key always follows. */
  readonly order?: readonly (ScalarKeys<E> | `-${ScalarKeys<E>}`)[];
  /**
   * Further names to order by, each with the properties that it stands for and the member that they are shown in: who may
   * not see the member cannot order by it.
   */
  readonly sorts?: Readonly<
    Record<string, { readonly by: readonly [ScalarKeys<E>, ...ScalarKeys<E>[]]; readonly shownIn: string }>
  >;
  /** The to-one property that names a record's parent: filters may then ask for what is below or above a record. */
  readonly hierarchy?: ToOneKeys<E>;
  /** Further parameters that tell records apart when the key alone does not. */
  readonly addressing?: Addressing;
  /** Search parameters of the resource's own, beside those of the API's query dialect. */
  readonly parameters?: Readonly<Record<string, ParameterDeclaration>>;
  readonly operations: Operations<E>;
  readonly methods?: Readonly<Record<string, MethodDefinition>>;
  readonly hooks?: ResourceHooks<E>;
  /** How field lists of callers bear on it; as the API's vocabulary says when absent. */
  readonly fieldLists?: FieldListRules;
  readonly policies?: readonly Policy[];
  readonly errors?: ErrorWordings;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly category?: string;
}

/** A resource as the plan takes it; made by {@link defineResource}. */
export interface ResourceDescriptor
  extends Omit<ResourceOptions<never>, 'fields' | 'version' | 'defaults' | 'order' | 'sorts' | 'hierarchy'> {
  readonly entity: EntitySource;
  readonly fields: Fields;
  readonly version?: string;
  readonly order?: readonly string[];
  readonly sorts?: Readonly<Record<string, { readonly by: readonly string[]; readonly shownIn: string }>>;
  readonly hierarchy?: string;
  readonly defaults?: Readonly<Record<string, DefaultSource>>;
}

/**
 * Describes a resource over a MikroORM entity. Wrong properties, aliases, defaults and relations do not compile; what
 * the compiler cannot see (a relation to a resource that the API does not have) stops the start with its path.
 *
 * @see docs/guides/describe-a-resource.md
 */
export function defineResource<S extends EntitySource>(
  entity: S,
  options: ResourceOptions<EntityOf<S>>,
): ResourceDescriptor {
  // The entity's type has done its work at compile time; the plan works with names.
  const { fields, ...rest } = options as unknown as ResourceOptions<never>;
  return { ...rest, entity, fields: fields(fieldBuilder()) } as unknown as ResourceDescriptor;
}
