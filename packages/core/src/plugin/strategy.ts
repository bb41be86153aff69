import type { RequestHead } from '../road/call.ts';
import type { AnonymousPrincipal, CallerPrincipal } from '../road/principal.ts';
import type { Services } from '../services/services.ts';

/** Whom a request can come from. */
export type RequestPrincipal = CallerPrincipal | AnonymousPrincipal;

/** What a strategy sees of a call: the head, not the body. */
export interface AuthenticationRequest {
  readonly head: RequestHead;
  /** Name of the resource that the call is about; absent where it is about none, or there is nothing at the address. */
  readonly resource?: string | undefined;
  readonly now: Date;
  readonly services: Services;
}

/**
 * Recognises callers. A request that carries credentials of one strategy is judged by that one; else strategies are asked
 * in order, and the first that knows the caller decides.
 */
export interface AuthenticationStrategy {
  readonly name: string;
  /** The OpenAPI security scheme that documents it, by its name in the document; absent: it needs no credentials. */
  readonly scheme?: { readonly name: string; readonly definition: Readonly<Record<string, unknown>> };
  /** For a strategy without a scheme: whether calls about a resource may come without credentials; all when absent. */
  readonly opens?: (resource: string | undefined) => boolean;
  /** The scopes that such calls run with, as far as is known by now; every scope when absent. For documents. */
  readonly openScopes?: () => ReadonlySet<string>;
  /** The `WWW-Authenticate` challenge of a 401 to a call without credentials (RFC 9110 section 11.6.1), if it has one. */
  readonly challenge?: string;
  /**
   * Whether the request carries credentials of its kind, good or bad; looks, and judges nothing. A request that carries
   * those of two strategies is refused. Without this method a strategy is asked in its turn.
   */
  readonly carries?: (head: RequestHead) => boolean;
  /**
   * `undefined`: there are no credentials of this kind in the request. Sallyport itself, `system`, is no caller: an answer
   * of another kind than these is a fault of the strategy's.
   *
   * @throws SallyportError `invalid_token` (with its challenge among the headers), `malformed_request`, `unavailable`
   */
  authenticate(request: AuthenticationRequest): Promise<RequestPrincipal | undefined> | RequestPrincipal | undefined;
}
