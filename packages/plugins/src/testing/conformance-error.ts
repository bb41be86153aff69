/** Where a response and the document part. */
export interface Mismatch {
  /** The part of the response: `status`, `content-type`, `body`, `header etag`. */
  readonly part: string;
  /** JSON Pointer into the body (RFC 6901); empty for the whole of it and for other parts. */
  readonly pointer: string;
  readonly message: string;
}

/** A response that the document of its API does not allow. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
  /** Name of the route in the document; absent for an address without one. */
  readonly route: string | undefined;
  readonly status: number;
  readonly mismatches: readonly Mismatch[];

  constructor(
    request: string,
    route: string | undefined,
    status: number,
    mismatches: readonly Mismatch[],
    text: string,
  ) {
    const list = mismatches.map(
      ({ part, pointer, message }) => `  ${part}${pointer === '' ? '' : ` at ${pointer}`}: ${message}`,
    );
    const shown = text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
    super(
      `${request} (${route ?? 'no route'}) answered ${status}, which is not as documented:\n${list.join('\n')}\n  ${shown}`,
    );
    this.route = route;
    this.status = status;
    this.mismatches = mismatches;
  }
}
