import { defineEntity, type InferEntity } from '@mikro-orm/core';
import type { FieldLists } from '@sallyport/core';
import type { ClientApi, ClientKeySet, ClientLimits } from './client.ts';

/** A secret as {@link AuthClient} keeps it. */
export interface SecretRow {
  readonly id: string;
  readonly hash: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt?: string;
}

/**
 * A client application, for applications that want the table from us: add it to the ORM's entities, and use
 * `createClientStore(orm)` and `createClientAdmin(orm, …)`.
 */
export const AuthClient = defineEntity({
  name: 'AuthClient',
  tableName: 'sallyport_client',
  properties: (p) => ({
    clientId: p.string().fieldName('client_id').length(128).primary(),
    name: p.string().fieldName('name').length(200),
    active: p.boolean().fieldName('active').default(true),
    expiresAt: p.datetime().fieldName('expires_at').nullable(),
    secrets: p.json<readonly SecretRow[]>().fieldName('secrets').hidden(),
    /** Public keys, of clients that sign assertions. */
    keys: p.json<ClientKeySet>().fieldName('keys').nullable(),
    scopes: p.json<readonly string[]>().fieldName('scopes'),
    tokenLifetimeSeconds: p.integer().fieldName('token_lifetime_seconds').nullable(),
    /** By audience; `null`: every API that knows the client. */
    apis: p.json<Readonly<Record<string, ClientApi>>>().fieldName('apis').nullable(),
    limits: p.json<ClientLimits>().fieldName('limits').nullable(),
    /** Fields that scopes are limited to, by the name of the scope. */
    fieldLists: p.json<FieldLists>().fieldName('field_lists').nullable(),
    epoch: p.integer().fieldName('epoch').default(0),
    attributes: p.json<Readonly<Record<string, unknown>>>().fieldName('attributes'),
    createdAt: p.datetime().fieldName('created_at'),
    lastUsedAt: p.datetime().fieldName('last_used_at').nullable(),
    requestCount: p.integer().fieldName('request_count').default(0),
    /** When each secret was last used, by its id: tells when the old one of a rotation can go. */
    secretUse: p.json<Readonly<Record<string, string>>>().fieldName('secret_use'),
  }),
});

export type AuthClientRow = InferEntity<typeof AuthClient>;
