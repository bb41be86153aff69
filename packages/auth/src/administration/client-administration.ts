import { type FieldLists, serviceToken } from '@sallyport/core';
import type { ClientApi, ClientKeySet, ClientLimits } from '../clients/client.ts';
import type { SecretEnvironment } from '../clients/secret.ts';
import type { SecretForm } from '../clients/secret-forms.ts';

/** Whether a change may name scopes that the administration does not know of (its option `scopes`). */
export interface ScopeLeave {
  readonly unknownScopes?: boolean;
}

/** Whether a change may name, besides, fields that the administration does not know of (its option `fields`). */
export interface FieldLeave extends ScopeLeave {
  readonly unknownFields?: boolean;
}

export interface NewClient extends FieldLeave {
  readonly name: string;
  /** `client_` and 16 random bytes when absent. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: Date;
  readonly tokenLifetimeSeconds?: number;
  /** The APIs that it may have tokens for, by their audience; every API that knows it when absent. */
  readonly apis?: Readonly<Record<string, ClientApi>>;
  readonly limits?: ClientLimits;
  /** Fields that some of its scopes are limited to. */
  readonly fieldLists?: FieldLists;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Prefix of its secret; default `live`. */
  readonly environment?: SecretEnvironment;
  /** A client with keys is a {@link NewKeyedClient}. */
  readonly jwks?: undefined;
}

/** A client that signs assertions, and has no secret. */
export interface NewKeyedClient extends Omit<NewClient, 'environment' | 'jwks'> {
  /** Its public keys, a JWK Set. */
  readonly jwks: ClientKeySet;
}

/** A client's id and its new secret, which is told this once. */
export interface IssuedCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** A client as it is shown: no secret, and no hash of one. */
export interface ClientDetails {
  readonly clientId: string;
  readonly name: string;
  readonly active: boolean;
  readonly expiresAt?: Date;
  readonly secrets: readonly ShownSecret[];
  /** Public keys, of clients that sign assertions. */
  readonly keys?: ClientKeySet;
  readonly scopes: readonly string[];
  readonly tokenLifetimeSeconds?: number;
  readonly apis?: Readonly<Record<string, ClientApi>>;
  readonly limits?: ClientLimits;
  readonly fieldLists?: FieldLists;
  /** Names in those lists that are no fields, where the administration knows the fields. */
  readonly unknownFields?: FieldLists;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly createdAt?: Date;
  /** When it last got a token. */
  readonly lastUsedAt?: Date;
  /** How many tokens it has got. */
  readonly requestCount: number;
}

/** A secret as it is shown: what it is stored by, and when it was used. */
export interface ShownSecret extends SecretForm {
  /** What `revokeSecret` calls it by. */
  readonly id: string;
  readonly createdAt?: Date;
  readonly expiresAt?: Date;
  readonly lastUsedAt?: Date;
}

/** A page of clients in the order of their ids. */
export interface ClientPage {
  readonly clients: readonly ClientDetails[];
  /** What `after` of the next page is; absent on the last. */
  readonly next?: string;
}

/** Whether a change that would end the client's tokens lets them live. */
export interface TokenFate {
  readonly keepTokens?: boolean;
}

export interface RotationOptions extends TokenFate {
  /** How long the old secret goes on beside the new one; 0 when absent: it ends now, and the client's tokens with it. */
  readonly overlapSeconds?: number;
  readonly environment?: SecretEnvironment;
}

/**
 * Administration of client applications, for command lines and consoles. A change is audited under its actor before it is
 * made, is told to caches, and ends the client's tokens where somebody may hold one who should not:
 *
 * | change | tokens |
 * |---|---|
 * | `disable`, `delete` | end |
 * | `enable`, and `setExpiry` of a client that had expired | those from before stay dead |
 * | `rotate` without an overlap, `revokeSecret`, `setKeys` | end; `keepTokens` lets them live |
 * | `rotate` with an overlap | live; `keepTokens: false` ends them |
 * | `setApis` | end, as the API that a token is for stands in the token |
 * | `setScopes`, `setFieldLists`, `setLimits`, `setExpiry`, `setAttributes`, `setTokenLifetime`, `rename` | live; what they may do is looked up at each use |
 *
 * Every method that names a client throws SallyportError `not_found` when there is none; one that changes something
 * throws `rule_broken` for what is refused, and `unavailable` when the directory or the audit trail does not answer.
 *
 * @see docs/guides/clients.md
 */
export interface ClientAdministration {
  /** Whether it knows the fields of the API, and so refuses lists of others. */
  readonly knowsFields?: boolean;
  /** The same administration, with its changes audited under this name. */
  as(actor: string): ClientAdministration;
  /** `after` is the `next` of the page before; `limit` 1 to 200, 50 when absent. */
  list(page?: { readonly after?: string | undefined; readonly limit?: number | undefined }): Promise<ClientPage>;
  show(clientId: string): Promise<ClientDetails>;
  /**
   * With `jwks` it has keys and no secret; `rotate` would give it one beside them.
   *
   * @throws SallyportError `duplicate` for an id that is taken
   */
  create(client: NewKeyedClient): Promise<Pick<IssuedCredentials, 'clientId'>>;
  create(client: NewClient): Promise<IssuedCredentials>;
  /** A new secret beside the newest old one that is alive; of more than one old secret the newest stays. */
  rotate(clientId: string, options?: RotationOptions): Promise<IssuedCredentials>;
  /** Ends one secret now. @throws SallyportError `not_found` when the client has none of this id */
  revokeSecret(clientId: string, secretId: string, options?: TokenFate): Promise<void>;
  /**
   * Other public keys instead of those that it has: to rotate, first a set with both. `undefined`: none any more.
   * `endSecrets` takes its secrets away, of a client that goes over to keys.
   */
  setKeys(
    clientId: string,
    jwks: ClientKeySet | undefined,
    options?: TokenFate & { readonly endSecrets?: boolean },
  ): Promise<void>;
  /** No new tokens, and the live ones stop working. */
  disable(clientId: string): Promise<void>;
  enable(clientId: string): Promise<void>;
  delete(clientId: string): Promise<void>;
  /** These scopes and no others. */
  setScopes(clientId: string, scopes: readonly string[], options?: ScopeLeave): Promise<void>;
  /** Fields that scopes are limited to, by the name of the scope; `undefined`: none is. */
  setFieldLists(clientId: string, fieldLists: FieldLists | undefined, options?: FieldLeave): Promise<void>;
  /** By audience; `undefined`: every API that knows the client. */
  setApis(clientId: string, apis: Readonly<Record<string, ClientApi>> | undefined): Promise<void>;
  /** `undefined`: those of the APIs. */
  setLimits(clientId: string, limits: ClientLimits | undefined): Promise<void>;
  /** From then on it gets no tokens, and its live ones stop working. `undefined`: never. */
  setExpiry(clientId: string, expiresAt: Date | undefined): Promise<void>;
  /** Of tokens issued from now on; `undefined`: as long as those of others. */
  setTokenLifetime(clientId: string, seconds: number | undefined): Promise<void>;
  /** Sets some attributes; `undefined` takes one away. What policies see of them changes with the next call. */
  setAttributes(clientId: string, attributes: Readonly<Record<string, unknown>>): Promise<void>;
  rename(clientId: string, name: string): Promise<void>;
}

/** The service under which consoles and commands find the administration of an API's clients. */
export const ClientAdministrationService = serviceToken<ClientAdministration>('sallyport.ClientAdministration', {
  broughtBy: 'the plugin `clients()` of @sallyport/auth, with its options `hasher` and `directory`,',
});
