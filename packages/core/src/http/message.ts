/** What an adapter hands to the core: the request as it came over the wire, not yet read, decoded or judged. */
export interface RawRequest {
  readonly method: string;
  /** The request target as sent (RFC 9112 section 3.2), still percent-encoded, with its query. */
  readonly target: string;
  /** Names and values in turn, as sent, repetitions kept (Node's `rawHeaders`). */
  readonly rawHeaders: readonly string[];
  /** Address of the peer of the connection; forwarding headers are the core's to judge. */
  readonly remoteAddress: string;
  /** Whether the connection itself is TLS. */
  readonly encrypted: boolean;
  readonly body: RawBody;
  /** Aborts when the caller goes away. May be made when it is first asked for. */
  readonly signal?: AbortSignal;
  /** Whether the protocol demands a `Host`: HTTP/1.1 does (RFC 9112 section 3.2), 1.0 and 2 do not. */
  readonly hostRequired?: boolean;
  /** Whether the caller has gone already: what `signal` says, for less. Absent: ask the signal. */
  readonly departed?: boolean;
}

/** A body still to be read, one that a host read to bytes, or one that a host has parsed already. */
export type RawBody =
  | { readonly kind: 'stream'; readonly stream: AsyncIterable<Uint8Array> }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'none' };

/** What the core hands back: written by the adapter as it stands. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names; a list for headers that repeat. Free of CR, LF and NUL. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Aborts when a streamed body is to be broken off, the connection cut, although the caller takes no more of it. */
  readonly cut?: AbortSignal;
  /** The connection is to be closed after this response, as the rest of the request's body was not read. */
  readonly close?: boolean;
}

/** What adapters serve. */
export interface RequestHandler {
  /**
   * Answers one request. `undefined` means: no route of this API, let the host go on. With `unmatched: 'answer'` (the
   * default is `'pass'`) the API answers 404 itself for every address, so the promise never yields `undefined`.
   * The promise never rejects.
   */
  handle(request: RawRequest, options?: HandleOptions): Promise<RawResponse | undefined>;
  /**
   * Whether the address belongs to this API (it has a route there, whatever the method), judged on the raw target
   * alone; adapters ask it before they take a request from the host.
   */
  owns(target: string): boolean;
}

export interface HandleOptions {
  readonly unmatched?: 'pass' | 'answer';
}
