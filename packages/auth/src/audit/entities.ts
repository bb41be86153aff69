import { defineEntity } from '@mikro-orm/core';

/**
 * Events of authentication as {@link createSqlAuditTrail} keeps them; add it to the ORM's entities when that is used.
 * Rows are only ever added. Give the role that the API runs with no right to update or delete them (SECURITY 4.14).
 */
export const AuthEventEntry = defineEntity({
  name: 'AuthEventEntry',
  tableName: 'sallyport_auth_event',
  properties: (p) => ({
    id: p.bigint('string').fieldName('id').primary().autoincrement(),
    at: p.datetime().fieldName('at').index('sallyport_auth_event_at'),
    type: p.string().fieldName('type').length(40),
    outcome: p.string().fieldName('outcome').length(8),
    clientId: p.string().fieldName('client_id').length(255).nullable().index('sallyport_auth_event_client'),
    accountId: p.string().fieldName('account_id').length(255).nullable(),
    /** What else the event says, as JSON. */
    facts: p.json<Readonly<Record<string, unknown>>>().fieldName('facts'),
  }),
});
