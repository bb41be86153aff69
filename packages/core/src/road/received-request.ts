import type { ReceivedRequest } from '../plugin/plugin.ts';

/** What hooks are given of a request; they seldom ask for the methods of its address. */
export class HeardRequest implements ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #allowed: () => readonly string[];

  constructor(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    allowed: () => readonly string[],
  ) {
    this.method = method;
    this.path = path;
    this.headers = headers;
    this.#allowed = allowed;
  }

  get allowed(): readonly string[] {
    return this.#allowed();
  }
}
