import type { FieldLists } from '../scopes/field-lists.ts';
import { isMet, type ScopeRequirement } from '../scopes/requirement.ts';

/** Nobody has presented credentials, and the operation is open to the public. */
export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

/** Sallyport itself: start-up work and jobs. A request can never become it. */
export interface SystemPrincipal {
  readonly kind: 'system';
}

/** How often a caller may call, where that differs from the API's own limits. Whole numbers of 1 or more. */
export interface CallerLimits {
  readonly perMinute?: number;
  readonly perDay?: number;
}

/** A client application, or a person, that an authentication strategy has recognised. */
export interface CallerPrincipal {
  readonly kind: 'client' | 'user';
  /** Stable id of the caller: the `client_id`, or the id of the user's account. */
  readonly id: string;
  /** What the caller may do at this moment. Plain scope names; no wildcards. */
  readonly scopes: ReadonlySet<string>;
  /**
   * What whoever holds the credentials was granted altogether, where `scopes` may be fewer of them: lists of fields are
   * judged by it, so that nobody is shown more for asking for less. The same as `scopes` when absent.
   */
  readonly granted?: ReadonlySet<string>;
  /** The fields that scopes of its are limited to; see {@link FieldLists}. Made once for the caller, never changed. */
  readonly fieldLists?: FieldLists;
  /** Name of the strategy that recognised it. */
  readonly strategy: string;
  /** Whatever the client store knows besides: the organisation, the legal basis. Read-only, never from the token. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Limits of its own, which the plugin `rate-limit` counts by. */
  readonly limits?: CallerLimits;
  /** Whether callers who show no credentials run as this one: limits then count networks, not the account. */
  readonly shared?: boolean;
}

/** Who makes a call. There is no null principal. */
export type Principal = AnonymousPrincipal | SystemPrincipal | CallerPrincipal;

export const anonymous: AnonymousPrincipal = Object.freeze({ kind: 'anonymous' });
export const system: SystemPrincipal = Object.freeze({ kind: 'system' });

/** Whether the principal holds what is required. Sallyport itself holds everything. */
export function holds(principal: Principal, requirement: ScopeRequirement): boolean {
  if (requirement.open || principal.kind === 'system') return true;
  return principal.kind !== 'anonymous' && isMet(requirement, principal.scopes);
}

/** The scopes that a refusal asks for, and those of them that the principal does not hold. */
export function lackingOf(
  principal: Principal,
  { alternatives: [needed = []] }: ScopeRequirement,
): { readonly needed: readonly string[]; readonly lacking: readonly string[] } {
  const held = 'scopes' in principal ? principal.scopes : undefined;
  return { needed, lacking: needed.filter((scope) => held?.has(scope) !== true) };
}
