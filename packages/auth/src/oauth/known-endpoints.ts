import type { PlannedRoute, RouteDefinition } from '@sallyport/core';
import { assertionAlgorithms } from '../assertions/client-assertion.ts';
import { allowsAssertions } from './client-assertions.ts';
import type { ClientEndpointOptions } from './client-endpoint.ts';
import { usualWays } from './credentials.ts';

/** What metadata tell of an endpoint beside its address (RFC 8414 section 2). */
export interface KnownEndpoint {
  readonly kind: 'token' | 'revocation' | 'introspection';
  /** Registered names of the ways of client authentication; empty when it takes credentials in no registered way. */
  readonly authMethods: readonly string[];
  /** What assertions may be signed with; empty when it takes none. */
  readonly signingAlgorithms: readonly string[];
  /** Scopes that the endpoint itself asks of callers. */
  readonly scopes: readonly string[];
}

// By the route itself, so that metadata only ever tell of what stands in a plan.
const known = new WeakMap<RouteDefinition, KnownEndpoint>();

/** Notes what a route is, and answers the route. */
export function rememberEndpoint(
  route: RouteDefinition,
  kind: KnownEndpoint['kind'],
  { credentials }: ClientEndpointOptions,
  scopes: readonly string[] = [],
): RouteDefinition {
  const ways = credentials?.ways ?? usualWays;
  const asserting = allowsAssertions(credentials);
  const authMethods = [
    ...(ways.includes('basic') ? ['client_secret_basic'] : []),
    ...(ways.includes('form') ? ['client_secret_post'] : []),
    ...(asserting ? ['private_key_jwt'] : []),
  ];
  known.set(route, { kind, authMethods, signingAlgorithms: asserting ? assertionAlgorithms : [], scopes });
  return route;
}

/** What the route is; `undefined` for one that is none of our endpoints. */
export function knownEndpoint({ definition }: PlannedRoute): KnownEndpoint | undefined {
  return definition === undefined ? undefined : known.get(definition);
}
