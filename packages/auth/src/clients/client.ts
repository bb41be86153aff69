import { type FieldLists, type Readiness, serviceToken } from '@sallyport/core';
import type { JWK } from 'jose';

/** A secret as it is stored: never the secret. */
export interface StoredSecret {
  /** Tells a client's secrets apart in {@link ClientStore.recordUse}. */
  readonly id?: string;
  /**
   * `$hmac-sha256$kid$mac`, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, `$scrypt$ln=…,r=…,p=…$salt$hash`, or OpenSPP's
   * `$scrypt$salt$hash`; `$pepper$kid` before a slow one.
   */
  readonly hash: string;
  readonly expiresAt?: Date;
}

/** The public keys of a client: a JWK Set (RFC 7517 section 5). */
export interface ClientKeySet {
  readonly keys: readonly JWK[];
}

/** What a client may do at one API, where that differs. */
export interface ClientApi {
  /** Instead of the client's own scopes. */
  readonly scopes?: readonly string[];
  /** Instead of the client's own lifetime. */
  readonly tokenLifetimeSeconds?: number;
}

/** How often a client may call, where that differs from the API's own limits (the plugin `rate-limit` reads it). */
export interface ClientLimits {
  readonly perMinute?: number;
  readonly perDay?: number;
}

/** What is known of a client application at this moment. */
export interface ClientRecord {
  readonly clientId: string;
  readonly name: string;
  readonly active: boolean;
  readonly expiresAt?: Date;
  /** At most two are alive at a time, so that one can take over from the other. */
  readonly secrets: readonly StoredSecret[];
  /** What the client signs assertions with (`private_key_jwt`, RFC 7523), instead of a secret or beside it. */
  readonly keys?: ClientKeySet;
  /** What the client may do. */
  readonly scopes: readonly string[];
  /** The fields that some of those scopes are limited to. */
  readonly fieldLists?: FieldLists;
  /** Grant types the client may use; `client_credentials` when absent. */
  readonly grantTypes?: readonly string[];
  /** Lifetime of its tokens; the token kind's own when absent, and never more than that kind's maximum. */
  readonly tokenLifetimeSeconds?: number;
  /** The APIs that it may have tokens for, by their audience; every API that knows the client when absent (R47). */
  readonly apis?: Readonly<Record<string, ClientApi>>;
  readonly limits?: ClientLimits;
  /** Counts changes of the client. A token that carries an older epoch is dead (SECURITY 4.4). */
  readonly epoch: number;
  /** Whatever else policies need: the organisation, the legal basis. Becomes the principal's attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Where clients are looked up: ours over MikroORM ({@link createClientStore}), or an application's own.
 * A store that cannot answer rejects; the caller is then told 503, never let in.
 */
export interface ClientStore extends Readiness {
  /** By its exact id, inactive ones too. One indexed query. */
  find(clientId: string): Promise<ClientRecord | undefined>;
  /** While a token is issued. A failure is logged and changes nothing. */
  recordUse?(clientId: string, at: Date, secretId?: string): Promise<void>;
  /**
   * Puts another stored form of the same secret in the place of the old one, if that is still there; answers whether it
   * did. The epoch stays as it is. Without this method stored secrets keep the form that they were made in.
   */
  upgradeSecret?(clientId: string, secretId: string, oldHash: string, newHash: string): Promise<boolean>;
  /** Calls back when this process changes a client, so that caches let go of it at once. Answers how to stop. */
  onChange?(listener: (clientId: string) => void): () => void;
}

/** The service under which strategies and token endpoints find the clients. */
export const ClientStoreService = serviceToken<ClientStore>('sallyport.ClientStore', {
  broughtBy: 'the plugin `clients()` of @sallyport/auth',
});

/** Whether the client may do anything at all at this time. */
export function isLive(client: ClientRecord, now: Date): boolean {
  return client.active && (client.expiresAt === undefined || client.expiresAt > now);
}
