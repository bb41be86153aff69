import type { MikroORM } from '@mikro-orm/core';
import { nativeClient } from './executor.ts';
import { missingDatabase } from './missing-database.ts';

/** The key of the advisory lock: any fixed number, the same in every process that runs Sallyport. */
const lockKey = '7598543129865475';

/** A client that is kept for a while. */
interface HeldClient {
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  release(destroy?: boolean): void;
}

/**
 * Runs the migrations that are still to be run, in order. Several processes may start at once: on PostgreSQL one of them
 * works and the others wait (an advisory lock on a connection of its own, given up when the process dies).
 *
 * Needs the migrator (`openDatabase({ migrations })`), and on PostgreSQL a pool of at least two connections.
 *
 * @param fill runs after them under the same lock, at each start: a first filling, a secret that is made once.
 * @returns the names of the migrations that this process has run.
 * @throws ConfigurationError for a database that the server does not have
 */
export function migrate(orm: MikroORM, fill?: () => Promise<void>): Promise<readonly string[]> {
  return exclusively(orm, async () => {
    const migrated = await orm.migrator.up();
    await fill?.();
    return migrated.map(({ name }) => name);
  });
}

/**
 * Runs `work` while no other process migrates this database or does such work on it: a first filling, a secret that is
 * made once. The others wait. Not to be nested: the inner call would wait for the outer one.
 *
 * @throws ConfigurationError for a database that the server does not have
 */
export async function exclusively<T>(orm: MikroORM, work: () => Promise<T>): Promise<T> {
  const native = await nativeClient(orm);
  // An embedded database belongs to this process.
  if (native.kind === 'pglite') return work();
  // `pg.Pool` has it; the rest of the store does without.
  const pool = native.pool as unknown as { connect(): Promise<HeldClient> };
  const client = await pool.connect().catch((error: unknown) => {
    throw missingDatabase(orm, error) ?? error;
  });
  let done = false;
  try {
    await client.query('select pg_advisory_lock($1::bigint)', [lockKey]);
    const result = await work();
    await client.query('select pg_advisory_unlock($1::bigint)', [lockKey]);
    done = true;
    return result;
  } finally {
    // A connection that may still hold the lock does not go back to the pool.
    client.release(!done);
  }
}
