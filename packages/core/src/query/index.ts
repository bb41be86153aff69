export { canonicalTimestamp, isCalendarDate, isTimeOfDay } from './calendar.ts';
export * from './condition.ts';
export {
  type Cursor,
  type CursorBinding,
  type CursorCodec,
  type CursorOptions,
  cursorCodec,
  fingerprintOf,
  longestCursor,
} from './cursor.ts';
export { type DomainLimits, domainCondition, domainLimits, parseDomain } from './domain.ts';
export { holdsFor, type MemoryRow } from './evaluate.ts';
export { invalidParameter, malformedFilter, type ParameterFault, unusableField } from './fault.ts';
export {
  applyMask,
  everyField,
  type FieldMask,
  type FieldSelectionOptions,
  fieldMask,
  noField,
  parseFieldSelection,
} from './field-selection.ts';
export type { FilterLeaf, KeyLeaf, OrderOperator, QueryGate, RelationLeaf, ValueLeaf, WireKey } from './gate.ts';
export { afterCondition, type PageDirection } from './keyset.ts';
export { type Literal, type LiteralLimits, literalLimits, readLiteral } from './literal.ts';
export { columnLeaf, modelGate } from './model-gate.ts';
export { negate } from './negate.ts';
export { expected, type OperandType, operandOf, operandOfText } from './operand.ts';
export type { OrderTerm } from './order.ts';
export { type OrderOptions, parseOrder, reverseOrder, totalOrder } from './ordering.ts';
export {
  type LimitOptions,
  largestOffset,
  type Offset,
  type OffsetOptions,
  parseLimit,
  parseOffset,
} from './paging.ts';
export {
  type BooleanParameter,
  type ChoiceParameter,
  type CustomParameter,
  compileParameters,
  customParameter,
  type DateParameter,
  defineParameters,
  type NumberParameter,
  type ParameterCall,
  type ParameterDeclaration,
  type ParameterTest,
  type ReferenceParameter,
  type SearchParameters,
  type TextParameter,
  type TimestampParameter,
  type TokenField,
  type TokenParameter,
} from './parameters.ts';
export {
  type DateOperand,
  type DatePrefix,
  type Identifier,
  parseDateWithPrefix,
  parseReference,
  parseTimestampWithPrefix,
  parseToken,
  type Reference,
  type ReferenceForm,
  splitIdentifier,
} from './pieces.ts';
export { type PropertyName, type PropertyValue, type RelatedEntity, type Where, where } from './where.ts';
