import { randomBytes } from 'node:crypto';
import { ConfigurationError, type Plugin } from '@sallyport/core';
import { checkKeySet } from '../assertions/registered-keys.ts';
import type { ClientKeySet, ClientRecord } from './client.ts';
import { createMemoryClientStore } from './memory-store.ts';
import { clients } from './plugin.ts';
import { isIssuedSecret } from './secret.ts';
import { createSecretHasher } from './secret-hasher.ts';

/** A client application as an application's configuration names it. */
export interface ConfiguredClient
  extends Partial<
    Pick<ClientRecord, 'name' | 'expiresAt' | 'tokenLifetimeSeconds' | 'apis' | 'limits' | 'attributes' | 'fieldLists'>
  > {
  readonly clientId: string;
  /** Made by `issueSecret()`, and kept where passwords are kept. A client has a secret, keys, or both. */
  readonly secret?: string | undefined;
  /** Its public keys, a JWK Set: what it signs assertions with. */
  readonly jwks?: ClientKeySet;
  readonly scopes: readonly string[];
}

/**
 * Registers clients that stand in the configuration of an application, which then needs no table for them. Only
 * digests of their secrets are kept in memory.
 *
 * @example configuredClients([{ clientId: 'shop', secret: process.env.SHOP_SECRET, scopes: ['book:write'] }])
 * @throws ConfigurationError for a secret that `issueSecret()` has not made, keys that are refused, a client that has
 * neither, and for two clients of one id
 */
export function configuredClients(list: readonly ConfiguredClient[]): Plugin {
  const hasher = createSecretHasher({ peppers: { current: 'process', keys: { process: randomBytes(32) } } });
  const ids = new Set(list.map(({ clientId }) => clientId));
  if (ids.size < list.length) throw new ConfigurationError('clients', 'two clients have the same id');
  const records = list.map(({ secret, jwks, ...client }): ClientRecord => {
    const place = `clients.${client.clientId}`;
    // A client without keys needs its secret: an environment that lacks it stops the start.
    if (secret === undefined ? jwks === undefined : !isIssuedSecret(secret)) {
      throw new ConfigurationError(`${place}.secret`, 'is not one that issueSecret() has made');
    }
    const secrets = secret === undefined ? [] : [{ hash: hasher.hash(client.clientId, secret) }];
    const keys = jwks === undefined ? {} : { keys: checkKeySet(jwks, `${place}.jwks`) };
    return { name: client.clientId, attributes: {}, ...client, secrets, ...keys, active: true, epoch: 0 };
  });
  return clients({ store: createMemoryClientStore(records), hasher });
}
