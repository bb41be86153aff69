import type { Unit } from '@sallyport/core';
import type { AuditRecord } from './record.ts';

/** Where audit records go. */
export interface AuditSink {
  /**
   * Keeps records, all or none, in the order in which they come. An error of the code `unavailable` says that it can be
   * tried again later; after any other they are tried one by one, and given up where that fails too.
   */
  write(records: readonly AuditRecord[]): Promise<void>;
  /**
   * Keeps the records of a write with it, in its transaction. Absent: they are written after its commit.
   */
  writeWithin?(unit: Unit, records: readonly AuditRecord[]): Promise<void>;
}

/** Keeps records in memory, the last `most` of them (1000 when not said): for tests and consoles. */
export function memoryAudit(most = 1000): AuditSink & { readonly records: readonly AuditRecord[] } {
  const records: AuditRecord[] = [];
  return {
    records,
    async write(more) {
      records.push(...more);
      records.splice(0, Math.max(0, records.length - most));
    },
  };
}
