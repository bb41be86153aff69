export { type OpenApiObject30, type OpenApiObject31, openapiDocument } from './document.ts';
export type { DocumentInfo, DocumentOptions, OpenApiOptions, OpenApiPaths, OpenApiVersion } from './options.ts';
export { openapi } from './plugin.ts';
