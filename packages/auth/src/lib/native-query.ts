import { hash } from 'node:crypto';
import type { EntityMetadata, EntityName, MikroORM } from '@mikro-orm/core';

/** The part of a MikroORM that our stores use; its driver is PostgreSQL or PGlite. */
export type SqlOrm = Pick<MikroORM, 'em' | 'getMetadata'>;

/** One row as the driver gives it. */
export type NativeRow = Readonly<Record<string, unknown>>;

/** Runs a statement that was made ready with the values of its `$n` parameters. */
export type NativeStatement = (...values: readonly unknown[]) => Promise<readonly NativeRow[]>;

/**
 * Makes a statement ready; `name` tells a person what it is among the prepared statements of a connection. After
 * `timeoutMs` (five seconds when not said) without an answer it rejects and its connection is closed: a database that
 * hangs, or a lock, keeps neither those who wait nor the connections of others.
 */
export type NativeQuery = (name: string, text: string, timeoutMs?: number) => NativeStatement;

/** How long a statement over a few rows may take, in milliseconds. */
const lookTimeoutMs = 5000;

interface PoolStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly query_timeout?: number | undefined;
}

/** What `getNativeClient()` answers: a `pg.Pool`, or a PGlite (which is known by its `waitReady`). */
interface PoolClient {
  query(statement: PoolStatement): Promise<{ rows: NativeRow[] }>;
}
interface PgliteClient {
  readonly waitReady: Promise<void>;
  query(text: string, values: readonly unknown[]): Promise<{ rows: NativeRow[] }>;
}
interface NativeConnection {
  getNativeClient(): Promise<PoolClient | PgliteClient>;
}

/**
 * Queries on MikroORM's own connections, past its query builder: a named prepared statement costs a fifth of an entity.
 * Never await one inside an open transaction (PGlite would wait for itself).
 */
export function nativeQuery(orm: SqlOrm): NativeQuery {
  let client: PoolClient | PgliteClient | undefined;
  return (label, text, timeoutMs = lookTimeoutMs) => {
    // PostgreSQL wants one text for one name.
    const name = `sallyport_${label}_${hash('sha256', text, 'hex').slice(0, 8)}`;
    return async (...values) => {
      // The SQL drivers' connections have this method; the base class that `em.getConnection()` is typed with has not.
      client ??= await (orm.em.getConnection() as unknown as NativeConnection).getNativeClient();
      const result =
        'waitReady' in client
          ? await client.query(text, values)
          : await client.query({ name, text, values, query_timeout: timeoutMs });
      return result.rows;
    };
  };
}

/** The schema that an entity's table is in: its own, else the ORM's. */
export function schemaOf(orm: SqlOrm, entity: EntityName): string | undefined {
  const { schema }: EntityMetadata = orm.getMetadata().get(entity);
  return schema === undefined || schema === '*' ? orm.em.config.get('schema') : schema;
}

/** The quoted name of an entity's table, with its schema. */
export function tableOf(orm: SqlOrm, entity: EntityName): string {
  const { tableName }: EntityMetadata = orm.getMetadata().get(entity);
  const names = [schemaOf(orm, entity), tableName].filter((name) => name !== undefined);
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}
