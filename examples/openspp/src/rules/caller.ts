import type { CallContext } from '@sallyport/core';

/** What the client store tells of a client, beside its scopes (contract §4). */
export interface ClientAttributes {
  readonly name: string;
  readonly legalBasis: string;
  readonly organization: number;
  readonly organizationType: string;
}

/** The attributes of the calling client; undefined for the program itself. */
export function callerOf({ principal }: CallContext): ClientAttributes | undefined {
  if (principal.kind !== 'client') return undefined;
  // Written by this example's own client store.
  return principal.attributes as unknown as ClientAttributes;
}

/** Whether reads of this caller depend on consents (contract §4.4): decided by the legal basis alone. */
export function needsConsent(call: CallContext): boolean {
  const { principal } = call;
  if (principal.kind === 'system') return false;
  const basis = callerOf(call)?.legalBasis;
  return basis === undefined || basis === '' || basis === 'consent';
}

/** The source that records carry (contract §20.1); null for what the program itself loads. */
export function sourceOf({ principal }: CallContext): string | null {
  return principal.kind === 'client' ? `urn:openspp:api-client:${principal.id}` : null;
}

/** The day of the call, in UTC: `YYYY-MM-DD`. */
export const today = ({ now }: CallContext): string => now.toISOString().slice(0, 10);
