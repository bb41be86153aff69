import { knownOptions } from '@sallyport/core';

/** What a request of a collection is made with, where its schema alone says too little. Values may name `{{variables}}`. */
export interface OperationSample {
  /** Path parameters by name, as they stand in the address: percent-encoded. */
  readonly path?: Readonly<Record<string, string>>;
  /** Parameters of the query that are sent. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that are sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface PostmanOptions {
  /** Where the API is served, without a slash at the end: the document's first server when absent. */
  readonly baseUrl?: string;
  /** More variables of the collection, by name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Samples by the operation's id in the document. */
  readonly samples?: Readonly<Record<string, OperationSample>>;
  /** Names of tags in the order of their folders; the others follow in the document's order. */
  readonly folders?: readonly string[];
}

/** @throws ConfigurationError for an option that there is none of */
export function checkNames(options: PostmanOptions): void {
  knownOptions('postmanCollection', options, { baseUrl: true, variables: true, samples: true, folders: true });
  for (const [id, sample] of Object.entries(options.samples ?? {})) {
    knownOptions(`postmanCollection.samples.${id}`, sample, { path: true, query: true, headers: true, body: true });
  }
}
