import { defineEntity } from '@mikro-orm/core';

/** An opaque token by its digest; add it to the ORM's entities and use `createTokenStore(orm)`. */
export const AuthToken = defineEntity({
  name: 'AuthToken',
  tableName: 'sallyport_token',
  properties: (p) => ({
    digest: p.string().fieldName('digest').length(43).primary(),
    clientId: p.string().fieldName('client_id').length(128).index('sallyport_token_client_id'),
    scopes: p.json<readonly string[]>().fieldName('scopes'),
    epoch: p.integer().fieldName('epoch'),
    audience: p.string().fieldName('audience').length(200),
    issuedAt: p.datetime(3).fieldName('issued_at'),
    expiresAt: p.datetime(3).fieldName('expires_at').index('sallyport_token_expires_at'),
  }),
});

/** A revoked JWT by its `jti`; add it to the ORM's entities and use `createRevocationStore(orm)`. */
export const AuthRevokedToken = defineEntity({
  name: 'AuthRevokedToken',
  tableName: 'sallyport_revoked_token',
  properties: (p) => ({
    jti: p.string().fieldName('jti').length(128).primary(),
    expiresAt: p.datetime(3).fieldName('expires_at').index('sallyport_revoked_token_expires_at'),
  }),
});
