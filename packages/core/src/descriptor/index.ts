export type { EntityOf, EntitySource, ScalarKeys, TargetOf, ToManyKeys, ToOneKeys } from './entity-types.ts';
export type { ErrorWording, ErrorWordings } from './errors.ts';
export type { FieldBuilder, Fields } from './field-builder.ts';
export type { ResourceHooks, WriteHookContext } from './hooks.ts';
export {
  type AnsweredRecord,
  type DeleteOptions,
  type MethodDefinition,
  type MethodPage,
  type MethodRun,
  method,
  type OperationName,
  type OperationOptions,
  type Operations,
  outcome,
  page,
  type RecordSchemas,
  type ReplaceOptions,
  type SearchOptions,
} from './operations.ts';
export type { FieldSight, Policy } from './policy.ts';
export {
  type Addressing,
  defineResource,
  type PropertyDefaults,
  type ResourceDescriptor,
  type ResourceOptions,
} from './resource.ts';
