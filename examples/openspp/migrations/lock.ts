import type { SqlEntityManager } from '@mikro-orm/sql';

/** Any constant that no other program uses on this database. */
const key = 7_301_984_266_551;

/**
 * Waits until no other process migrates this database. The lock falls with the transaction of `em`.
 */
export async function lockMigrations(em: SqlEntityManager): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(?)', [key]);
}
