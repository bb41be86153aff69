export { type BulkRow, type BulkWriter, bulkWriter, settleTables } from './bulk.ts';
export { type FaultSource, type FaultTranslator, faultTranslator, isRetryable } from './faults.ts';
export { describeEntities, entityModel, entityProperty } from './metadata.ts';
export { exclusively, migrate } from './migrate.ts';
export { createStore, type StoreOptions } from './mikro-orm-store.ts';
export type {
  ColumnProperty,
  EntityModel,
  PropertyModel,
  RelationProperty,
  ScalarProperty,
  ScalarType,
  ToManyProperty,
  ToOneProperty,
} from './model.ts';
export { type DatabaseOptions, openDatabase } from './open.ts';
export {
  type CallCondition,
  type Row,
  type RowReader,
  type SelectedColumn,
  type SelectedToMany,
  type SelectedToOne,
  Selection,
  type ToManyOptions,
} from './selection.ts';
export type { CountMode, NestedUnit, Reader, ReadQuery, ReadResult, Store, Unit } from './store.ts';
export { requireTables } from './tables.ts';
