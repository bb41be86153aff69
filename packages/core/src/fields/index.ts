export {
  type CodecContext,
  type CompiledCodec,
  defaultRepresentation,
  type EntityObject,
  type FieldCodec,
  type ReadScope,
  type Representation,
  type WriteContext,
} from './codec.ts';
export { type CodedOptions, codeableConcept, firstCoding } from './coded.ts';
export type { CountOptions } from './count.ts';
export type { CustomOptions, Reading, TimedReading } from './custom.ts';
export type { ListOptions } from './list.ts';
export type { ObjectOptions } from './object.ts';
export type { ReferenceOptions } from './reference.ts';
export type { RelationOptions } from './relation.ts';
export { findOne, type ReferenceFault } from './resolve.ts';
export { type DefaultSource, type FieldDefinition, type FieldRules, type RecordCriterion, record } from './rules.ts';
export type { ScalarOptions } from './scalar.ts';
export { microsecondsOf } from './scalars.ts';
