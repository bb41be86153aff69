import type { JWK } from 'jose';
import type { AuthenticatedClient } from '../clients/authenticate-client.ts';
import { type ClientRecord, type ClientStore, isLive } from '../clients/client.ts';
import { verifyClientAssertion } from './client-assertion.ts';
import { registeredKeys } from './registered-keys.ts';
import type { UsedAssertions } from './used-assertions.ts';

/** What clients authenticate with who sign an assertion instead of sending a secret. */
export interface AssertionAuthentication {
  readonly store: ClientStore;
  readonly used: UsedAssertions;
  /** The issuer, and the token endpoint where clients use that. */
  readonly audience: string | readonly string[];
  /** The public keys of a client; default {@link registeredKeys}. */
  readonly keysOf?: (client: ClientRecord) => readonly JWK[] | undefined | Promise<readonly JWK[] | undefined>;
  readonly clockToleranceSeconds?: number;
}

/**
 * Authenticates a client by its assertion (RFC 7523 section 2.2), as `authenticateClient` does by a secret: unknown,
 * disabled and expired clients, wrong keys and replays end the same way (SECURITY 4.2).
 *
 * @param credentials `clientId` is the parameter `client_id` of the request, where it has one
 * @throws SallyportError `unavailable` when a store cannot answer
 */
export async function authenticateAssertion(
  parts: AssertionAuthentication,
  credentials: { readonly assertion: string; readonly clientId?: string | undefined },
  now: Date,
): Promise<AuthenticatedClient | undefined> {
  const { store, used, audience, keysOf = registeredKeys, clockToleranceSeconds = 5 } = parts;
  let found: ClientRecord | undefined;
  const proven = await verifyClientAssertion({
    ...credentials,
    async keysOf(clientId) {
      const client = await store.find(clientId);
      // A store that compares without case must not make two names one.
      if (client?.clientId !== clientId || !isLive(client, now)) return undefined;
      found = client;
      return keysOf(client);
    },
    audience,
    now,
    used,
    clockToleranceSeconds,
  });
  return proven === undefined || found === undefined ? undefined : { client: found, secretId: undefined };
}
