import type { MikroORM } from '@mikro-orm/core';
import { type DatabaseOptions, exclusively, migrate, openDatabase as open, SettingError } from '@sallyport/core';
import { migrations } from '../../migrations/index.ts';
import { entities } from '../entities/index.ts';
import type { Settings } from '../settings.ts';
import { loadVocabulary } from '../vocabulary/index.ts';

/** What of the settings decides where the data lie. */
export type DatabaseSettings = Pick<Settings, 'databaseUrl' | 'dataDir'>;

/** Milliseconds that one statement may run. */
const statementTimeout = 30_000;

/** An open, migrated database that knows the vocabulary. */
export interface Database {
  readonly orm: MikroORM;
  /** The migrations that were run by this start. */
  readonly migrated: readonly string[];
  /** Runs work that no other process may do at the same time, like a first filling. Not to be nested. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The server of `DATABASE_URL`, else PostgreSQL embedded in the process (PGlite) under `DATA_DIR`. */
export async function databaseOptions({ databaseUrl, dataDir }: DatabaseSettings): Promise<DatabaseOptions> {
  const common = {
    entities: [...entities],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    orm: { metadataCache: { enabled: false } },
  } satisfies Partial<DatabaseOptions>;
  if (databaseUrl !== undefined) return { ...common, url: databaseUrl, statementTimeout };
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const inMemory = dataDir.startsWith('memory:');
  return { ...common, ...(inMemory ? {} : { dataDir }), pgliteExtensions: { pg_trgm } };
}

/** Faults of reaching a server: those of the network, of a login (class 28). */
function unreachable(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^(E[A-Z]+|28...)$/.test(code);
}

/**
 * Opens the database of the settings, runs the migrations that it has not seen (all or none) and adds what it lacks of
 * the vocabulary. Several processes may do so at once.
 *
 * @throws ConfigurationError when the folder is open in another process, or the server has no database of the name;
 * SettingError when it cannot be reached; Error when a migration fails
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const orm = await open(await databaseOptions(settings));
  try {
    const migrated = await migrate(orm, () => orm.em.fork().transactional((em) => loadVocabulary(em)));
    return { orm, migrated, exclusively: (work) => exclusively(orm, work), close: () => orm.close() };
  } catch (error) {
    await orm.close(true);
    throw unreachable(error) ? new SettingError('DATABASE_URL', 'a PostgreSQL server that lets us in') : error;
  }
}
