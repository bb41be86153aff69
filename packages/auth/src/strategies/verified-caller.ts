import type { CallerPrincipal } from '@sallyport/core';
import type { TokenSetup } from '../tokens/token.ts';

/** A caller as a verifier recognises it; the strategy that asked puts its own name to it. */
export type Caller = Omit<CallerPrincipal, 'strategy'>;

/**
 * A token of another server that holds at this moment, and whom it stands for. No client of ours needs to stand behind
 * it. Frozen, and the same object for one token as long as nothing changes.
 */
export interface VerifiedCaller {
  readonly caller: Caller;
  readonly expiresAt: Date;
}

/** Verifies the tokens of another server; it issues none and can revoke none. */
export interface CallerVerifier {
  /** What the log calls it when it refuses a token. */
  readonly name?: string;
  /**
   * How it knows its tokens, which says when it is asked: first those that go by the issuer that a token names, then
   * those that go by its shape, in their order, and at the end those that take whatever is left.
   */
  readonly knows: 'issuer' | 'shape' | 'rest';
  /** The issuer whose tokens it knows; no two verifiers of a strategy have one issuer. */
  readonly issuer?: string;
  /** Whether ids of its callers are kept apart from those of others; a strategy with several verifiers demands it. */
  readonly idsApart: boolean;
  /** Whether the token looks like one of its own; says nothing of its worth. */
  recognises(token: string): boolean;
  /**
   * Answers at once when it remembers the token.
   *
   * @throws BearerFault when the token does not hold; SallyportError `unavailable` when it cannot be judged now
   */
  verify(token: string, now: Date): VerifiedCaller | Promise<VerifiedCaller>;
}

/** Tokens of another server as an application configures them: `foreignJwt()`, `remoteIntrospection()`, or its own. */
export interface ForeignTokenKind {
  readonly name: string;
  /** Its verifier in one API; the same one each time. @throws ConfigurationError */
  connect(setup: TokenSetup): CallerVerifier;
}

/** Makes a kind whose `connect` builds one verifier for each API. */
export function defineForeignTokenKind(name: string, build: (setup: TokenSetup) => CallerVerifier): ForeignTokenKind {
  const built = new WeakMap<object, CallerVerifier>();
  return {
    name,
    connect(setup) {
      const verifier = built.get(setup.services) ?? build(setup);
      built.set(setup.services, verifier);
      return verifier;
    },
  };
}
