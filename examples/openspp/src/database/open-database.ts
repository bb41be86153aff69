import type { MikroORM } from '@mikro-orm/core';
import { ConfigurationError, type DatabaseOptions, exclusively, migrate, openDatabase as open } from '@sallyport/core';
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

/** Why a server is not reached, by the code of the system. */
const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it does not answer in time',
  EHOSTUNREACH: 'there is no way to the host',
};

/** Faults of reaching a server: those of the network, of a login (class 28). Undefined for all others. */
function unreachable(error: unknown, url: string): ConfigurationError | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== 'string' || !/^(E[A-Z_]+|28...)$/.test(code)) return undefined;
  // Nothing else of the URL is told: it holds a password. Of the message neither, which may repeat the URL.
  const { hostname, port, searchParams, username } = new URL(url);
  const at = `${searchParams.get('host') ?? (hostname === '' ? 'localhost' : hostname)}:${port === '' ? 5432 : port}`;
  if (code.startsWith('28')) {
    const user = username === '' ? 'nobody by name' : `"${decodeURIComponent(username)}"`;
    return new ConfigurationError(
      'DATABASE_URL',
      `the PostgreSQL server at ${at} refuses the login of ${user} (${code})`,
    );
  }
  const cause = causes[code] ?? 'it cannot be reached';
  return new ConfigurationError('DATABASE_URL', `no PostgreSQL server at ${at}: ${cause} (${code})`);
}

/**
 * Opens the database of the settings, runs the migrations that it has not seen (all or none) and adds what it lacks of
 * the vocabulary. Several processes may do so at once.
 *
 * @throws ConfigurationError when the folder is open in another process, the server has no database of the name, or cannot
 * be reached; Error when a migration fails
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const orm = await open(await databaseOptions(settings));
  try {
    const migrated = await migrate(orm, () => orm.em.fork().transactional((em) => loadVocabulary(em)));
    return { orm, migrated, exclusively: (work) => exclusively(orm, work), close: () => orm.close() };
  } catch (error) {
    await orm.close(true);
    throw (settings.databaseUrl !== undefined && unreachable(error, settings.databaseUrl)) || error;
  }
}
