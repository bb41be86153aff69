import { testDatabases } from '@sallyport/core/testing';
import { describe } from 'vitest';
import { entities } from '../../../src/entities/index.ts';

const server = testDatabases().find(({ name }) => name === 'postgresql');

/** `describe` for what only a PostgreSQL server can show; says by itself that it does not run where there is none. */
export const describeOnPostgresql: typeof describe.skip = server === undefined ? describe.skip : describe;

/** A new, empty database with an ORM to look into it; without a table until a program has migrated it. */
export async function emptyDatabase() {
  if (server === undefined) throw new Error('TEST_DATABASE_URL is not set');
  const { orm, url, close } = await server.open([...entities], { empty: true });
  if (url === undefined) throw new Error('the database has no address');
  return { orm, url, [Symbol.asyncDispose]: close };
}
