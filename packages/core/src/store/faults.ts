import { type EntityMetadata, type MikroORM, OptimisticLockError } from '@mikro-orm/core';
import { type CoreErrorCode, SallyportError } from '../errors/index.ts';
import { isStalePlan } from './statement-names.ts';

/** Whether the fault came up while reading (a filter's value is to blame) or while writing (the body is). */
export type FaultSource = 'read' | 'write';
/** Turns what a database or MikroORM throws into a {@link SallyportError}; answers what it does not know unchanged. */
export type FaultTranslator = (error: unknown, source: FaultSource) => unknown;

/** What the drivers say of a fault, and MikroORM keeps when it wraps it. */
interface DatabaseFault {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly schema?: unknown;
  readonly table?: unknown;
  readonly column?: unknown;
  readonly constraint?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/**
 * Whether to run the whole transaction again: a serialization failure, a deadlock, or a prepared statement that a change
 * of the schema has made useless.
 */
export function isRetryable(error: unknown): boolean {
  if (isStalePlan(error)) return true;
  const code = faultOf(error)?.code;
  return code === '40001' || code === '40P01';
}

/** Makes the translator of a database: it knows which property stands behind which column. */
export function faultTranslator(orm: MikroORM): FaultTranslator {
  const tables = tablesOf(orm);
  return (error, source) => {
    if (error instanceof SallyportError) return error;
    if (error instanceof OptimisticLockError) return new SallyportError('precondition_failed', { cause: error });
    const fault = faultOf(error);
    if (fault === undefined) return error;
    if (isUnavailable(fault)) {
      return new SallyportError('unavailable', { headers: { 'retry-after': '5' }, cause: error });
    }
    const code = codeOf(fault, source);
    if (code === undefined) return error;
    const facts = source === 'write' ? factsOf(fault, tables) : {};
    return new SallyportError(code, { facts, cause: error });
  };
}

function codeOf({ code, message }: DatabaseFault, source: FaultSource): CoreErrorCode | undefined {
  const value = String(code);
  if (value === '57014') return 'timeout';
  // 22: the value is no value of the type. 08P01: it holds the character NUL, which ends a message.
  if (value.startsWith('22') || value === '08P01') return source === 'read' ? 'malformed_filter' : 'invalid_body';
  if (value === '40001' || value === '40P01') return 'conflict';
  switch (value) {
    case '23505':
    case '23P01':
      return 'duplicate';
    case '23503':
      // Only the sentence tells the two sides of a foreign key apart; it names the action, in English or not at all.
      return /^update or delete|still referenced/.test(String(message)) ? 'still_referenced' : 'unresolved_reference';
    case '23001':
      return 'still_referenced';
    case '23502':
    case '23514':
      return 'invalid_body';
    default:
      return undefined;
  }
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
const lost =
  /Connection terminated|timeout exceeded when trying to connect|Client was closed|Client has encountered a connection error|not queryable|Cannot use a pool after|PGlite is clos|PGlite instance is already closed|driver has already been destroyed/i;

function isUnavailable({ code, message }: DatabaseFault): boolean {
  const value = String(code);
  // 08: connection exceptions; 53: out of connections, memory, disk; 57P01 to 57P05: shut down, starting up.
  if (/^(08(?!P01)...|53...|57P0.)$/.test(value) || networkCodes.has(value)) return true;
  return lost.test(String(message));
}

function faultOf(error: unknown): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const fault = error as DatabaseFault & { readonly errors?: readonly unknown[] };
  if (fault.code === undefined && Array.isArray(fault.errors)) return faultOf(fault.errors[0]) ?? fault;
  if (fault.code === undefined && fault.cause instanceof Error) return faultOf(fault.cause) ?? fault;
  return fault;
}

/** What stands behind a table's columns. */
interface TableFacts {
  readonly entity: string;
  /** Column → property. */
  readonly columns: ReadonlyMap<string, string>;
  /** Constraint → properties. */
  readonly constraints: ReadonlyMap<string, readonly string[]>;
}

/** The properties that a fault is about; never a column, a constraint or a value. */
function factsOf(fault: DatabaseFault, tables: ReadonlyMap<string, TableFacts>): Record<string, unknown> {
  const table = tables.get(`${fault.schema}.${fault.table}`) ?? tables.get(String(fault.table));
  if (table === undefined) return {};
  const properties = new Set<string>(table.constraints.get(String(fault.constraint)) ?? []);
  if (properties.size === 0) {
    for (const column of columnsOf(fault)) {
      const property = table.columns.get(column);
      if (property !== undefined) properties.add(property);
    }
  }
  return { entity: table.entity, properties: [...properties] };
}

/** `Key (company_id, lower(name::text))=(…) already exists.` names columns and expressions of columns. */
function columnsOf({ column, detail }: DatabaseFault): readonly string[] {
  if (typeof column === 'string') return [column];
  const [, inner] = /^[^(]*\((.*?)\)=\(/.exec(String(detail)) ?? [];
  if (inner === undefined) return [];
  return [...inner.matchAll(/"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

function tablesOf(orm: MikroORM): ReadonlyMap<string, TableFacts> {
  const tables = new Map<string, TableFacts>();
  for (const meta of orm.getMetadata().getAll().values()) {
    if (meta.tableName === undefined || meta.virtual === true || meta.embeddable) continue;
    const facts = meta.pivotTable === true ? pairFacts(meta, orm) : entityFacts(meta);
    if (facts === undefined) continue;
    const schema = meta.schema === undefined || meta.schema === '*' ? orm.config.get('schema') : meta.schema;
    if (schema !== undefined) tables.set(`${schema}.${meta.tableName}`, facts);
    if (!tables.has(meta.tableName)) tables.set(meta.tableName, facts);
  }
  return tables;
}

function entityFacts(meta: EntityMetadata): TableFacts {
  const columns = new Map<string, string>();
  const constraints = new Map<string, readonly string[]>();
  for (const property of meta.props) {
    for (const column of property.fieldNames ?? []) if (property.kind !== 'm:n') columns.set(column, property.name);
  }
  for (const check of meta.checks) {
    if (check.name !== undefined && check.property !== undefined) constraints.set(check.name, [String(check.property)]);
  }
  for (const { name, properties } of [...meta.uniques, ...meta.indexes]) {
    if (name !== undefined && properties !== undefined) constraints.set(name, [properties].flat().map(String));
  }
  return { entity: meta.className, columns, constraints };
}

/** A table of pairs speaks for the property that owns it. */
function pairFacts(pivot: EntityMetadata, orm: MikroORM): TableFacts | undefined {
  for (const meta of orm.getMetadata().getAll().values()) {
    const property = meta.relations.find(({ kind, owner, pivotTable }) => {
      return kind === 'm:n' && owner && pivotTable === pivot.tableName;
    });
    if (property === undefined) continue;
    const columns = new Map([...property.joinColumns, ...property.inverseJoinColumns].map((c) => [c, property.name]));
    return { entity: meta.className, columns, constraints: new Map() };
  }
  return undefined;
}
