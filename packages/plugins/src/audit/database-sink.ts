import { type EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { ConfigurationError, type Store } from '@sallyport/core';
import { AuditEntry } from './entity.ts';
import { type AuditRecord, auditText } from './record.ts';
import type { AuditSink } from './sink.ts';

const limits = {
  api: 64,
  request: 128,
  caller: 255,
  address: 64,
  userAgent: 255,
  operation: 64,
  resource: 64,
  identifier: 512,
  basis: 64,
  authority: 255,
  purpose: 64,
  error: 64,
} as const satisfies Partial<Record<keyof AuditRecord, number>>;

/** A record as a row: every column there, since rows of one insert are alike, and no text longer than its column. */
function rowOf({ kind, at, part, parameters, results, fields, status, ...rest }: AuditRecord) {
  const texts: Partial<Record<keyof typeof limits, string | null>> = {};
  for (const [name, most] of Object.entries(limits) as [keyof typeof limits, number][]) {
    const text = rest[name];
    texts[name] = text === undefined ? null : auditText(text, most);
  }
  return { kind, at, part: part ?? null, parameters, results: results ?? null, fields, status, ...texts };
}

/** One statement for all of them. */
async function insert(em: EntityManager, records: readonly AuditRecord[]): Promise<void> {
  // Columns and texts are those of the entity.
  await em.insertMany(AuditEntry, records.map(rowOf) as never);
}

/**
 * Keeps records in {@link AuditEntry}: those of writes in their transactions, all others in transactions of their own.
 *
 * @throws ConfigurationError where the ORM does not have the entity
 */
export function databaseAudit(store: Store): AuditSink {
  if (!store.models.has('AuditEntry')) {
    throw new ConfigurationError(
      'plugins.audit.sink',
      'add AuditEntry to the entities of the ORM, or name another sink',
    );
  }
  return {
    write: (records) => store.unit((unit) => insert(unit.em, records)),
    writeWithin: (unit, records) => insert(unit.em, records),
  };
}

/** Which entries are counted; those of successful calls. */
export interface AuditPeriod {
  readonly authority: string;
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly before?: Date | undefined;
}

/** How often something was done to a kind of record by a caller. */
export interface AuditCount {
  readonly operation: string;
  readonly resource: string;
  readonly caller: string | undefined;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/** What was done by the authority of something: by operation, resource and caller. */
export async function auditCounts(
  store: Store,
  { authority, from, before }: AuditPeriod,
): Promise<readonly AuditCount[]> {
  return store.unit(async ({ em }) => {
    // The drivers that there are speak SQL.
    const rows = await (em as SqlEntityManager)
      .createQueryBuilder(AuditEntry)
      .select([
        'operation',
        'resource',
        'caller',
        raw('count(*)::int').as('number'),
        raw('min(at)').as('first'),
        raw('max(at)').as('last'),
      ])
      .where({
        authority,
        status: 'success',
        ...(from === undefined && before === undefined
          ? {}
          : { at: { ...(from && { $gte: from }), ...(before && { $lt: before }) } }),
      })
      .groupBy(['operation', 'resource', 'caller'])
      .orderBy({ operation: 'asc', resource: 'asc', caller: 'asc' })
      .execute<readonly Counted[]>('all', false);
    return rows.map(({ operation, resource, caller, number, first, last }) => ({
      operation,
      resource,
      caller: caller ?? undefined,
      count: number,
      first: new Date(first),
      last: new Date(last),
    }));
  });
}

interface Counted {
  readonly operation: string;
  readonly resource: string;
  readonly caller: string | null;
  readonly number: number;
  readonly first: string;
  readonly last: string;
}
