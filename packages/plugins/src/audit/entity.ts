import { defineEntity } from '@mikro-orm/core';
import type { AuditStatus } from './record.ts';

/** Rows are added and never changed. @throws Error */
function refuse(): never {
  throw new Error('an audit entry is neither changed nor deleted');
}

/**
 * Audit records as {@link databaseAudit} keeps them; add it to the ORM's entities. Rows are only ever added: the entity
 * refuses to be changed or deleted, and the role of the API needs no right to do so either.
 *
 * @see docs/guides/record-audit.md
 */
export const AuditEntry = defineEntity({
  name: 'AuditEntry',
  tableName: 'sallyport_audit',
  properties: (p) => ({
    id: p.bigint('string').fieldName('id').primary().autoincrement(),
    kind: p.string().fieldName('kind').length(6),
    at: p.datetime(3).fieldName('at').index('sallyport_audit_at'),
    api: p.string().fieldName('api').length(64),
    request: p.string().fieldName('request').length(128),
    part: p.integer().fieldName('part').nullable(),
    caller: p.string().fieldName('caller').length(255).nullable().index('sallyport_audit_caller'),
    address: p.string().fieldName('address').length(64).nullable(),
    userAgent: p.string().fieldName('user_agent').length(255).nullable(),
    operation: p.string().fieldName('operation').length(64),
    resource: p.string().fieldName('resource').length(64),
    identifier: p.string().fieldName('identifier').length(512).nullable().index('sallyport_audit_identifier'),
    basis: p.string().fieldName('basis').length(64).nullable(),
    authority: p.string().fieldName('authority').length(255).nullable().index('sallyport_audit_authority'),
    purpose: p.string().fieldName('purpose').length(64).nullable(),
    parameters: p.json<readonly string[]>().fieldName('parameters'),
    results: p.integer().fieldName('results').nullable(),
    fields: p.json<readonly string[]>().fieldName('fields'),
    status: p.string().$type<AuditStatus>().fieldName('status').length(16),
    error: p.string().fieldName('error').length(64).nullable(),
  }),
  hooks: { beforeUpdate: [refuse], beforeDelete: [refuse] },
});
