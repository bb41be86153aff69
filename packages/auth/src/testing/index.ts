export {
  type ClientStoreSubject,
  clientStoreConformance,
  type OpenedClientStore,
} from './client-store-conformance.ts';
export type { Credentials, OpenedStrategy } from './strategy-bench.ts';
export { type StrategySubject, strategyConformance } from './strategy-conformance.ts';
export {
  type OpenedStore,
  revocationStoreConformance,
  type StoreSubject,
  tokenStoreConformance,
} from './token-store-conformance.ts';
