export { type OpenTestDatabase, type TestDatabase, testDatabases } from '../store/testing.ts';
export { call, type TestRequest, type TestResponse } from './client.ts';
export { tokenStrategy } from './token-strategy.ts';
