import { available } from '../lib/available.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import type { TokenService, VerifiedToken } from '../tokens/token.ts';
import { TokenFault } from './token-fault.ts';

/** A token that holds, and the service that says so. */
export interface PresentedToken {
  readonly service: TokenService;
  readonly verified: VerifiedToken;
}

/** Longest token that is looked at (R45). */
const longestToken = 8192;

/**
 * Looks for the kind that a token belongs to: among all that recognise it, whatever hint the caller gave (RFC 7009
 * section 2.1, R29). `undefined`: it holds with none.
 *
 * @throws TokenFault `unavailable` when a kind cannot judge it; SallyportError `unavailable` from a store
 */
export async function findPresented(
  services: readonly TokenService[],
  token: string,
  now: Date,
): Promise<PresentedToken | undefined> {
  if (token.length > longestToken) return undefined;
  for (const service of services) {
    if (!service.recognises(token)) continue;
    const verified = await verifiedBy(service, token, now);
    if (verified !== undefined) return { service, verified };
  }
  return undefined;
}

/** A token that may be revoked, and the service that can. */
export interface RevocableToken {
  readonly service: TokenService;
  readonly clientId: string;
}

/**
 * As {@link findPresented}, for revocation: a token whose time has not come yet is found too.
 *
 * @throws as {@link findPresented}
 */
export async function findRevocable(
  services: readonly TokenService[],
  token: string,
  now: Date,
): Promise<RevocableToken | undefined> {
  if (token.length > longestToken) return undefined;
  for (const service of services) {
    if (!service.recognises(token)) continue;
    const clientId = await ownerBy(service, token, now);
    if (clientId !== undefined) return { service, clientId };
  }
  return undefined;
}

/** Whose token it is, as long as it can be used, now or later. @throws as {@link findPresented} */
export async function ownerBy(service: TokenService, token: string, now: Date): Promise<string | undefined> {
  if (service.ownerOf === undefined) return (await verifiedBy(service, token, now))?.client.clientId;
  return judgedBy(() => service.ownerOf?.(token, now));
}

/** @throws as {@link findPresented} */
export async function verifiedBy(service: TokenService, token: string, now: Date): Promise<VerifiedToken | undefined> {
  return judgedBy(() => service.verify(token, now));
}

async function judgedBy<T>(judge: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await judge();
  } catch (error) {
    if (!(error instanceof BearerFault)) return available(() => Promise.reject(error));
    // A server that cannot verify has not found the token dead.
    if (error.kind === 'key_unusable') throw new TokenFault('unavailable', { cause: error, retryAfterSeconds: 5 });
    return undefined;
  }
}
