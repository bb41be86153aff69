export { type Audit, AuditService, audit } from './audit.ts';
export { type AuditCount, type AuditPeriod, auditCounts, databaseAudit } from './database-sink.ts';
export { AuditEntry } from './entity.ts';
export type { AuditedRoute, AuditOptions } from './options.ts';
export type { AuditGround, AuditRecord, AuditStatus } from './record.ts';
export { type AuditSink, memoryAudit } from './sink.ts';
