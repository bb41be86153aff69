import type {
  CallContext,
  Condition,
  EntityOf,
  EntitySource,
  ErrorWordings,
  JsonSchema,
  Page,
  ParameterCall,
  ScalarKeys,
  ScalarType,
  Scope,
  TargetOf,
  ToManyKeys,
  ToOneKeys,
} from '@sallyport/core';
import type { FilterErrorCode } from './faults.ts';

/** What a filter compares: one value, a part of a text, a range, a list, whether there is a value, true and false. */
export type FilterType = 'exact' | 'contains' | 'range' | 'in' | 'nin' | 'null' | 'boolean';
export type FilterOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'like' | 'ilike' | 'in' | 'nin' | 'null';
export type FilterScalar = string | number | boolean;
export type FilterValue = FilterScalar | readonly FilterScalar[];

/** What the values of a filter with `matches` are: a type, or one of a closed list of texts. */
export type ValueKind = Exclude<ScalarType, 'json' | 'binary'> | readonly [string, ...string[]];

/** What every filter may say. */
interface FilterBase {
  readonly type: FilterType;
  /** Those of its type that callers may use, the usual one first. All of the type when absent. */
  readonly operators?: readonly [FilterOperator, ...FilterOperator[]];
  /** For people; made of the name when absent. */
  readonly label?: string;
  readonly description?: string;
  /** Shown as `field_path`; the filter's name when absent. Never a column's. */
  readonly path?: string;
  /** Whether every search with a body must use it, unless it has a default. */
  readonly required?: boolean;
  /** Holds where a search with a body does not name the filter; compared by the first operator. */
  readonly default?: FilterValue;
  /** Most values of a list; 100 when absent. */
  readonly maxValues?: number;
  /** Shown as `is_indexed`. */
  readonly indexed?: boolean;
  /** What a caller must hold besides the scope of the search; who does not is told of no such filter. */
  readonly requiresScope?: Scope;
  /** `false`: there is no such filter, for now. */
  readonly active?: boolean;
  /**
   * Members of the resource that answers tell something of: who is not shown one of them has no such filter, and records
   * whose policies hide one of them are left out. May be absent only where a member shows the very property.
   */
  readonly reveals?: readonly string[];
}

/** A filter on a property of the entity, or of one that it is related to. */
export interface PropertyFilter<Path extends string = string> extends FilterBase {
  readonly property: Path;
  /** Whether a search may be sorted by it, under the filter's name; for the entity's own properties. */
  readonly sort?: boolean;
  readonly matches?: undefined;
}

/** A filter with a condition of its own making. */
export interface MatchFilter extends FilterBase {
  readonly property?: undefined;
  readonly sort?: undefined;
  readonly reveals: readonly string[];
  /** `string` when absent; a boolean for the types `null` and `boolean`. */
  readonly value?: ValueKind;
  /** Given a list for `in` and `nin`. What it throws is answered. */
  matches(value: FilterValue, operator: FilterOperator, call: ParameterCall): Condition | Promise<Condition>;
}

export type FilterDeclaration<Path extends string = string> = PropertyFilter<Path> | MatchFilter;

/** One comparison of a preset. */
export interface FilterComparison<Name extends string = string> {
  readonly field: Name;
  /** `eq` when absent. */
  readonly operator?: FilterOperator;
  /** A function answers it for each call: `({ now }) => …` for dates that move. */
  readonly value: FilterValue | ((call: CallContext) => FilterValue);
}

/** Comparisons under AND or OR. */
export interface FilterGroup<Name extends string = string> {
  readonly logic: 'AND' | 'OR';
  readonly conditions: readonly [FilterNode<Name>, ...FilterNode<Name>[]];
}

export type FilterNode<Name extends string = string> = FilterComparison<Name> | FilterGroup<Name>;

/** Conditions under a name; all of them hold. Nobody has a preset who has not all of its filters. */
export interface FilterPreset<Name extends string = string> {
  readonly label?: string;
  readonly description?: string;
  readonly conditions: readonly [FilterNode<Name>, ...FilterNode<Name>[]];
  /** `false`: callers are told of no such preset. */
  readonly public?: boolean;
  readonly active?: boolean;
}

/** What callers may filter a resource by. */
export interface ResourceFilters {
  readonly filters: Readonly<Record<string, FilterDeclaration>>;
  readonly presets?: Readonly<Record<string, FilterPreset>>;
  /** Most comparisons of a search; 10 when absent. */
  readonly maxComplexity?: number;
  /** Most levels of groups; 5 when absent. */
  readonly maxDepth?: number;
  /** Whether a body may name, besides, the fields of the resource that its domains may (`filter: true`). */
  readonly allowCustom?: boolean;
}

/** Paths of an entity: its columns, and those of entities that it is related to. */
export type PropertyPath<E> =
  | ScalarKeys<E>
  | { [K in ToOneKeys<E> | ToManyKeys<E>]: `${K}.${ScalarKeys<TargetOf<E[K]>>}` }[ToOneKeys<E> | ToManyKeys<E>];

/** The same, with the names of properties and filters known to the compiler. */
export interface TypedResourceFilters<E, Name extends string> extends Omit<ResourceFilters, 'filters' | 'presets'> {
  readonly filters: Readonly<Record<Name, FilterDeclaration<PropertyPath<E>>>>;
  readonly presets?: Readonly<Record<string, FilterPreset<NoInfer<Name>>>>;
}

/**
 * Declares the filters of a resource over its entity: a path that is not there, or a preset of an unknown filter, does
 * not compile.
 */
export function filtersOf<S extends EntitySource, const Name extends string>(
  _entity: S,
  declared: TypedResourceFilters<EntityOf<S>, Name>,
): ResourceFilters {
  return declared;
}

/** The shape of a page of records. */
export interface SearchFormat {
  /** What unset members do; the rule of the resource's search when absent. */
  readonly nulls?: 'print' | 'omit';
  /** What documents call a page: `A page` when absent. */
  readonly description?: string;
  page(page: Page, call: CallContext): unknown;
  /** The schema of a page of such records. */
  schema(item: JsonSchema): JsonSchema;
}

export interface FiltersOptions {
  /** By the name of the resource. */
  readonly resources: Readonly<Record<string, ResourceFilters>>;
  /** `page`, the API's own (the default); `searchset`, a Bundle as FHIR has it; or a shape of yours. */
  readonly format?: 'page' | 'searchset' | SearchFormat;
  /** Other wordings of the plugin's own errors; those of the core's are the API's. */
  readonly errors?: ErrorWordings<FilterErrorCode>;
}
