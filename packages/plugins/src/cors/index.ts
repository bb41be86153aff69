export { cors } from './cors.ts';
export type { CorsOptions, OriginRule } from './options.ts';
