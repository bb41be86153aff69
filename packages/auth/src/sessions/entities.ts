import { defineEntity, type InferEntity } from '@mikro-orm/core';

/**
 * A person's account, for applications that want the table from us: add it to the ORM's entities, and use
 * `createAccountStore(orm)` and `createAccountAdmin(orm, …)`.
 */
export const AuthAccount = defineEntity({
  name: 'AuthAccount',
  tableName: 'sallyport_account',
  properties: (p) => ({
    id: p.string().fieldName('id').length(64).primary(),
    /** As `normaliseLogin` writes it. */
    login: p.string().fieldName('login').length(254).unique('sallyport_account_login'),
    passwordHash: p.string().fieldName('password_hash').length(255).nullable().hidden(),
    active: p.boolean().fieldName('active').default(true),
    scopes: p.json<readonly string[]>().fieldName('scopes'),
    attributes: p.json<Readonly<Record<string, unknown>>>().fieldName('attributes'),
    epoch: p.integer().fieldName('epoch').default(0),
    createdAt: p.datetime().fieldName('created_at'),
    passwordChangedAt: p.datetime().fieldName('password_changed_at').nullable(),
    lastLoginAt: p.datetime().fieldName('last_login_at').nullable(),
  }),
});

export type AuthAccountRow = InferEntity<typeof AuthAccount>;

/** A session by the digest of its id; add it to the ORM's entities and use `createSessionStore(orm)`. */
export const AuthSession = defineEntity({
  name: 'AuthSession',
  tableName: 'sallyport_session',
  properties: (p) => ({
    digest: p.string().fieldName('digest').length(43).primary(),
    accountId: p.string().fieldName('account_id').length(64).index('sallyport_session_account_id'),
    /** The account's when the session was opened. */
    epoch: p.integer().fieldName('epoch'),
    createdAt: p.datetime(3).fieldName('created_at'),
    lastSeenAt: p.datetime(3).fieldName('last_seen_at'),
    /** Moves on with use, never past `expiresAt`. */
    idleExpiresAt: p.datetime(3).fieldName('idle_expires_at').index('sallyport_session_idle_expires_at'),
    expiresAt: p.datetime(3).fieldName('expires_at'),
  }),
});
