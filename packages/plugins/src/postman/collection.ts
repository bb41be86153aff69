/** A name with a value: a variable, a header, a parameter of the query. */
export interface PostmanPair {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  /** Shown, and not sent. */
  readonly disabled?: boolean;
}

export interface PostmanUrl {
  readonly raw: string;
  readonly host: readonly string[];
  readonly path: readonly string[];
  readonly query?: readonly PostmanPair[];
  /** The values of the segments that begin with a colon. */
  readonly variable?: readonly PostmanPair[];
}

export type PostmanBody =
  | { readonly mode: 'raw'; readonly raw: string; readonly options?: { readonly raw: { readonly language: 'json' } } }
  | { readonly mode: 'urlencoded'; readonly urlencoded: readonly PostmanPair[] }
  | { readonly mode: 'file'; readonly file: { readonly src: null } };

/** `noauth`, or what is sent under the names of Postman's own parameters. */
export type PostmanAuth =
  | { readonly type: 'noauth' }
  | { readonly type: 'bearer'; readonly bearer: readonly PostmanPair[] }
  | { readonly type: 'basic'; readonly basic: readonly PostmanPair[] }
  | { readonly type: 'apikey'; readonly apikey: readonly PostmanPair[] };

export interface PostmanRequest {
  readonly method: string;
  readonly url: PostmanUrl;
  readonly header: readonly PostmanPair[];
  readonly body?: PostmanBody;
  /** That of the collection when absent. */
  readonly auth?: PostmanAuth;
  readonly description?: string;
}

export interface PostmanScript {
  readonly listen: 'test' | 'prerequest';
  readonly script: { readonly type: 'text/javascript'; readonly exec: readonly string[] };
}

export interface PostmanItem {
  readonly name: string;
  readonly request: PostmanRequest;
  readonly event?: readonly PostmanScript[];
}

export interface PostmanFolder {
  readonly name: string;
  readonly description?: string;
  readonly item: readonly PostmanItem[];
}

/** The parts of a Postman collection of format 2.1 that are written here. */
export interface PostmanCollection {
  readonly info: {
    readonly name: string;
    readonly description?: string;
    readonly version: string;
    readonly schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
  };
  readonly item: readonly PostmanFolder[];
  readonly variable: readonly PostmanPair[];
  readonly auth: PostmanAuth;
}

export const collectionSchema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
