import { defineEntity } from '@mikro-orm/core';

/** An API key by its digest; add it to the ORM's entities and use `createApiKeyStore(orm)`. */
export const AuthApiKey = defineEntity({
  name: 'AuthApiKey',
  tableName: 'sallyport_api_key',
  properties: (p) => ({
    id: p.string().fieldName('id').length(32).primary(),
    digest: p.string().fieldName('digest').length(43).unique('sallyport_api_key_digest').hidden(),
    clientId: p.string().fieldName('client_id').length(128).index('sallyport_api_key_client_id'),
    name: p.string().fieldName('name').length(200),
    /** `null`: all of the client's. */
    scopes: p.json<readonly string[]>().fieldName('scopes').nullable(),
    epoch: p.integer().fieldName('epoch'),
    createdAt: p.datetime(3).fieldName('created_at'),
    expiresAt: p.datetime(3).fieldName('expires_at').nullable(),
    lastUsedAt: p.datetime(3).fieldName('last_used_at').nullable(),
  }),
});
