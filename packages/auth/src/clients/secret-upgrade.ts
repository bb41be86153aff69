import { loggable } from '@sallyport/core';
import type { AuthEvent } from '../audit/auth-event.ts';
import type { SecretAuthentication } from './authenticate-client.ts';
import type { ClientRecord, ClientStore, StoredSecret } from './client.ts';

/** A secret that has just opened its client. */
export interface ProvenSecret {
  readonly client: ClientRecord;
  readonly secret: string;
  readonly stored: StoredSecret;
}

/** Upgrades under way in this process, by what they replace: each is made once, however many calls ask for it. */
const underWay = new WeakMap<ClientStore, Set<string>>();

/**
 * Replaces the stored form of a secret by the present one when it is an old one: another pepper, a lower cost, a weaker
 * scheme (SECURITY 4.1). It goes on in the background and never fails the call: what goes wrong is logged, and tried
 * again at the next use. Needs a store with `upgradeSecret`.
 */
export function upgradeSecret(parts: SecretAuthentication, proven: ProvenSecret, now: Date): void {
  const { store, hasher, log } = parts;
  const { client, secret, stored } = proven;
  if (store.upgradeSecret === undefined || stored.id === undefined) return;
  if (!hasher.needsUpgrade(secret, stored.hash)) return;
  const running = underWay.get(store) ?? new Set();
  underWay.set(store, running);
  const key = `${client.clientId}\0${stored.id}\0${stored.hash}`;
  if (running.has(key)) return;
  running.add(key);
  replace(parts, proven, stored.id, now)
    .catch((error: unknown) =>
      log?.warn({ err: loggable(error) }, 'The stored form of a secret could not be upgraded.'),
    )
    .finally(() => running.delete(key));
}

async function replace(
  { store, hasher, audit }: SecretAuthentication,
  { client, secret, stored }: ProvenSecret,
  secretId: string,
  now: Date,
): Promise<void> {
  const { clientId } = client;
  const hash = await hasher.upgrade(clientId, secret, stored.hash);
  // Another process may have been faster, or the secret may be gone: then there is nothing to tell.
  if ((await store.upgradeSecret?.(clientId, secretId, stored.hash, hash)) !== true) return;
  const event: AuthEvent = { type: 'client.secret-upgraded', at: now, outcome: 'done', clientId };
  try {
    await audit?.record(event);
  } catch (error) {
    // What cannot be audited does not happen. Nobody was given a right by it, so it may have stood for a moment.
    await store.upgradeSecret?.(clientId, secretId, hash, stored.hash);
    throw error;
  }
}
