import { databases, type TestDatabase } from './databases.ts';

const server = databases.find(([name]) => name === 'PostgreSQL');

/** Whether there is a PostgreSQL: what takes several processes or a network can be tested with it alone. */
export const hasPostgres: boolean = server !== undefined;

/** A database of its own. @throws Error without a server */
export async function openPostgres(): Promise<TestDatabase> {
  if (server === undefined) throw new Error('TEST_DATABASE_URL is not set');
  return server[1]();
}
