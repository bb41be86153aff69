import { defineEntity } from '@mikro-orm/core';

/** A client assertion that was used, by a digest; add it to the ORM's entities and use `createUsedAssertions(orm)`. */
export const AuthUsedAssertion = defineEntity({
  name: 'AuthUsedAssertion',
  tableName: 'sallyport_used_assertion',
  properties: (p) => ({
    digest: p.string().fieldName('digest').length(43).primary(),
    expiresAt: p.datetime(3).fieldName('expires_at').index('sallyport_used_assertion_expires_at'),
  }),
});
