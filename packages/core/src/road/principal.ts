/** Nobody has presented credentials, and the operation is open to the public. */
export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

/** Sallyport itself: start-up work and jobs. A request can never become it. */
export interface SystemPrincipal {
  readonly kind: 'system';
}

/** A client application, or a person, that an authentication strategy has recognised. */
export interface CallerPrincipal {
  readonly kind: 'client' | 'user';
  /** Stable id of the caller: the `client_id`, or the user's login. */
  readonly id: string;
  /** What the caller may do at this moment. Plain scope names; no wildcards. */
  readonly scopes: ReadonlySet<string>;
  /** Name of the strategy that recognised it. */
  readonly strategy: string;
  /** Whatever the client store knows besides: the organisation, the legal basis. Read-only, never from the token. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Who makes a call. There is no null principal. */
export type Principal = AnonymousPrincipal | SystemPrincipal | CallerPrincipal;

export const anonymous: AnonymousPrincipal = Object.freeze({ kind: 'anonymous' });
export const system: SystemPrincipal = Object.freeze({ kind: 'system' });

/** Any one of these scopes is enough; `'public'` needs none and no caller. */
export type ScopeRequirement = 'public' | readonly [string, ...string[]];

/** Whether the principal holds one of the scopes. */
export function holds(principal: Principal, requirement: ScopeRequirement): boolean {
  if (requirement === 'public' || principal.kind === 'system') return true;
  if (principal.kind === 'anonymous') return false;
  return requirement.some((scope) => principal.scopes.has(scope));
}
