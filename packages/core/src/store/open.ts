import type { MikroORM, Options } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import { lockFolder } from './folder-lock.ts';

/** Where the data are, and what they are. */
export interface DatabaseOptions {
  /**
   * `postgres://…`: PostgreSQL by `@mikro-orm/postgresql`. The database must be there: none is made by using it, unless
   * `orm: { ensureDatabase: true }` says so.
   */
  readonly url?: string | undefined;
  /** A folder: PGlite by `@mikro-orm/pglite`, by one process at a time. With neither, PGlite in memory. */
  readonly dataDir?: string | undefined;
  readonly entities: Options['entities'];
  /** Options of `@mikro-orm/migrations`; its migrator is registered when they are given. */
  readonly migrations?: Options['migrations'] | undefined;
  /** PostgreSQL: most connections. 10. */
  readonly connections?: number;
  /** PostgreSQL: how long to wait for a connection, in milliseconds, before the answer is `unavailable`. 5000. */
  readonly connectTimeout?: number;
  /** PostgreSQL: how long a statement may run, in milliseconds, before the answer is `timeout`. No limit. */
  readonly statementTimeout?: number;
  /**
   * PostgreSQL: whether it may compile statements to machine code. Off: where many conditions meet it takes seconds to
   * compile what runs in milliseconds.
   */
  readonly jit?: boolean;
  /** Told when a connection is lost. */
  readonly onConnectionError?: (error: unknown) => void;
  /** PGlite: extensions by name, as PGlite exports them (`@electric-sql/pglite/contrib/pg_trgm`). */
  readonly pgliteExtensions?: Readonly<Record<string, unknown>> | undefined;
  /** PGlite: a dump of a data folder to start from (`dumpDataDir`); only in memory. */
  readonly loadDataDir?: Blob | undefined;
  /** Anything else that MikroORM takes; wins over what is set here. */
  readonly orm?: Partial<Options>;
}

/**
 * Opens PostgreSQL or PGlite through MikroORM. The driver is loaded when it is wanted: both are optional peers.
 *
 * Nothing is sent to PostgreSQL yet. When it is down the first call answers `unavailable`, and service returns by
 * itself when it is back.
 *
 * @throws ConfigurationError when the driver is not installed, or another process has the folder open.
 */
export async function openDatabase(options: DatabaseOptions): Promise<MikroORM> {
  if (options.url !== undefined && options.dataDir !== undefined) {
    throw new ConfigurationError('database', 'give a url or a dataDir, not both');
  }
  const extensions: Options['extensions'] = [...(options.orm?.extensions ?? [])];
  if (options.migrations !== undefined) {
    const { Migrator } = await peer('@mikro-orm/migrations', () => import('@mikro-orm/migrations'));
    extensions.push(Migrator);
  }
  const common: Partial<Options> = {
    entities: [...options.entities],
    ...(options.migrations !== undefined && { migrations: options.migrations }),
    ...options.orm,
    extensions,
  };
  return options.url === undefined ? openPglite(options, common) : openPostgres(options.url, options, common);
}

/** What is used of a pool of `pg`. */
interface Pool {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'connect', listener: (client: { query(sql: string): Promise<unknown> }) => void): unknown;
}

async function openPostgres(url: string, options: DatabaseOptions, common: Partial<Options>): Promise<MikroORM> {
  const { MikroORM } = await peer('@mikro-orm/postgresql', () => import('@mikro-orm/postgresql'));
  const { connections = 10, connectTimeout = 5000, statementTimeout, jit = false } = options;
  const { onConnectionError = () => {} } = options;
  const driverOptions = {
    max: connections,
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    // Lets the store send many quick reads down one connection without waiting in between.
    pipeline: true,
    ...(statementTimeout !== undefined && { statement_timeout: statementTimeout }),
    // MikroORM listens to the pool's errors too: an `error` event without a listener would end the process.
    onPoolCreated: (pool: Pool) => {
      pool.on('error', onConnectionError);
      // Sent before anything else; a connection that cannot take it fails at its first statement, where that is told.
      if (!jit) pool.on('connect', (client) => void client.query('set jit = off').catch(() => {}));
    },
  };
  // A database that is not there is a mistake: MikroORM would make an empty one of that name.
  return init(MikroORM, { clientUrl: url, driverOptions, ensureDatabase: false, ...common });
}

async function openPglite(options: DatabaseOptions, common: Partial<Options>): Promise<MikroORM> {
  const { MikroORM } = await peer('@mikro-orm/pglite', () => import('@mikro-orm/pglite'));
  const { dataDir, loadDataDir, pgliteExtensions } = options;
  const extensions = pgliteExtensions === undefined ? {} : { extensions: pgliteExtensions };
  if (dataDir === undefined) {
    // As a function: MikroORM copies plain options, which a `Blob` does not survive.
    const driverOptions = () => ({ ...extensions, ...(loadDataDir !== undefined && { loadDataDir }) });
    return init(MikroORM, { dbName: 'memory://', driverOptions, ...common });
  }
  const unlock = await lockFolder(dataDir);
  try {
    const orm = await init(MikroORM, { dbName: dataDir, driverOptions: extensions, ...common });
    const close = orm.close.bind(orm);
    orm.close = async (force?: boolean) => {
      await close(force);
      await unlock();
    };
    return orm;
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Both drivers' `MikroORM` differ only in types that nothing here depends on. */
async function init(orm: { init(options: never): Promise<unknown> }, options: Partial<Options>): Promise<MikroORM> {
  return (await orm.init(options as never)) as MikroORM;
}

async function peer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new ConfigurationError('database', `${name} is not installed: npm install ${name}`);
  }
}
