export type { PlannedScope } from './api-scopes.ts';
export { type ScopeCoverage, ScopeCoverageService } from './coverage.ts';
export type { FieldListRules, FieldLists } from './field-lists.ts';
export {
  allOf,
  anyOf,
  type Scope,
  type ScopeCombination,
  type ScopeRequirement,
  type ScopeTerm,
} from './requirement.ts';
export {
  defineScopes,
  type ScopeSubject,
  type ScopeVocabulary,
  type ScopeVocabularyOptions,
} from './vocabulary.ts';
