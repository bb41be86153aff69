import type { Logger } from '../services/logger.ts';
import type { Services } from '../services/services.ts';
import type { Principal } from './principal.ts';

/** The head of a request after the core has read it: decoded once, judged, immutable. */
export interface RequestHead {
  /** Upper case, as sent. `HEAD` stays `HEAD`. */
  readonly method: string;
  /** The path below the API's base path, still percent-encoded: `/partner/rest/x%2Fy`. */
  readonly path: string;
  /** The query's parameters in order, decoded as UTF-8; repetitions kept. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The query string as sent, without `?`. */
  readonly rawQuery: string;
  /** Lower-case names. Headers that may be sent once are never joined: a repetition is refused before. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's address: the peer's, or what trusted proxies say of it. */
  readonly clientAddress: string;
  /** Whether the caller's connection was TLS, as far as trusted proxies can be believed. */
  readonly secure: boolean;
}

/**
 * One call on its way down the road. Every stage, hook, field, policy and method is handed the same object.
 */
export interface CallContext {
  /** Id of the call: on the response as `X-Request-Id`, in the log, and as `instance` of a problem. */
  readonly id: string;
  readonly head: RequestHead;
  /** Name of the API. */
  readonly api: string;
  /** Name of the resource, when the call is about one. */
  readonly resource: string | undefined;
  /** Name of the operation or method: `search`, `read`, `archive`. Empty where there is no route at the address. */
  readonly operation: string;
  readonly principal: Principal;
  /** The time of the call, read once from the {@link Clock}: all of one call happens at one instant. */
  readonly now: Date;
  readonly services: Services;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Whether the caller has gone, so that nobody waits for the answer. Cheaper to ask than {@link signal}. */
  readonly departed: boolean;
  /** The call that this one is inside of: the bundle of an entry. What holds for all of it is kept in that one's state. */
  readonly outer?: CallContext | undefined;
  /** Which of the other's calls it is, from 1. */
  readonly part?: number | undefined;
  /** A place for plugins to keep something for the length of the call; keyed by symbols of their own. */
  readonly state: Map<symbol, unknown>;
}
