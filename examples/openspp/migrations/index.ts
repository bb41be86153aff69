export { databaseClock, trigram } from './expressions.ts';
export { migrations } from './list.ts';
export { lockMigrations } from './lock.ts';
