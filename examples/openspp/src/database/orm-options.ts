import type { Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { AbstractSqlDriver } from '@mikro-orm/sql';
import { migrations } from '../../migrations/index.ts';
import { entities } from '../entities/index.ts';
import type { Settings } from '../settings.ts';

/** What of the settings decides where the data lie. */
export type DatabaseSettings = Pick<Settings, 'databaseUrl' | 'dataDir'>;

/**
 * MikroORM's options: the server of `DATABASE_URL`, else PostgreSQL embedded in the process (PGlite) under `DATA_DIR`.
 * Only the driver that is used is loaded.
 */
export async function ormOptions(settings: DatabaseSettings): Promise<Partial<Options<AbstractSqlDriver>>> {
  const common = {
    entities: [...entities],
    extensions: [Migrator],
    metadataCache: { enabled: false },
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
  } satisfies Partial<Options>;
  if (settings.databaseUrl !== undefined) {
    const { PostgreSqlDriver } = await import('@mikro-orm/postgresql');
    return { ...common, driver: PostgreSqlDriver, clientUrl: settings.databaseUrl };
  }
  const { PgliteDriver } = await import('@mikro-orm/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  return { ...common, driver: PgliteDriver, dbName: settings.dataDir, driverOptions: { extensions: { pg_trgm } } };
}
