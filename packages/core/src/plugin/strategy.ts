import type { RequestHead } from '../road/call.ts';
import type { Principal } from '../road/principal.ts';
import type { Services } from '../services/services.ts';

/** What a strategy sees of a call: the head, not the body. */
export interface AuthenticationRequest {
  readonly head: RequestHead;
  /** Name of the resource that the call is about; absent where it is about none, or there is nothing at the address. */
  readonly resource?: string | undefined;
  readonly now: Date;
  readonly services: Services;
}

/**
 * Recognises callers. Strategies are asked in order; the first that finds credentials of its kind decides.
 */
export interface AuthenticationStrategy {
  readonly name: string;
  /** The OpenAPI security scheme that documents it, by its name in the document; absent: it needs no credentials. */
  readonly scheme?: { readonly name: string; readonly definition: Readonly<Record<string, unknown>> };
  /** For a strategy without a scheme: whether calls about a resource may come without credentials; all when absent. */
  readonly opens?: (resource: string | undefined) => boolean;
  /** The `WWW-Authenticate` challenge of a 401 to a call without credentials (RFC 9110 section 11.6.1), if it has one. */
  readonly challenge?: string;
  /**
   * `undefined`: there are no credentials of this kind in the request.
   * @throws SallyportError `invalid_token` (with its challenge among the headers), `malformed_request`, `unavailable`
   */
  authenticate(request: AuthenticationRequest): Promise<Principal | undefined> | Principal | undefined;
}
