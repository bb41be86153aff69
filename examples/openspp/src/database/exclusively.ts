import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlDriver, SqlEntityManager } from '@mikro-orm/sql';
import { lockMigrations } from '../../migrations/index.ts';

/**
 * Runs `work` while no other process does such work on this database: migrations, the vocabulary, a first filling.
 * The others wait. An embedded database belongs to this process and needs no lock. Not to be nested: the inner call
 * would wait for the outer one.
 */
export async function exclusively<T>(
  orm: MikroORM<AbstractSqlDriver>,
  shared: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (!shared) return work();
  const em = orm.em.fork({ clear: true }) as SqlEntityManager;
  return em.transactional(async (inside) => {
    await lockMigrations(inside);
    return work();
  });
}
