import { mkdir } from 'node:fs/promises';
import { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/sql';
import { loadVocabulary } from '../vocabulary/index.ts';
import { exclusively } from './exclusively.ts';
import { lockFolder } from './folder-lock.ts';
import { type DatabaseSettings, ormOptions } from './orm-options.ts';

/** An open, migrated database that knows the vocabulary. */
export interface Database {
  readonly orm: MikroORM<AbstractSqlDriver>;
  /** The migrations that were run by this start. */
  readonly migrated: readonly string[];
  /** Runs work that no other process may do at the same time, like a first filling. Not to be nested. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens the database of the settings, runs the migrations that it has not seen (all or none) and adds what it lacks of
 * the vocabulary. Several processes may do so at once.
 *
 * @throws Error when the folder is open in another process, the server cannot be reached, or a migration fails
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const shared = settings.databaseUrl !== undefined;
  const folder = shared || settings.dataDir.startsWith('memory:') ? undefined : settings.dataDir;
  const unlock = folder === undefined ? undefined : await lockFolder(folder);
  let orm: MikroORM<AbstractSqlDriver> | undefined;
  try {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
    const opened = await MikroORM.init(await ormOptions(settings));
    orm = opened;
    const migrated = await exclusively(opened, shared, async () => {
      const done = await opened.migrator.up();
      await opened.em.fork().transactional((em) => loadVocabulary(em));
      return done.map((migration) => migration.name);
    });
    return {
      orm: opened,
      migrated,
      exclusively: (work) => exclusively(opened, shared, work),
      async close() {
        await opened.close();
        await unlock?.();
      },
    };
  } catch (error) {
    await orm?.close(true);
    await unlock?.();
    throw error;
  }
}
