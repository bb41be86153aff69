export type {
  PostmanBody,
  PostmanCollection,
  PostmanFolder,
  PostmanItem,
  PostmanPair,
  PostmanRequest,
  PostmanScript,
  PostmanUrl,
} from './collection.ts';
export type { OperationSample, PostmanOptions } from './options.ts';
export { postmanCollection } from './postman-collection.ts';
