import { randomUUID } from 'node:crypto';

const acceptableId = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * The id of a request: the `X-Request-Id` that it brings when it comes through a trusted proxy and is well formed, else
 * a new random UUID. Ids of strangers are never taken: they could forge lines of the log, or collide on purpose.
 */
export function requestIdOf(
  inbound: string | undefined,
  throughTrustedProxy: boolean,
  make: () => string = randomUUID,
): string {
  return throughTrustedProxy && inbound !== undefined && acceptableId.test(inbound) ? inbound : make();
}
