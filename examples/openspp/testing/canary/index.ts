export { type Asked, type Canary, CanaryError, canaryOf, createCanary } from './canary.ts';
export { idOf } from './database-words.ts';
export type { People } from './people.ts';
