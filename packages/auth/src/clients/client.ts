import { serviceToken } from '@sallyport/core';
import type { JWK } from 'jose';

/** A secret as it is stored: never the secret. */
export interface StoredSecret {
  /** Tells a client's secrets apart in {@link ClientStore.recordUse}. */
  readonly id?: string;
  /** `$hmac-sha256$kid$mac`, `$scrypt$ln=…,r=…,p=…$salt$hash`, or OpenSPP's `$scrypt$salt$hash`; `$pepper$kid` before a slow one. */
  readonly hash: string;
  readonly expiresAt?: Date;
}

/** The public keys of a client: a JWK Set (RFC 7517 section 5). */
export interface ClientKeySet {
  readonly keys: readonly JWK[];
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
  /** Grant types the client may use; `client_credentials` when absent. */
  readonly grantTypes?: readonly string[];
  /** Lifetime of its tokens; the token kind's own when absent, and never more than that kind's maximum. */
  readonly tokenLifetimeSeconds?: number;
  /** Counts changes of the client. A token that carries an older epoch is dead (SECURITY 4.4). */
  readonly epoch: number;
  /** Whatever else policies need: the organisation, the legal basis. Becomes the principal's attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Where clients are looked up: ours over MikroORM ({@link createClientStore}), or an application's own.
 * A store that cannot answer rejects; the caller is then told 503, never let in.
 */
export interface ClientStore {
  /** By its exact id, inactive ones too. One indexed query. */
  find(clientId: string): Promise<ClientRecord | undefined>;
  /** After a token was issued. A failure is logged and changes nothing. */
  recordUse?(clientId: string, at: Date, secretId?: string): Promise<void>;
  /** Calls back when this process changes a client, so that caches let go of it at once. Answers how to stop. */
  onChange?(listener: (clientId: string) => void): () => void;
}

/** The service under which strategies and token endpoints find the clients. */
export const ClientStoreService = serviceToken<ClientStore>('sallyport.ClientStore');

/** Whether the client may do anything at all at this time. */
export function isLive(client: ClientRecord, now: Date): boolean {
  return client.active && (client.expiresAt === undefined || client.expiresAt > now);
}
