export { databaseClock, trigram } from './expressions.ts';
export { migrations } from './list.ts';
