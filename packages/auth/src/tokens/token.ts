import { checkAtStart, type PluginSetup } from '@sallyport/core';
import { type ClientRecord, type ClientStore, ClientStoreService, isLive } from '../clients/client.ts';
import { clientAt } from '../clients/client-at.ts';
import type { HoldsScope } from '../clients/held-scopes.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';

/** What a token is issued for. */
export interface TokenGrant {
  readonly client: ClientRecord;
  readonly scopes: readonly string[];
  readonly now: Date;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Issues access tokens. */
export interface TokenIssuer {
  /**
   * The client as it stands at the API that the tokens are for: the scopes to grant from are these. `undefined`: it may
   * have no tokens for it (R47). Without this method every client stands as it is.
   */
  clientHere?(client: ClientRecord): ClientRecord | undefined;
  /** Asked at the start by an endpoint that is to issue. @throws ConfigurationError when no token could be made */
  assertCanIssue?(): void;
  /** @throws SallyportError `unavailable`; any other error means that no token can be made. */
  issue(grant: TokenGrant): Promise<IssuedToken>;
}

/**
 * A token that holds at this moment, with the client as it stands at this moment. Frozen, and the same object as long as
 * both stay as they are.
 */
export interface VerifiedToken {
  readonly client: ClientRecord;
  /** What the token lets its bearer do now. */
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: Date;
}

/**
 * What a token says of itself, by the names of RFC 7662 section 2.2 and RFC 7519 section 4.1; times are whole seconds
 * since 1970. What tokens of the kind do not carry is absent.
 */
export interface TokenClaims {
  readonly exp?: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly sub?: string;
  readonly jti?: string;
}

/** Verifies access tokens of one kind. */
export interface TokenVerifier {
  /** The `iss` of tokens that go by one: no others are recognised. */
  readonly issuer?: string;
  /**
   * Whether the token looks like one of this kind; says nothing of its worth. Where several kinds stand in one list, the
   * first that recognises a token judges it, and no other is asked when it refuses.
   */
  recognises(token: string): boolean;
  /**
   * Answers at once when it remembers the token.
   *
   * @throws BearerFault when the token does not hold; SallyportError `unavailable` when a store does not answer.
   */
  verify(token: string, now: Date): VerifiedToken | Promise<VerifiedToken>;
  /**
   * What the token says of itself, for introspection; only asked about a token that `verify` has just accepted.
   * `undefined`: it is gone since. Without this method an introspection endpoint tells what `verify` answered.
   *
   * @throws SallyportError `unavailable` when a store does not answer.
   */
  describe?(token: string, now: Date): TokenClaims | undefined | Promise<TokenClaims | undefined>;
}

/** One kind of token at work in one API. */
export interface TokenService extends TokenIssuer, TokenVerifier {
  /**
   * From now on the token is refused, by every process that shares the store. Tokens that do not hold, and will not, are
   * ignored.
   *
   * @throws SallyportError `unavailable` when the store does not answer, or other processes could not be told
   */
  revoke(token: string, now: Date): Promise<void>;
  /**
   * The client that may revoke the token: it holds, or will when its time comes. Without this method that is whoever
   * `verify` answers.
   *
   * @throws as {@link TokenVerifier.verify}
   */
  ownerOf?(token: string, now: Date): Promise<string | undefined>;
}

/** A kind of token as an application configures it: `opaqueTokens()`, `jwtTokens()`, or its own. */
export interface TokenKind {
  readonly name: string;
  /** Its service in one API; the same one each time. @throws ConfigurationError */
  connect(setup: TokenSetup): TokenService;
}

/** The part of a plugin's setup that token kinds need. */
export type TokenSetup = Pick<PluginSetup, 'services' | 'api'>;

/** Makes a kind whose `connect` builds one service for each API. */
export function defineTokenKind(name: string, build: (setup: TokenSetup) => TokenService): TokenKind {
  const built = new WeakMap<object, TokenService>();
  return {
    name,
    connect(setup) {
      let service = built.get(setup.services);
      if (service === undefined) {
        service = build(setup);
        built.set(setup.services, service);
      }
      return service;
    },
  };
}

/** The store given to a token kind, or the API's. */
export function clientsOf(setup: TokenSetup, given: ClientStore | undefined): ClientStore {
  const store = given ?? setup.services.resolve(ClientStoreService);
  checkAtStart(setup.services, () => store);
  return store;
}

/** What is remembered of a token whose own proof is done. */
export interface TokenFacts {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** `undefined`: the token does not carry one. */
  readonly epoch: number | undefined;
  readonly expiresAt: Date;
  /** The answer of the last use, for as long as the client's record stays the same object. */
  last?: VerifiedToken;
}

/** How a token is joined with its client. */
export interface AdmissionRules {
  /** The API that the token is for. */
  readonly audience: string;
  /** Those of the token that the client still holds (`token`), or all that it holds (`client`). */
  readonly scopesFrom: 'token' | 'client';
  /** Which of the token's scopes the client still holds. */
  readonly holds: HoldsScope;
}

/**
 * Joins a proven token with its client. The client's present state decides: clients that are gone, disabled, expired or
 * not for this API any more, and older epochs, end the token; scopes are what the client holds here (R47).
 *
 * @throws BearerFault `client_unknown`, `token_invalid`
 */
export function admit(
  facts: TokenFacts,
  record: ClientRecord | undefined,
  now: Date,
  { audience, scopesFrom, holds }: AdmissionRules,
): VerifiedToken {
  if (record === undefined || record.clientId !== facts.clientId || !isLive(record, now)) {
    throw new BearerFault('client_unknown');
  }
  const client = clientAt(record, audience);
  if (client === undefined) throw new BearerFault('client_unknown');
  if (facts.epoch !== undefined && facts.epoch !== client.epoch) throw new BearerFault('token_invalid');
  if (facts.last?.client === client) return facts.last;
  const granted = new Set(client.scopes);
  const held = (scope: string): boolean => granted.has(scope) || holds(client, scope);
  const scopes = scopesFrom === 'client' ? granted : new Set(facts.scopes.filter(held));
  const verified = Object.freeze({ client, scopes, expiresAt: facts.expiresAt });
  facts.last = verified;
  return verified;
}

/** The client at the API that a token is asked for. @throws Error when it may have none, which endpoints ask before */
export function grantee(client: ClientRecord, audience: string): ClientRecord {
  const here = clientAt(client, audience);
  if (here === undefined) throw new Error('the client may have no tokens for this API');
  return here;
}

/** Lifetime of a client's tokens: its own or the kind's, and never above the kind's maximum. */
export function lifetimeOf(client: ClientRecord, usual: number, most: number): number {
  const wanted = client.tokenLifetimeSeconds ?? usual;
  return Math.min(Number.isSafeInteger(wanted) && wanted > 0 ? wanted : usual, most);
}
