import type { FieldLists } from '@sallyport/core';
import type { ClientApi, ClientKeySet, ClientLimits } from '../clients/client.ts';

/** A secret as a directory keeps it: never the secret. */
export interface DirectorySecret {
  readonly id: string;
  readonly hash: string;
  readonly createdAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
  readonly lastUsedAt?: Date | undefined;
}

/** A client as a directory keeps it: all that an administration reads or sets. */
export interface DirectoryClient {
  readonly clientId: string;
  readonly name: string;
  readonly active: boolean;
  readonly expiresAt?: Date | undefined;
  /** The oldest first. */
  readonly secrets: readonly DirectorySecret[];
  readonly keys?: ClientKeySet | undefined;
  readonly scopes: readonly string[];
  readonly tokenLifetimeSeconds?: number | undefined;
  readonly apis?: Readonly<Record<string, ClientApi>> | undefined;
  readonly limits?: ClientLimits | undefined;
  readonly fieldLists?: FieldLists | undefined;
  /** Tokens that carry another one are dead. */
  readonly epoch: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly createdAt?: Date | undefined;
  readonly lastUsedAt?: Date | undefined;
  readonly requestCount: number;
}

/**
 * What a directory may have no place for. `ids`: those that are chosen. `overlap`: a second secret. `tokenEnds`: tokens that
 * end by a change that is not `disable` or `delete`. `unknownScopes`: scopes that no API has. `testSecrets`: a prefix that tells
 * secrets of tests.
 */
export type ClientFeature =
  | 'ids'
  | 'apis'
  | 'limits'
  | 'keys'
  | 'expiry'
  | 'tokenLifetime'
  | 'overlap'
  | 'fieldLists'
  | 'tokenEnds'
  | 'unknownScopes'
  | 'testSecrets';

/**
 * Where clients are administered: ours over `AuthClient` (`createClientDirectory`), or an application's own over its
 * table. It keeps what it is given and judges none of it. A directory that cannot answer rejects.
 */
export interface ClientDirectory {
  /** What it has no place for, so that an administration refuses to set it. */
  readonly without?: ReadonlySet<ClientFeature>;
  /** @throws SallyportError `rule_broken` for scopes that no client here can have, for attributes that it cannot keep */
  check?(client: { readonly scopes?: readonly string[]; readonly attributes?: DirectoryClient['attributes'] }): void;
  find(clientId: string): Promise<DirectoryClient | undefined>;
  /** At most `limit` of them in the order of their ids, from the one behind `after` on. */
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly DirectoryClient[]>;
  /** Tells caches of the client. @throws SallyportError `duplicate` when there is one of this id */
  insert(client: DirectoryClient): Promise<void>;
  /**
   * Reads a client under a lock, keeps what `change` makes of it, and tells caches once that stands: of several changes
   * at once each sees what the one before has made. What `change` throws undoes all of it.
   *
   * @throws SallyportError `not_found`
   */
  change(clientId: string, change: (client: DirectoryClient) => DirectoryClient): Promise<void>;
  /** Tells caches, too. @throws SallyportError `not_found` */
  remove(clientId: string): Promise<void>;
}
