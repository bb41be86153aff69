export * from './bulk-export/index.ts';
export * from './bundle/index.ts';
export * from './cors/index.ts';
export * from './extensions/index.ts';
export * from './filters/index.ts';
export * from './hashids/index.ts';
export * from './json-rpc/index.ts';
export * from './rate-limit/index.ts';
