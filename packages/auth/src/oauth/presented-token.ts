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

/** @throws as {@link findPresented} */
export async function verifiedBy(service: TokenService, token: string, now: Date): Promise<VerifiedToken | undefined> {
  try {
    return await service.verify(token, now);
  } catch (error) {
    if (!(error instanceof BearerFault)) return available(() => Promise.reject(error));
    // A server that cannot verify has not found the token dead.
    if (error.kind === 'key_unusable') throw new TokenFault('unavailable', { cause: error, retryAfterSeconds: 5 });
    return undefined;
  }
}
