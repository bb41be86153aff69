export { jsonRpc } from './envelope.ts';
export { type JsonRpcError, jsonRpcError } from './error.ts';
export { secureApiRepresentation } from './representation.ts';
