export { BootstrapError } from './bootstrap-error.ts';
export { type Body, type BootstrapRoad, type BootstrapSummary, loadBootstrap } from './load-bootstrap.ts';
export type { HashSecret } from './load-parties.ts';
export { checkBootstrap, readBootstrap } from './read-bootstrap.ts';
export { type Bootstrap, BootstrapSchema } from './schema.ts';
