export * from './groups.ts';
export { openTestDatabase, type TestDatabase } from './open-test-database.ts';
export * from './test-api.ts';
