export { type HashidsOptions, hashids } from './hashids.ts';
