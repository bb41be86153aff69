export { describeEntities, entityModel, entityProperty } from './metadata.ts';
export { migrate } from './migrate.ts';
export { createStore, type StoreOptions } from './mikro-orm-store.ts';
export type * from './model.ts';
export { openDatabase } from './open.ts';
export { type CallCondition, type Row, type RowReader, Selection } from './selection.ts';
export type * from './store.ts';
