export { type OpenTestDatabase, type TestDatabase, testDatabases } from '../store/testing.ts';
export { call, type TestRequest, type TestResponse } from './client.ts';
export {
  HostileNote,
  type HostileRequest,
  hostileCaller,
  hostileRequests,
  hostileResource,
} from './hostile-requests.ts';
export { type LoggedLine, memoryLogger } from './memory-logger.ts';
export { tokenStrategy } from './token-strategy.ts';
