import type { MikroORM } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';

/**
 * The fault of a database that its server does not have (`3D000`), by its name; `undefined` for every other error. Nothing
 * makes such a database by itself: a name that was mistyped would look like data that are lost.
 */
export function missingDatabase(orm: Pick<MikroORM, 'em'>, error: unknown): ConfigurationError | undefined {
  if ((error as { readonly code?: unknown } | null)?.code !== '3D000') return undefined;
  const name = orm.em.config.get('dbName');
  return new ConfigurationError('database', `the server has no database "${name}": make it, or correct the name`);
}
