export * from './groups.ts';
export { openTestDatabase, type TestDatabase } from './open-test-database.ts';
export { overEachDatabase, overEveryServer } from './suites.ts';
export * from './test-api.ts';
