import { available } from '../lib/available.ts';
import { isClientId, isClientSecret } from '../lib/text.ts';
import { type ClientRecord, type ClientStore, isLive, type StoredSecret } from './client.ts';
import type { SecretHasher } from './secret-hasher.ts';

/** A client that has shown its secret. */
export interface AuthenticatedClient {
  readonly client: ClientRecord;
  readonly secretId: string | undefined;
}

/**
 * Checks a client's secret. Unknown, wrong, disabled and expired take the same steps and end the same way
 * (SECURITY 4.2): an unknown client is checked against a dummy of the default scheme, and everything is judged at the
 * end. Under the fast scheme two secrets are always checked, as a client in rotation has two.
 *
 * A client whose secret is stored under another scheme than the hasher's default can be told from an unknown one by
 * time; name the scheme of the slow clients as the default where that matters.
 *
 * @throws SallyportError `unavailable` when the store or the hashing cannot answer.
 */
export async function authenticateClient(
  { store, hasher }: { readonly store: ClientStore; readonly hasher: SecretHasher },
  credentials: { readonly clientId: string; readonly secret: string },
  now: Date,
): Promise<AuthenticatedClient | undefined> {
  const { clientId } = credentials;
  const sound = isClientId(clientId) && isClientSecret(credentials.secret);
  const secret = sound ? credentials.secret : '';
  const answer = sound ? await available(() => store.find(clientId)) : undefined;
  // A store that compares without case must not make two names one.
  const found = answer?.clientId === clientId ? answer : undefined;

  const alive = (found?.secrets ?? []).filter((one) => one.expiresAt === undefined || one.expiresAt > now).slice(0, 2);
  const least = hasher.scheme === 'hmac-sha256' ? 2 : 1;
  const context = { now, epoch: found?.epoch ?? 0 };
  let matching: StoredSecret | undefined;
  for (let slot = 0; slot < Math.max(least, alive.length); slot += 1) {
    const stored = alive[slot];
    const match = await hasher.verify(clientId, secret, stored?.hash ?? hasher.dummy, context);
    if (match && stored !== undefined) matching ??= stored;
  }

  if (found === undefined || matching === undefined || !isLive(found, now)) return undefined;
  return { client: found, secretId: matching.id };
}
