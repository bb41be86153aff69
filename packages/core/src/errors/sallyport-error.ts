import { type CoreErrorCode, catalogue } from './catalogue.ts';
import type { Issue } from './issue.ts';

/** What a {@link SallyportError} is made of besides its code. */
export interface ErrorDetails {
  /** A sentence for the caller. Never SQL, a column, a path, a secret or a hidden value. */
  readonly detail?: string;
  /** Only for codes outside the core's catalogue, or to answer with another status. */
  readonly status?: number;
  /** The constant title of the problem type; the catalogue's when absent. */
  readonly title?: string;
  readonly issues?: readonly Issue[];
  /** Response headers that belong to the error: `Allow`, `Retry-After`, `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The resource that the error speaks of, so that its descriptor's `errors` apply. */
  readonly resource?: string;
  /** Facts for the text of an overridden error (`scope`, `allow`, `limit`); safe to show. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The fault behind it, for the log only. */
  readonly cause?: unknown;
}

/**
 * The one error of Sallyport: a stable `code`, an HTTP `status`, and a `detail` that is safe to show.
 * Anything else that is thrown becomes `internal` (500) and is only logged.
 *
 * @see docs/reference/errors.md
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError';
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly issues: readonly Issue[];
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: CoreErrorCode | (string & {}), details: ErrorDetails = {}) {
    const known = Object.hasOwn(catalogue, code) ? catalogue[code as CoreErrorCode] : undefined;
    const title = details.title ?? known?.title ?? code;
    super(details.detail ?? title, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status ?? known?.status ?? 500;
    this.title = title;
    this.detail = details.detail ?? title;
    this.issues = details.issues ?? [];
    this.headers = details.headers ?? {};
    this.resource = details.resource;
    this.facts = details.facts ?? {};
  }
}

/** A mistake of the developer found at the start. `path` names the place: `resources.partner.fields.customer`. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly path: string;

  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}
