import { randomBytes } from 'node:crypto';
import { type Clock, SallyportError, systemClock } from '@sallyport/core';
import type { AuthAuditTrail } from '../../audit/audit-trail.ts';
import { type ChangeFeed, publishTo } from '../../changes/change-feed.ts';
import type { ClientStore } from '../../clients/client.ts';
import type { SecretEnvironment } from '../../clients/secret.ts';
import { available } from '../../lib/available.ts';
import { apiKeyDigest, issueApiKey } from './key.ts';
import type { ApiKeyStore, StoredApiKey } from './store.ts';

export interface NewApiKey {
  readonly clientId: string;
  /** 1 to 200 characters, for people. */
  readonly name: string;
  /** Some of the client's scopes; all that it holds at each moment when absent. */
  readonly scopes?: readonly string[];
  readonly expiresAt?: Date;
  /** Prefix of the key; default `live`. */
  readonly environment?: SecretEnvironment;
}

/** A new key, which is told this once. */
export interface IssuedApiKey {
  readonly id: string;
  readonly key: string;
}

/** What is known of a key besides the key. */
export type ApiKeyInfo = Omit<StoredApiKey, 'digest' | 'epoch'>;

/** Administration of API keys. */
export interface ApiKeyAdmin {
  issue(key: NewApiKey): Promise<IssuedApiKey>;
  /** The keys of a client, with their last use, which is a minute behind at most while the API runs. */
  list(clientId: string): Promise<readonly ApiKeyInfo[]>;
  /** From now on the key is refused; in other processes at once with `changes`, else within the seconds of their caches. */
  revoke(id: string): Promise<void>;
  /** All keys of a client: when the client goes. Answers how many. */
  revokeAll(clientId: string): Promise<number>;
}

export interface ApiKeyAdminOptions {
  readonly store: ApiKeyStore;
  readonly clients: ClientStore;
  /** Tells other processes that a key is revoked. */
  readonly changes?: ChangeFeed;
  readonly clock?: Clock;
  /** Where changes are told; a change that cannot be told is answered 503. */
  readonly audit?: AuthAuditTrail;
  /** The operator's name, for the audit trail. */
  readonly actor?: string;
}

/**
 * @throws SallyportError from its methods: `not_found` for a client or key that is not there, `rule_broken` for a name,
 * scope or expiry that is refused, `unavailable`
 */
export function createApiKeyAdmin(options: ApiKeyAdminOptions): ApiKeyAdmin {
  const { store, clients, changes, clock = systemClock, audit, actor } = options;

  const tell = async (type: 'api-key.issued' | 'api-key.revoked', key: StoredApiKey): Promise<void> => {
    const { clientId, scopes } = key;
    const told = { ...(actor === undefined ? {} : { actor }), ...(scopes === undefined ? {} : { scopes }) };
    await available(() => audit?.record({ type, at: clock.now(), outcome: 'done', clientId, ...told }));
  };

  const revoke = async (id: string): Promise<void> => {
    const key = await available(() => store.remove(id));
    if (key === undefined) throw new SallyportError('not_found');
    await publishTo(changes, { kind: 'token', digest: key.digest });
    await tell('api-key.revoked', key);
  };

  return {
    revoke,
    async issue({ clientId, name, scopes, expiresAt, environment }) {
      const client = await available(() => clients.find(clientId));
      if (client === undefined) throw new SallyportError('not_found');
      if (name.length < 1 || name.length > 200) throw broken('A name has 1 to 200 characters.');
      if (scopes?.some((scope) => !client.scopes.includes(scope)) === true) {
        throw broken('A key holds scopes of its client only.');
      }
      const createdAt = clock.now();
      if (expiresAt !== undefined && !(expiresAt > createdAt)) throw broken('The key would have expired already.');
      const key = issueApiKey(environment);
      const stored: StoredApiKey = {
        id: `key_${randomBytes(12).toString('base64url')}`,
        digest: apiKeyDigest(key),
        clientId,
        name,
        epoch: client.epoch,
        createdAt,
        ...(scopes === undefined ? {} : { scopes }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      await available(() => store.insert(stored));
      try {
        await tell('api-key.issued', stored);
      } catch (error) {
        // Nobody has seen the key: without it in the trail it must not be there.
        await available(() => store.remove(stored.id));
        throw error;
      }
      return { id: stored.id, key };
    },
    async list(clientId) {
      const keys = await available(() => store.list(clientId));
      return keys.map(({ digest: _digest, epoch: _epoch, ...info }) => info);
    },
    async revokeAll(clientId) {
      const keys = await available(() => store.list(clientId));
      for (const { id } of keys) await revoke(id);
      return keys.length;
    },
  };
}

function broken(detail: string): SallyportError {
  return new SallyportError('rule_broken', { detail });
}
