import type { Logger } from '@sallyport/core';
import type { AuthAuditTrail } from '../audit/audit-trail.ts';
import { available } from '../lib/available.ts';
import { isClientId, isClientSecret } from '../lib/text.ts';
import { type ClientRecord, type ClientStore, isLive, type StoredSecret } from './client.ts';
import { describeStoredSecret } from './secret-forms.ts';
import type { SecretHasher } from './secret-hasher.ts';
import { upgradeSecret } from './secret-upgrade.ts';

/** A client that has shown its secret. */
export interface AuthenticatedClient {
  readonly client: ClientRecord;
  readonly secretId: string | undefined;
}

/** What secrets are checked with. */
export interface SecretAuthentication {
  readonly store: ClientStore;
  readonly hasher: SecretHasher;
  /** Is told of stored secrets that were upgraded. */
  readonly audit?: AuthAuditTrail | undefined;
  /** Is told when one could not be. */
  readonly log?: Pick<Logger, 'warn'> | undefined;
  /** Is given the id of a client that is there and was not let in: for audit trails, never for the answer. */
  readonly refused?: ((clientId: string) => void) | undefined;
}

/**
 * Checks a client's secret. Unknown, wrong, disabled and expired take the same steps and end the same way
 * (SECURITY 4.2): an unknown client is checked against a dummy of the default scheme, and everything is judged at the
 * end. Under the fast scheme two secrets are always checked, as a client in rotation has two.
 *
 * A client whose secret is stored under another scheme than the hasher's default can be told from an unknown one by
 * time; where that matters name the scheme of the slow clients as the default, or set `padFailures` of the hasher.
 *
 * A secret that is stored in an old form gets the present one, in the background: nothing waits for it, and the client's
 * epoch and tokens stay as they are.
 *
 * @throws SallyportError `unavailable` when the store or the hashing cannot answer.
 */
export async function authenticateClient(
  parts: SecretAuthentication,
  credentials: { readonly clientId: string; readonly secret: string },
  now: Date,
): Promise<AuthenticatedClient | undefined> {
  const { store, hasher } = parts;
  const { clientId } = credentials;
  const sound = isClientId(clientId) && isClientSecret(credentials.secret);
  const secret = sound ? credentials.secret : '';
  const answer = sound ? await available(() => store.find(clientId)) : undefined;
  // A store that compares without case must not make two names one.
  const found = answer?.clientId === clientId ? answer : undefined;
  const live = found !== undefined && isLive(found, now);

  const alive = (found?.secrets ?? []).filter((one) => one.expiresAt === undefined || one.expiresAt > now).slice(0, 2);
  const least = hasher.scheme === 'hmac-sha256' ? 2 : 1;
  // A slow hash is remembered for clients that are let in only: for a disabled one the answer would come at once.
  const context = live ? { now, epoch: found.epoch } : undefined;
  let matching: StoredSecret | undefined;
  let isSlow = false;
  for (let slot = 0; slot < Math.max(least, alive.length); slot += 1) {
    const stored = alive[slot];
    const checked = stored?.hash ?? hasher.dummy;
    const match = await hasher.verify(clientId, secret, checked, context);
    if (match && stored !== undefined) matching ??= stored;
    isSlow ||= (describeStoredSecret(checked).scheme ?? hasher.scheme) !== 'hmac-sha256';
  }

  if (live && matching !== undefined) {
    upgradeSecret(parts, { client: found, secret, stored: matching }, now);
    return { client: found, secretId: matching.id };
  }
  if (found !== undefined) parts.refused?.(found.clientId);
  if (!isSlow && hasher.padding !== undefined) await hasher.verify(clientId, secret, hasher.padding);
  return undefined;
}
