export { searchBodyOf } from './body.ts';
export type {
  FilterComparison,
  FilterDeclaration,
  FilterGroup,
  FilterNode,
  FilterOperator,
  FilterPreset,
  FilterScalar,
  FiltersOptions,
  FilterType,
  FilterValue,
  MatchFilter,
  PropertyFilter,
  PropertyPath,
  ResourceFilters,
  SearchFormat,
  TypedResourceFilters,
  ValueKind,
} from './declaration.ts';
export { filtersOf } from './declaration.ts';
export type { FilterErrorCode } from './faults.ts';
export { filters } from './filters.ts';
