import { ConfigurationError, checkAtStart, type Services } from '@sallyport/core';
import type { AssertionAuthentication } from '../assertions/authenticate-assertion.ts';
import type { UsedAssertions } from '../assertions/used-assertions.ts';
import type { ClientStore } from '../clients/client.ts';
import type { CredentialOptions } from './credentials.ts';

/** How an endpoint judges clients who sign assertions (`private_key_jwt`, RFC 7523). Clients come from its store. */
export type ClientAssertionOptions = Omit<AssertionAuthentication, 'store'>;

/** Most bytes of a request's body: an assertion of the greatest length has room beside the rest. */
export function bodyLimit(credentials: CredentialOptions | undefined): number {
  return allowsAssertions(credentials) ? 16_384 : 8192;
}

/** Whether clients may authenticate by an assertion. */
export function allowsAssertions(credentials: CredentialOptions | undefined): boolean {
  return credentials?.ways?.includes('assertion') ?? false;
}

// An assertion that was used at one endpoint is no good at another (R49).
const shared = new WeakMap<Services, UsedAssertions>();

/**
 * Checks what an endpoint is told of assertions; `undefined` where it takes none.
 *
 * @throws ConfigurationError that names `place`, when one of the way `assertion` and the option `assertions` is there
 * without the other, for no audience, for no store of used assertions, and for another one than the API's other endpoints
 * have
 */
export function connectAssertions(
  place: string,
  credentials: CredentialOptions | undefined,
  assertions: ClientAssertionOptions | undefined,
  store: ClientStore,
  services: Services,
): AssertionAuthentication | undefined {
  if (!allowsAssertions(credentials)) {
    if (assertions === undefined) return undefined;
    throw new ConfigurationError(`${place}.credentials.ways`, 'lacks "assertion", which `assertions` is for');
  }
  if (assertions === undefined) {
    throw new ConfigurationError(`${place}.assertions`, 'must be there, as clients may authenticate by assertions');
  }
  // Whoever writes JavaScript may leave anything out.
  const { used, audience }: { readonly used?: Partial<UsedAssertions>; readonly audience?: unknown } = assertions;
  const names: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw new ConfigurationError(
      `${place}.assertions.audience`,
      'must name this server: its issuer, its token endpoint',
    );
  }
  if (typeof used?.use !== 'function') {
    throw new ConfigurationError(`${place}.assertions.used`, 'must be a store of used assertions');
  }
  const known = shared.get(services) ?? assertions.used;
  if (known !== assertions.used) {
    throw new ConfigurationError(`${place}.assertions.used`, 'must be the store that the other endpoints have');
  }
  shared.set(services, known);
  checkAtStart(services, () => known);
  return { ...assertions, store };
}
